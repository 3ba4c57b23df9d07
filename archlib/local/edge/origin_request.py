"""What an origin is sent.

Developer Guide, "Request and response behavior for custom origins" (the table "HTTP request
headers and CloudFront behavior"), "Control origin requests with a policy" ("the origin request
always includes the URL path, the body, and the headers Host, User-Agent and X-Amz-Cf-Id"),
"Add custom headers to origin requests", "Configure CloudFront to forward the Authorization
header".
"""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.edge.cache_key import chosen_cookies, chosen_query, encoding
from archlib.local.edge.conditional import CONDITIONS
from archlib.local.edge.configuration import Behavior, Origin
from archlib.local.edge.exchange import Exchange
from archlib.local.http import Headers, HttpRequest
from archlib.local.iam.callers import SERVICE_IP

AGENT = "Amazon CloudFront"

#: Never passed on, whatever is configured.
_NEVER = frozenset(
    {"connection", "cookie", "expect", "host", "proxy-authenticate", "proxy-authorization",
     "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-amz-cf-id",
     "x-forwarded-proto", "x-real-ip", "content-length", "accept-encoding", "x-forwarded-for",
     "range", *CONDITIONS}
)  # fmt: skip

#: With legacy cache settings every header passes except these, unless they are listed.
_LEGACY_REMOVED = frozenset(
    {"accept", "accept-charset", "accept-language", "authorization", "referer", "user-agent",
     "x-http-method-override"}
)  # fmt: skip

#: What belongs to a body, or asks a cache: passed on even by a cache policy that names nothing.
_WITH_BODY = frozenset(
    {"content-type", "content-md5", "content-encoding", "content-language",
     "content-disposition", "x-amz-content-sha256"}
)  # fmt: skip

_BODY_METHODS = frozenset({"PUT", "POST", "PATCH", "DELETE"})


def build(exchange: Exchange, origin: Origin, method: str, extra: Mapping[str, str]) -> HttpRequest:
    """The request for an origin; ``extra`` are conditions and ranges to send with it."""
    behavior = exchange.behavior
    scheme = _scheme(exchange, origin)
    query = chosen_query(exchange.query, behavior.forward_query)
    headers = {
        "host": _host(exchange, origin),
        "user-agent": AGENT,
        "x-amz-cf-id": exchange.request_id,
        "via": exchange.via,
        "x-forwarded-for": _forwarded_for(exchange),
        **_passed(exchange, behavior, method),
        **extra,
        **{name.lower(): text for name, text in origin.headers},
    }
    if (accepted := _encoding(exchange, behavior)) is not None:
        headers["accept-encoding"] = accepted
    if cookies := chosen_cookies(exchange.headers.get("cookie"), behavior.forward_cookies):
        headers["cookie"] = cookies
    body = exchange.request.body if method in _BODY_METHODS or method == "OPTIONS" else b""
    if body or method in ("PUT", "POST", "PATCH"):
        headers["content-length"] = str(len(body))
    port = origin.https_port if scheme == "https" else origin.http_port
    return HttpRequest(
        method,
        scheme,
        origin.domain,
        None if port == (443 if scheme == "https" else 80) else port,
        origin.path + exchange.path,
        query,
        _spelled(headers),
        body,
        SERVICE_IP,
    )


def _spelled(headers: Mapping[str, str]) -> Headers:
    return tuple(("-".join(p.capitalize() for p in k.split("-")), v) for k, v in headers.items())


def _scheme(exchange: Exchange, origin: Origin) -> str:
    """The origin protocol policy; an S3 origin gets the viewer's, HTTPS when it is signed."""
    if origin.s3:
        signed = origin.access.signing != "never"
        return "https" if signed else exchange.request.scheme
    return {"http-only": "http", "https-only": "https"}.get(
        origin.protocol, exchange.request.scheme
    )


def _host(exchange: Exchange, origin: Origin) -> str:
    if exchange.behavior.forward_headers.has("host"):
        return exchange.request.host
    return origin.domain


def _forwarded_for(exchange: Exchange) -> str:
    before = exchange.headers.get("x-forwarded-for")
    ip = exchange.request.source_ip
    return f"{before},{ip}" if before else ip


def _passed(exchange: Exchange, behavior: Behavior, method: str) -> dict[str, str]:
    """The viewer's headers, and the generated ones, that go on to the origin."""
    passed: dict[str, str] = {}
    for name, text in exchange.headers.items():
        if name in _NEVER or name.startswith("x-edge-"):
            continue
        if (
            behavior.forward_headers.has(name)
            or (name == "authorization" and _authorization(behavior, method))
            or (method in _BODY_METHODS and name in _WITH_BODY)
            or (behavior.legacy and name not in _LEGACY_REMOVED)
        ):
            passed[name] = text
    return passed


def _authorization(behavior: Behavior, method: str) -> bool:
    """GET and HEAD lose it, OPTIONS when it is cached, the others keep it."""
    if method == "OPTIONS":
        return "OPTIONS" not in behavior.cached
    return method in _BODY_METHODS


def _encoding(exchange: Exchange, behavior: Behavior) -> str | None:
    """The normalised Accept-Encoding, ``identity`` where nothing enabled is accepted."""
    accepted = exchange.headers.get("accept-encoding")
    if accepted is None:
        return None
    if behavior.encodings:
        return encoding(accepted, behavior.encodings) or "identity"
    if behavior.legacy:
        return encoding(accepted, ("br", "gzip")) or None
    return accepted if behavior.forward_headers.has("accept-encoding") else None
