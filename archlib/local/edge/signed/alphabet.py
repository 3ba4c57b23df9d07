"""CloudFront's base64: MIME's, with ``-`` ``_`` ``~`` in place of ``+`` ``=`` ``/``.

Developer Guide, "Create a signed URL using a canned policy" (the table of invalid and valid
characters). A reading of our own: only the text that :func:`encoded` would make is read. RFC 4648
section 3.5 lets a decoder refuse other spellings of the same bytes.
"""

from __future__ import annotations

import base64
import binascii

_WRITTEN = str.maketrans("+=/", "-_~")
_READ = str.maketrans("-_~", "+=/")


def encoded(data: bytes) -> str:
    """Bytes as the text for a URL or a cookie."""
    return base64.b64encode(data).decode("ascii").translate(_WRITTEN)


def decoded(text: str) -> bytes:
    """The bytes of such a text; raises :class:`ValueError` for any other."""
    try:
        data = base64.b64decode(text.translate(_READ), validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None
    if encoded(data) != text:
        raise ValueError("not CloudFront's base64 of any bytes")
    return data
