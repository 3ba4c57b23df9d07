"""Integrations with mapped requests and responses: ``MOCK`` and ``AWS`` (a function).

AWS: "Set up mock integrations for REST APIs", "Set up Lambda custom integrations", "Handle
Lambda errors in API Gateway" (selection patterns).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from archlib.local.gateway.configuration import Integration, IntegrationResponse
from archlib.local.gateway.content import returns_binary
from archlib.local.gateway.exchange import Answer, Exchange, media_type
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.integrations.back_ends import BackEnds, call_function
from archlib.local.gateway.mapping import (
    mapped,
    merged_override,
    request_template,
    response_template,
    response_value,
)
from archlib.local.gateway.templates import render


def mock(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Answer without a back end: the request template says which integration response."""
    template = request_template(exchange, integration)
    raw = exchange.request.body.decode("utf-8", "replace")
    text = raw if template is None else render(template, exchange, raw)[0]
    found = re.search(r"[\"']?statusCode[\"']?\s*:\s*[\"']?(\d{3})", text)
    if found is None:
        raise GatewayError("API_CONFIGURATION_ERROR", reason="mock request has no statusCode")
    return respond(exchange, integration, found[1], Answer(int(found[1]), (), b""))


def lambda_custom(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Call a function with a mapped payload and map what it returns."""
    parameters, body = integration_request(exchange, integration)
    kind = parameters["header"].get("X-Amz-Invocation-Type", "")
    outcome = call_function(back_ends, exchange, integration, body or b"{}", kind)
    answer = Answer(outcome.status, (("Content-Type", "application/json"),), outcome.payload)
    message = ""
    if outcome.error:
        failure = json.loads(outcome.payload or b"{}")
        message = str(failure.get("errorMessage", "")) if isinstance(failure, dict) else ""
    return respond(exchange, integration, message, answer)


def integration_request(
    exchange: Exchange, integration: Integration
) -> tuple[dict[str, dict[str, str]], bytes]:
    """The mapped parameters by place, and the body made by the request template."""
    parameters = mapped(exchange, integration)
    template = request_template(exchange, integration)
    if template is None:
        return parameters, exchange.request.body
    raw = exchange.request.body.decode("utf-8", "replace")
    text, override = render(template, exchange, raw)
    merged_override(parameters, override)
    return parameters, text.encode()


def respond(exchange: Exchange, integration: Integration, selector: str, answer: Answer) -> Answer:
    """Choose the integration response by ``selector`` and map the back end's answer.

    A pattern must match all of the selector; the response without one is the default.
    Raises :class:`GatewayError` 500 when none fits.
    """
    chosen = _choose(integration.responses, selector)
    if chosen is None:
        raise GatewayError(
            "API_CONFIGURATION_ERROR", reason=f"no integration response for {selector!r}"
        )
    override: Mapping[str, Any] = {}
    body, content_type = answer.body, answer.header("Content-Type")
    picked = response_template(exchange, chosen.templates)
    if picked is not None:
        content_type = picked[0]
        if picked[1]:
            text, override = render(
                picked[1], exchange, body.decode("utf-8", "replace"), response=True
            )
            body = text.encode()
    body = _converted(exchange, chosen, body)
    headers = {"Content-Type": content_type or media_type(exchange.header("accept"))}
    if headers["Content-Type"] == "*/*":
        headers["Content-Type"] = "application/json"
    for target, expression in chosen.parameters.items():
        value = response_value(exchange, answer, expression)
        if value is not None:
            _set(headers, target.removeprefix("method.response.header."), value)
    for name, value in (override.get("header") or {}).items():
        _set(headers, name, str(value))
    status = override.get("status")
    return Answer(int(status or chosen.status), tuple(headers.items()), body)


def _converted(exchange: Exchange, chosen: IntegrationResponse, body: bytes) -> bytes:
    if chosen.content_handling == "CONVERT_TO_BINARY":
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            raise GatewayError("API_CONFIGURATION_ERROR", reason="body is not base64") from None
    if chosen.content_handling == "CONVERT_TO_TEXT" and returns_binary(exchange):
        return base64.b64encode(body)
    return body


def _set(headers: dict[str, str], name: str, value: str) -> None:
    for existing in [key for key in headers if key.lower() == name.lower()]:
        del headers[existing]
    headers[name] = value


def _choose(
    responses: tuple[IntegrationResponse, ...], selector: str
) -> IntegrationResponse | None:
    for response in responses:
        if response.pattern is not None and selector and response.pattern.fullmatch(selector):
            return response
    return next((r for r in responses if r.pattern is None), None)
