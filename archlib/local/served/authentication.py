"""Who sent a request: its Signature Version 4, in a header or in the query, really checked.

AWS: IAM User Guide, "AWS Signature Version 4 for API requests", "Create a signed AWS API request",
"Troubleshoot Signature Version 4 signing for AWS API requests" (expired and not yet current
signatures, scopes, fifteen minutes). The refusals are those of calls in this process, where there
are such; see :mod:`archlib.local.credential_refusals`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from archlib.local import signing
from archlib.local.credential_refusals import (
    OPEN_TO_STRANGERS,
    Codes,
    credential_codes,
    refused,
)
from archlib.local.identity import Caller, Credentials, Identities
from archlib.local.protocols import Message
from archlib.local.refusal import ApiRefusal

#: Seconds that a signature's time may be from the service's.
SKEW = 900

_HOST_UNSIGNED = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Signed:
    """What a request says about its own signing."""

    access_key: str
    scope: str
    headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str | None
    expires: int | None = None

    @property
    def region(self) -> str:
        """The region of the scope."""
        return self.scope.split("/")[1]

    @property
    def service(self) -> str:
        """The service of the scope, as it signs."""
        return self.scope.split("/")[2]


@dataclass(frozen=True)
class Sender:
    """Who sent a request, and what with; no credentials for an unsigned one."""

    caller: Caller
    credentials: Credentials | None = None


def signed(message: Message) -> Signed | None:
    """What a request says; None for one that is not signed. Raises :class:`ApiRefusal`.

    The code ``IncompleteSignature`` stands for each service's own; see :func:`authenticate`.
    """
    header = message.fields.get("authorization")
    if header is not None and header.startswith(signing.ALGORITHM):
        return _from_header(header, message.fields)
    if "X-Amz-Signature" in message.given or "X-Amz-Algorithm" in message.given:
        return _from_query(message.given)
    return None


def _from_header(header: str, fields: Mapping[str, str]) -> Signed:
    parts = dict(
        part.strip().partition("=")[::2] for part in header[len(signing.ALGORITHM) :].split(",")
    )
    timestamp = fields.get("x-amz-date")
    wrong = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if timestamp is None:
        wrong.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if wrong or timestamp is None:
        raise _incomplete(f"{' '.join(wrong)} Authorization={header.partition(' ')[0]}")
    return _signed(parts, timestamp, fields.get("x-amz-security-token"), None)


def _from_query(query: Mapping[str, str]) -> Signed:
    parts = {
        name: query.get(f"X-Amz-{name}", "")
        for name in ("Credential", "Signature", "SignedHeaders")
    }
    missing = [name for name, value in parts.items() if not value]
    if missing or "X-Amz-Date" not in query:
        raise _incomplete(f"AWS query-string parameters must include {', '.join(missing)}")
    expires = query.get("X-Amz-Expires", "")
    return _signed(
        parts,
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token"),
        int(expires) if expires.isdecimal() and len(expires) < 10 else SKEW,
    )


def _signed(
    parts: Mapping[str, str], timestamp: str, token: str | None, expires: int | None
) -> Signed:
    key, _, scope = parts["Credential"].partition("/")
    if len(scope.split("/")) != 4 or not scope.endswith("/aws4_request"):
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{parts['Credential']}'"
        )
    headers = tuple(parts["SignedHeaders"].lower().split(";"))
    return Signed(key, scope, headers, parts["Signature"], timestamp, token, expires)


def _incomplete(message: str) -> ApiRefusal:
    return ApiRefusal("IncompleteSignature", message, 400)


def authenticate(
    message: Message,
    identities: Identities,
    now: float,
    *,
    service: str,
    protocol: str,
    operation: Any,
    signed_as: str,
    region: str | None,
) -> Sender:
    """Who sent a request to a service.

    ``signed_as`` is the service's name in scopes, ``region`` the endpoint's where its host name
    tells one, ``now`` virtual seconds.

    Raises:
        ApiRefusal: in the service's own codes.
    """
    codes = credential_codes(service, protocol)
    if operation.auth_type == "none":
        return Sender(identities.anonymous)
    try:
        given = signed(message)
    except ApiRefusal as refusal:
        raise refused(codes, "incomplete", refusal.message) from None
    if given is None:
        if service in OPEN_TO_STRANGERS:
            return Sender(identities.anonymous)
        raise refused(codes, "unsigned")
    _check_scope(given, codes, signed_as, region)
    caller = _caller(given, identities, codes)
    _check_time(given, identities, now, codes)
    if "host" not in given.headers:
        raise refused(codes, "scope", _HOST_UNSIGNED)
    secret = identities.secret(given.access_key) or ""
    expected = signing.signature(
        secret, given.timestamp, given.scope, _canonical_request(message, given)
    )
    if not hmac.compare_digest(expected.encode(), given.signature.encode()):
        raise refused(codes, "signature")
    return Sender(caller, Credentials(given.access_key, secret, given.token))


def _check_scope(given: Signed, codes: Codes, signed_as: str, region: str | None) -> None:
    if region is not None and given.region != region:
        raise refused(
            codes, "scope", f"Credential should be scoped to a valid region, not '{given.region}'."
        )
    if given.service != signed_as:
        raise refused(
            codes, "scope", f"Credential should be scoped to correct service: '{signed_as}'."
        )
    if given.scope.partition("/")[0] != given.timestamp[:8]:
        raise refused(
            codes,
            "scope",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{given.scope.partition('/')[0]}' != '{given.timestamp[:8]}', from "
            f"'{given.timestamp}'.",
        )


def _caller(given: Signed, identities: Identities, codes: Codes) -> Caller:
    try:
        return identities.resolve_outside(given.access_key, given.token)
    except ApiRefusal as refusal:
        wrong = "expired" if refusal.code == "ExpiredToken" else "unknown"
        raise refused(codes, wrong, refusal.message) from None


def _check_time(given: Signed, identities: Identities, now: float, codes: Codes) -> None:
    try:
        written = datetime.strptime(given.timestamp, _FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise refused(
            codes,
            "incomplete",
            f"Date must be in ISO-8601 'basic format'. Got '{given.timestamp}'. See "
            "http://en.wikipedia.org/wiki/ISO_8601",
        ) from None
    if given.expires is None:
        sent = identities.sent_at(given.access_key, written)
        allowed = SKEW
    else:
        sent = identities.signed_at(given.access_key, written)
        allowed = given.expires
    if now > sent + allowed:
        raise refused(
            codes,
            "time",
            f"Signature expired: {given.timestamp} is now earlier than "
            f"{_stamp(now - allowed - sent + written)} ({_stamp(now - sent + written)} - "
            f"{allowed // 60} min.)",
        )
    if sent > now + SKEW:
        raise refused(
            codes,
            "time",
            f"Signature not yet current: {given.timestamp} is still later than "
            f"{_stamp(now + SKEW - sent + written)} ({_stamp(now - sent + written)} + "
            f"{SKEW // 60} min.)",
        )


def _stamp(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime(_FORMAT)


def _canonical_request(message: Message, given: Signed) -> str:
    lines = [f"{name}:{' '.join(message.fields.get(name, '').split())}" for name in given.headers]
    return "\n".join((
        message.method,
        quote(_normal_path(message.path), safe="/~"),
        _canonical_query(message.query),
        *lines,
        "",
        ";".join(given.headers),
        _payload_hash(message),
    ))  # fmt: skip


def _payload_hash(message: Message) -> str:
    declared = message.fields.get("x-amz-content-sha256")
    if declared == "UNSIGNED-PAYLOAD":
        return declared
    return hashlib.sha256(message.body).hexdigest()


def _normal_path(path: str) -> str:
    """Without ``.``, ``..`` and empty segments, as all services but S3 want it signed."""
    if "//" not in path and "/." not in path:
        return path
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part and part != ".":
            kept.append(part)
    end = "/" if path.endswith("/") and kept else ""
    return "/" + "/".join(kept) + end


def _canonical_query(raw: str) -> str:
    if not raw:
        return ""
    pairs = []
    for part in filter(None, raw.split("&")):
        name, _, value = part.partition("=")
        if name != "X-Amz-Signature":
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote(text.replace("+", "%20")), safe="-_.~")
