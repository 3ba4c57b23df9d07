"""The event of a Lambda proxy integration (payload format 1.0).

AWS: "Set up Lambda proxy integrations in API Gateway", input format; headers that are
dropped: "Amazon API Gateway important notes". An edge-optimised API behaves as a regional
one here: CloudFront's own headers are not added.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from archlib.local.gateway.content import is_binary
from archlib.local.gateway.exchange import Exchange, Values
from archlib.local.gateway.variables import request_context

#: Not passed to the integration.
_DROPPED = frozenset(
    ("connection", "content-length", "expect", "keep-alive", "te", "transfer-encoding", "upgrade")
)
#: Names that arrive in this spelling whatever the client sent.
_SPELLED = {
    "accept": "Accept",
    "accept-encoding": "Accept-Encoding",
    "authorization": "Authorization",
    "host": "Host",
    "user-agent": "User-Agent",
}


def proxy_event(exchange: Exchange) -> dict[str, Any]:
    """The event for the routed request."""
    resource, _ = exchange.route
    names = forwarded_headers(exchange)
    body, encoded = event_body(exchange)
    return {
        "resource": resource.path,
        "path": exchange.path,
        "httpMethod": exchange.request.method,
        "headers": {name: values[-1] for name, values in names.items()} or None,
        "multiValueHeaders": _lists(names),
        "queryStringParameters": _last(exchange.query),
        "multiValueQueryStringParameters": _lists(exchange.query),
        "pathParameters": dict(exchange.path_parameters) or None,
        "stageVariables": dict(exchange.stage.variables) or None,
        "requestContext": request_context(exchange),
        "body": body,
        "isBase64Encoded": encoded,
    }


def forwarded_headers(exchange: Exchange) -> dict[str, tuple[str, ...]]:
    """Headers as the integration sees them: the client's, and what the gateway adds."""
    names: dict[str, tuple[str, ...]] = {}
    for sent, value in exchange.request.headers:
        lower = sent.lower()
        if lower not in _DROPPED:
            name = _SPELLED.get(lower, sent)
            names[name] = (*names.get(name, ()), value)
    forwarded = exchange.header("x-forwarded-for")
    source = exchange.request.source_ip
    for name, value in (
        ("X-Amzn-Trace-Id", exchange.trace_id),
        ("X-Forwarded-For", f"{forwarded}, {source}" if forwarded else source),
        ("X-Forwarded-Port", str(exchange.request.port or 443)),
        ("X-Forwarded-Proto", exchange.request.scheme),
    ):
        for spelling in [n for n in names if n.lower() == name.lower()]:
            del names[spelling]
        names[name] = (value,)
    return dict(sorted(names.items()))


def event_body(exchange: Exchange) -> tuple[str | None, bool]:
    """The body as text, base64-encoded when its media type is one of the API's binary ones."""
    raw = exchange.request.body
    if not raw:
        return None, False
    if is_binary(exchange.api.binary_media_types, exchange.header("content-type")):
        return base64.b64encode(raw).decode(), True
    return raw.decode("utf-8", "replace"), False


def _last(values: Values) -> dict[str, str] | None:
    return {name: found[-1] for name, found in values.items()} or None


def _lists(values: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]] | None:
    return {name: list(found) for name, found in values.items()} or None
