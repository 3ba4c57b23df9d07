"""Signatures on plain HTTP requests to S3: presigned URLs and signed headers, really checked.

AWS: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature
Version 4)" and "Authenticating Requests: Using the Authorization Header"; Amazon S3 User
Guide, "Download and upload objects with presigned URLs" (at most seven days; the temporary
credentials' expiry ends the URL earlier).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlencode

from archlib.local.http import HttpRequest
from archlib.local.identity import Caller, Credentials, Identities
from archlib.local.refusal import ApiRefusal
from archlib.local.regions import regions

ALGORITHM = "AWS4-HMAC-SHA256"
WEEK = 604_800
#: Seconds that a signed request's own time may be from S3's.
SKEW = 900.0

_OLD_PARAMETERS = ("AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token")

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)

#: The region that S3's host name without one stands for.
_GLOBAL_REGION = "us-east-1"


@dataclass(frozen=True)
class _Signed:
    """What a request says of its own signature, wherever it says it."""

    access_key: str
    scope: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str | None
    expires: int | None


@dataclass(frozen=True)
class Sender:
    """Who sent a request; ``credentials`` it signed with, None for an unsigned one."""

    caller: Caller
    credentials: Credentials | None = None
    scope: str = ""
    timestamp: str = ""
    signature: str = ""


def sender(
    request: HttpRequest,
    identities: Identities,
    now: datetime,
    region: str | None = None,
    bucket: str | None = None,
) -> Sender:
    """Who sent a request; anonymous if it is not signed. ``region`` is the bucket's.

    Raises :class:`ApiRefusal` with S3's codes: ``AccessDenied`` for an expired URL,
    ``AuthorizationQueryParametersError`` for a malformed one, ``SignatureDoesNotMatch``,
    ``InvalidAccessKeyId``, ``ExpiredToken``, ``InvalidToken``, ``RequestTimeTooSkewed``; a
    signature for another region is malformed, and S3 says which region it expects.
    """
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        signed = _from_query(query)
        _check_age(signed, now, identities)
        check: Callable[[HttpRequest, _Signed, str], str] = _query_signature
    elif (authorization := request.header("Authorization")) is not None:
        signed = _from_header(request, authorization)
        if abs(now.timestamp() - identities.sent_at(signed.access_key, _epoch(signed))) > SKEW:
            raise ApiRefusal(
                "RequestTimeTooSkewed",
                "The difference between the request time and the server's time is too large.",
                403,
            )
        check = _header_signature
    elif "Signature" in query and "AWSAccessKeyId" in query:
        signed = _from_old_query(query)
        ends = identities.ends_at(signed.access_key, signed.signature, int(signed.timestamp))
        if now.timestamp() >= ends:
            raise ApiRefusal("AccessDenied", "Request has expired", 403)
        check = partial(_old_signature, bucket)
    else:
        return Sender(identities.anonymous)
    _check_region(signed, region)
    caller = known_caller(identities, signed.access_key, signed.token)
    secret = identities.secret(signed.access_key) or ""
    wanted = check(request, signed, secret)
    if not hmac.compare_digest(wanted.encode(), signed.signature.encode()):
        raise ApiRefusal("SignatureDoesNotMatch", MISMATCH, 403)
    credentials = Credentials(signed.access_key, secret, signed.token)
    return Sender(caller, credentials, signed.scope, signed.timestamp, signed.signature)


def unsigned_query(query: str) -> str:
    """The query without the parameters that sign it."""
    return urlencode(
        [
            (name, value)
            for name, value in parse_qsl(query, keep_blank_values=True)
            if not name.startswith("X-Amz-") and name not in _OLD_PARAMETERS
        ]
    )


def known_caller(identities: Identities, access_key: str, token: str | None) -> Caller:
    """The caller behind a key; raises :class:`ApiRefusal` in S3's words."""
    try:
        return identities.resolve_outside(access_key, token)
    except ApiRefusal as refusal:
        if refusal.code == "ExpiredToken":
            raise ApiRefusal("ExpiredToken", "The provided token has expired.") from None
        if token is not None and identities.secret(access_key) is not None:
            raise ApiRefusal(
                "InvalidToken", "The provided token is malformed or otherwise invalid."
            ) from None
        raise ApiRefusal(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
            AWSAccessKeyId=access_key,
        ) from None


def _check_region(signed: _Signed, region: str | None) -> None:
    parts = signed.scope.split("/")
    if len(parts) != 4:
        return
    if region is None and parts[1] not in regions():
        region = _GLOBAL_REGION  # nobody else would have been reached
    if region is None or parts[1] == region:
        return
    wrong = f"the region '{parts[1]}' is wrong; expecting '{region}'"
    if signed.expires is None:
        code, text = "AuthorizationHeaderMalformed", "The authorization header is malformed"
    else:
        code = "AuthorizationQueryParametersError"
        text = "Error parsing the X-Amz-Credential parameter"
    raise ApiRefusal(code, f"{text}; {wrong}", 400, Region=region)


