"""The link in a verification mail: made, signed, read back.

It looks like the one SES sends, and like that one it is signed: nobody can make it who did not
get the mail.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from archlib.errors import VerificationError

HOST = re.compile(r"email-verification\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")

_LINK = re.compile(r"https://email-verification\.\S+")


def make(secret: bytes, region: str, account: str, address: str, attempt: int) -> str:
    """The link that proves that its reader gets mail to ``address``."""
    query = {
        "Context": account,
        "Identity.IdentityName": address,
        "Identity.IdentityType": "EmailAddress",
        "Namespace": "Bacon",
        "Operation": "ConfirmVerification",
        "Attempt": str(attempt),
    }
    query["Signature"] = _signature(secret, region, query)
    return f"https://email-verification.{region}.amazonaws.com/?{urlencode(query)}"


def read(secret: bytes, region: str, query: str) -> tuple[str, int] | None:
    """Address and attempt out of a link's query; None if we did not make it."""
    given = dict(parse_qsl(query))
    signature = given.pop("Signature", "")
    if not hmac.compare_digest(signature, _signature(secret, region, given)):
        return None
    return given["Identity.IdentityName"], int(given["Attempt"])


def verification_link(body: str) -> str:
    """The link in the body of a verification mail; raises :class:`VerificationError`."""
    found = _LINK.search(body)
    if found is None:
        raise VerificationError("there is no verification link in this mail")
    return found.group()


def _signature(secret: bytes, region: str, query: Mapping[str, str]) -> str:
    text = "\n".join([region, *(f"{k}={v}" for k, v in sorted(query.items()))])
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
