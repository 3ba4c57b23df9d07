"""Signature Version 4, checked as the execute-api service checks it.

AWS: "Create a signed AWS API request" and "Troubleshoot Signature Version 4 signing for AWS
API requests" (IAM User Guide): the canonical path is encoded once more than it was sent, the
request may not be older or newer than five minutes, the scope must name the region and
``execute-api``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from archlib.local import signing
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.identity import Caller, Identities
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.gateway.exchange import Exchange

ALGORITHM = signing.ALGORITHM
SERVICE = "execute-api"
#: Seconds a signature may be old or early.
SKEW = 300


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request says about its own signing."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str | None
    in_query: bool
    expires: int | None = None


def authenticate(exchange: Exchange, identities: Identities, now: float) -> Caller:
    """The caller who signed; raises :class:`GatewayError` 403 for anything not in order."""
    signature = _read(exchange)
    _check_scope(signature, exchange.api.region)
    try:
        caller = identities.resolve_outside(signature.access_key, signature.token)
    except ApiRefusal as refusal:
        if refusal.code == "ExpiredToken":
            raise GatewayError("EXPIRED_TOKEN", reason="expired credentials") from None
        raise _refused(
            "The security token included in the request is invalid.",
            "UnrecognizedClientException",
        ) from None
    _check_time(signature, now, identities)
    secret = identities.secret(signature.access_key) or ""
    expected = sign(secret, signature, _canonical_request(exchange, signature))
    if not hmac.compare_digest(expected, signature.signature):
        raise GatewayError("INVALID_SIGNATURE", reason="signature does not match")
    return caller


def is_signed(exchange: Exchange) -> bool:
    """Whether the request carries a Signature Version 4."""
    header = exchange.header("authorization") or ""
    return header.startswith(ALGORITHM) or "X-Amz-Signature" in exchange.query


def refuse_unsigned(exchange: Exchange) -> GatewayError:
    """What AWS says where a signature is expected: nothing there, or not a signature."""
    header = exchange.header("authorization")
    if not header:
        return GatewayError("MISSING_AUTHENTICATION_TOKEN")
    digest = base64.b64encode(hashlib.sha256(header.encode()).digest()).decode()
    return _refused(
        "Invalid key=value pair (missing equal-sign) in Authorization header "
        f"(hashed with SHA-256 and encoded with Base64): '{digest}'.",
        "IncompleteSignatureException",
    )


def sign(secret: str, signature: Signature, canonical_request: str) -> str:
    """The hexadecimal signature of a canonical request under ``secret``."""
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    return signing.signature(secret, signature.timestamp, scope, canonical_request)


def _read(exchange: Exchange) -> Signature:
    header = exchange.header("authorization")
    if header is not None and header.startswith(ALGORITHM):
        return _from_header(exchange, header)
    if "X-Amz-Signature" in exchange.query:
        return _from_query({name: values[-1] for name, values in exchange.query.items()})
    raise refuse_unsigned(exchange)


def _from_header(exchange: Exchange, header: str) -> Signature:
    parts = dict(part.strip().partition("=")[::2] for part in header[len(ALGORITHM) :].split(","))
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in parts]
    timestamp = exchange.header("x-amz-date")
    if missing or timestamp is None:
        complaints = [f"Authorization header requires '{name}' parameter." for name in missing]
        if timestamp is None:
            complaints.append(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                "header."
            )
        raise _refused(" ".join(complaints), "IncompleteSignatureException")
    return _build(parts, timestamp, exchange.header("x-amz-security-token"), False, None)


def _from_query(query: Mapping[str, str]) -> Signature:
    parts = {
        name: query.get(f"X-Amz-{name}", "")
        for name in ("Credential", "Signature", "SignedHeaders")
    }
    expires = query.get("X-Amz-Expires", "")
    return _build(
        parts,
        query.get("X-Amz-Date", ""),
        query.get("X-Amz-Security-Token"),
        True,
        int(expires) if expires.isdigit() else SKEW,
    )


def _build(
    parts: Mapping[str, str], timestamp: str, token: str | None, query: bool, expires: int | None
) -> Signature:
    credential = parts["Credential"].split("/")
    if len(credential) != 5:
        raise _refused(
            f"Credential must have exactly 5 slash-delimited elements, got {len(credential)}.",
            "IncompleteSignatureException",
        )
    key, date, region, service, _ = credential
    headers = tuple(parts["SignedHeaders"].lower().split(";"))
    return Signature(
        key, date, region, service, headers, parts["Signature"], timestamp, token, query, expires
    )


def _check_scope(signature: Signature, region: str) -> None:
    if signature.region != region:
        raise _refused(
            f"Credential should be scoped to a valid region, not '{signature.region}'. ",
            "InvalidSignatureException",
        )
    if signature.service != SERVICE:
        raise _refused(
            f"Credential should be scoped to correct service: '{SERVICE}'. ",
            "InvalidSignatureException",
        )


def _check_time(signature: Signature, now: float, identities: Identities) -> None:
    try:
        written = timegm(datetime.strptime(signature.timestamp, "%Y%m%dT%H%M%SZ").timetuple())
    except ValueError:
        raise _refused(
            f"Date must be in ISO-8601 'basic format'. Got '{signature.timestamp}'.",
            "IncompleteSignatureException",
        ) from None
    of = identities.signed_at if signature.in_query else identities.sent_at
    signed = of(signature.access_key, written)
    allowed = signature.expires if signature.expires is not None else SKEW
    if now > signed + allowed:
        raise _refused(
            f"Signature expired: {signature.timestamp} is now earlier than the allowed time.",
            "InvalidSignatureException",
        )
    if signed > now + SKEW:
        raise _refused(
            f"Signature not yet current: {signature.timestamp} is still later than now.",
            "InvalidSignatureException",
        )


def _canonical_request(exchange: Exchange, signature: Signature) -> str:
    request = exchange.request.original or exchange.request
    values: list[str] = []
    for name in signature.signed_headers:
        found: tuple[str, ...] | list[str] = tuple(
            value for key, value in request.headers if key.lower() == name
        )
        if not found and name == "host":
            found = (request.host,)
        values.append(f"{name}:{','.join(' '.join(v.split()) for v in found)}")
    declared = exchange.header("x-amz-content-sha256")
    actual = hashlib.sha256(request.body).hexdigest()
    if declared is not None and declared not in (actual, "UNSIGNED-PAYLOAD"):
        raise GatewayError("INVALID_SIGNATURE", reason="body does not match x-amz-content-sha256")
    return "\n".join((
        request.method,
        quote(request.path, safe="/~"),
        _canonical_query(request.query, signature.in_query),
        *values,
        "",
        ";".join(signature.signed_headers),
        declared or actual,
    ))  # fmt: skip


def _canonical_query(raw: str, drop_signature: bool) -> str:
    pairs = []
    for part in filter(None, raw.split("&")):
        name, _, value = part.partition("=")
        if drop_signature and name == "X-Amz-Signature":
            continue
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote(text.replace("+", "%20")), safe="-_.~")


def _refused(message: str, error_type: str) -> GatewayError:
    return GatewayError("INVALID_SIGNATURE", message, error_type=error_type)