def _from_query(query: dict[str, str]) -> _Signed:
    needed = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date",
              "X-Amz-SignedHeaders", "X-Amz-Expires")  # fmt: skip
    if any(name not in query for name in needed) or query["X-Amz-Algorithm"] != ALGORITHM:
        raise ApiRefusal(
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, "
            "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
            "X-Amz-Expires parameters.",
        )
    expires = query["X-Amz-Expires"]
    if not expires.isdecimal() or not 0 < int(expires) <= WEEK:
        raise ApiRefusal(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be between 1 and 604800 seconds",
        )
    key, _, scope = query["X-Amz-Credential"].partition("/")
    return _Signed(
        key,
        scope,
        tuple(query["X-Amz-SignedHeaders"].split(";")),
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token"),
        int(expires),
    )


def _from_header(request: HttpRequest, authorization: str) -> _Signed:
    method, _, rest = authorization.partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    timestamp = request.header("x-amz-date") or ""
    if method == "AWS":
        raise ApiRefusal(
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use "
            f"{ALGORITHM}.",
        )
    if method != ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= set(parts):
        raise ApiRefusal("InvalidArgument", "Unsupported Authorization Type")
    key, _, scope = parts["Credential"].partition("/")
    return _Signed(
        key,
        scope,
        tuple(parts["SignedHeaders"].split(";")),
        parts["Signature"],
        timestamp,
        request.header("x-amz-security-token"),
        None,
    )


def _from_old_query(query: dict[str, str]) -> _Signed:
    """Signature version 2, which boto3 still makes for some regions' presigned URLs.

    AWS: Amazon S3 User Guide, "Signing and authenticating REST requests (AWS signature
    version 2)". ``timestamp`` holds the epoch second of the expiry.
    """
    expires = query.get("Expires", "")
    if not expires.isdecimal():
        raise ApiRefusal(
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
            "parameters",
            403,
        )
    token = query.get("x-amz-security-token")
    return _Signed(query["AWSAccessKeyId"], "", (), query["Signature"], expires, token, None)


def _old_signature(bucket: str | None, request: HttpRequest, signed: _Signed, secret: str) -> str:
    from urllib.parse import urlsplit

    from botocore.auth import HmacV1Auth
    from botocore.compat import HTTPHeaders
    from botocore.credentials import Credentials

    below = f"/{bucket}" if bucket and request.host.startswith(f"{bucket}.") else ""
    headers = HTTPHeaders()
    for name, value in request.headers:
        if name.lower() in ("content-md5", "content-type") or name.lower().startswith("x-amz-"):
            headers[name] = value
    if signed.token is not None:
        headers["x-amz-security-token"] = signed.token

    class ExpiringAuth(HmacV1Auth):
        def _get_date(self) -> str:
            return signed.timestamp

    auth = ExpiringAuth(Credentials(signed.access_key, secret))
    return str(
        auth.get_signature(
            request.method,
            urlsplit(request.url),
            cast("dict[str, Any]", headers),
            auth_path=below + request.path,
        )
    )


def _instant(timestamp: str) -> datetime:
    try:
        return datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ApiRefusal(
            "AuthorizationQueryParametersError",
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ) from None


def _epoch(signed: _Signed) -> float:
    return _instant(signed.timestamp).timestamp()


def _check_age(signed: _Signed, now: datetime, identities: Identities) -> None:
    begins = datetime.fromtimestamp(identities.signed_at(signed.access_key, _epoch(signed)), UTC)
    if (begins - now).total_seconds() > SKEW:
        raise ApiRefusal("AccessDenied", "Request is not yet valid", 403)
    if signed.expires is not None:
        ends = begins + timedelta(seconds=signed.expires)
        if now >= ends:
            raise ApiRefusal(
                "AccessDenied", "Request has expired", 403,
                **{"X-Amz-Expires": signed.expires},
                Expires=f"{ends:%Y-%m-%dT%H:%M:%SZ}", ServerTime=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            )  # fmt: skip


def _query_signature(request: HttpRequest, signed: _Signed, secret: str) -> str:
    from botocore.auth import S3SigV4QueryAuth

    kept = [
        (name, value)
        for name, value in parse_qsl(request.query, keep_blank_values=True)
        if name != "X-Amz-Signature"
    ]
    query = "&".join(f"{_encode(n)}={_encode(v)}" for n, v in sorted(kept))
    return _signature(request, query, signed, secret, S3SigV4QueryAuth)


def _header_signature(request: HttpRequest, signed: _Signed, secret: str) -> str:
    from botocore.auth import S3SigV4Auth

    return _signature(request, request.query, signed, secret, S3SigV4Auth)


def _signature(
    request: HttpRequest, query: str, signed: _Signed, secret: str, signer: Callable[..., Any]
) -> str:
    """Sign the request again as its sender should have, with botocore's own signer."""
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    try:
        _, region, service, _ = signed.scope.split("/")
    except ValueError:
        raise ApiRefusal(
            "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter"
        ) from None
    port = f":{request.port}" if request.port else ""
    url = f"{request.scheme}://{request.host}{port}{request.path}"
    again = AWSRequest(method=request.method, url=f"{url}?{query}" if query else url)
    for name in signed.signed_headers:
        if name != "host":
            again.headers[name] = request.header(name) or ""
    again.data = request.body
    again.context["timestamp"] = signed.timestamp
    auth = signer(Credentials(signed.access_key, secret), service, region)
    canonical = auth.canonical_request(again)
    return str(auth.signature(auth.string_to_sign(again, canonical), again))


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
