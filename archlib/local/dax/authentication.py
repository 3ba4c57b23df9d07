"""Who is on the other end of a DAX connection.

The client proves its identity with a Signature Version 4 signature over an empty request
to ``dax.amazonaws.com``, renewed every few minutes (AWS General Reference, "Signature
Version 4 signing process"; form read off ``amazon-dax-client``'s ``SigV4Gen``).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from archlib.local.api import ApiRefusal
from archlib.local.dax.failures import AUTHENTICATION, Refusal
from archlib.local.identity import Caller, Identities

CLOCK_SKEW: Final = 300.0
_HOST: Final = "dax.amazonaws.com"
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)
NOT_AUTHENTICATED: Final = Refusal(
    AUTHENTICATION, "MissingAuthenticationTokenException", "Request is missing Authentication Token"
)


def _refuse(code: str, message: str) -> NoReturn:
    raise Refusal(AUTHENTICATION, code, message)


def authenticate(
    identities: Identities, region: str, now: float, arguments: tuple[Any, ...]
) -> Caller:
    """The caller behind an authorizeConnection message; raises :class:`Refusal`.

    ``arguments``: access key, signature, string to sign, session token, user agent.
    """
    key, signature, to_sign, token, _agent = arguments
    secret = identities.secret(key)
    if secret is None:
        _refuse(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    written = _check_signature(secret, signature, to_sign.decode(), region)
    if abs(now - identities.sent_at(key, written)) > CLOCK_SKEW:
        stamp = to_sign.decode().split("\n")[1]
        _refuse("InvalidSignatureException", f"Signature not yet current or expired: {stamp}")
    try:
        return identities.resolve_outside(key, token)
    except ApiRefusal as refusal:
        expired = refusal.code == "ExpiredToken"
        code = "ExpiredTokenException" if expired else "UnrecognizedClientException"
        _refuse(code, refusal.message)


def _check_signature(secret: str, signature: str, to_sign: str, region: str) -> float:
    """When it was signed, in epoch seconds by the client's clock."""
    lines = to_sign.split("\n")
    if len(lines) != 4 or lines[0] != "AWS4-HMAC-SHA256":
        _refuse("IncompleteSignatureException", "The string to sign is not Signature Version 4.")
    _, stamp, scope, digest = lines
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        _refuse("IncompleteSignatureException", f"Date {stamp!r} is not in ISO 8601 basic form.")
    if scope != f"{stamp[:8]}/{region}/dax/aws4_request":
        _refuse("InvalidSignatureException", f"Credential should be scoped to {region}/dax.")
    headers = f"host:{_HOST}\nx-amz-date:{stamp}\n"
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"POST\n/\n\n{headers}\nhost;x-amz-date\n{empty}"
    if digest != hashlib.sha256(canonical.encode()).hexdigest():
        _refuse("InvalidSignatureException", _MISMATCH)
    signing_key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")
    expected = hmac.new(signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        _refuse("InvalidSignatureException", _MISMATCH)
    return signed_at
