"""Which condition counts where a request has two of them.

AWS: Amazon S3 API Reference, "GetObject" and "HeadObject": what ``If-Match`` and
``If-None-Match`` say stands, whatever ``If-Unmodified-Since`` and ``If-Modified-Since`` say
beside them (RFC 9110, section 13.2.2). moto asks both; within one second, and virtual time has
many events in one, an object that was overwritten has not been modified since.
"""

from __future__ import annotations

import functools
from typing import Any

from archlib.local.patches import Patches

#: A condition, and that which it overrules; names as a WSGI environment has them.
_OVERRULED = (
    ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"),
    ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
)


def install(patches: Patches) -> None:
    """Let moto's S3 see the conditions that count."""
    from moto.s3.responses import S3Response

    original = S3Response.key_response

    @functools.wraps(original)
    def key_response(responder: Any, request: Any, *args: Any, **options: Any) -> Any:
        for stronger, weaker in _OVERRULED:
            if stronger in request.environ:
                request.environ.pop(weaker, None)
        return original(responder, request, *args, **options)

    patches.set(S3Response, "key_response", key_response)
