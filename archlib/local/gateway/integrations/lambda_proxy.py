"""``AWS_PROXY``: the whole request to a function, its output to the client.

AWS: "Set up Lambda proxy integrations in API Gateway" (output format; anything else is 502).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from archlib.local.gateway.configuration import Integration
from archlib.local.gateway.content import returns_binary
from archlib.local.gateway.event import proxy_event
from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.integrations.back_ends import BackEnds, call_function
from archlib.local.gateway.mapping import mapped

_OUTPUT = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))


def lambda_proxy(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Hand the whole request to a function and its output to the client."""
    kind = mapped(exchange, integration)["header"].get("X-Amz-Invocation-Type", "")
    outcome = call_function(back_ends, exchange, integration, proxy_event(exchange), kind)
    if outcome.error:
        raise _malformed(f"the function failed ({outcome.error})")
    return proxy_answer(exchange, outcome.payload)


def proxy_answer(exchange: Exchange, payload: bytes) -> Answer:
    """A function's output as an answer; raises :class:`GatewayError` 502 when malformed."""
    try:
        output = json.loads(payload)
    except ValueError:
        raise _malformed("output is not JSON") from None
    if not isinstance(output, dict) or not output.keys() <= _OUTPUT:
        raise _malformed("output is not a proxy response")
    body = output.get("body")
    if body is not None and not isinstance(body, str):
        raise _malformed("body is not a string")
    content = (body or "").encode()
    if output.get("isBase64Encoded") and returns_binary(exchange):
        try:
            content = base64.b64decode(content, validate=True)
        except ValueError:
            raise GatewayError("API_CONFIGURATION_ERROR", reason="body is not base64") from None
    return Answer(_status(output), _proxy_headers(output), content)


def _status(output: Mapping[str, Any]) -> int:
    given = output.get("statusCode", 200)
    try:
        status = 200 if given is None else int(given)
    except (TypeError, ValueError):
        raise _malformed(f"statusCode {given!r}") from None
    if isinstance(given, bool) or not 100 <= status <= 599:
        raise _malformed(f"statusCode {given!r}")
    return status


def _proxy_headers(output: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """``headers`` and ``multiValueHeaders`` merged; the latter win where both name a header."""
    single, multiple = output.get("headers") or {}, output.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        raise _malformed("headers are not an object")
    many = {name: values for name, values in multiple.items() if isinstance(values, list)}
    if len(many) != len(multiple):
        raise _malformed("multiValueHeaders values are not lists")
    lower = {name.lower() for name in many}
    pairs = [(name, value) for name, value in single.items() if name.lower() not in lower]
    pairs += [(name, value) for name, values in many.items() for value in values]
    headers = tuple((name, _header_text(value)) for name, value in pairs)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers = (("Content-Type", "application/json"), *headers)
    return headers


def _header_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _malformed(f"header value {value!r}")


def _malformed(reason: str) -> GatewayError:
    return GatewayError("INTEGRATION_FAILURE", "Internal server error", status=502, reason=reason)
