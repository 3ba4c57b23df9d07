"""Back ends: from a routed, authorised request to the answer of its integration.

A type of integration is an entry of :data:`INTEGRATIONS`. AWS: "Choose an API Gateway API
integration type"; "Set up Lambda proxy integrations in API Gateway" (output format, 502 for
anything else); "Set up mock integrations for REST APIs"; "Handle Lambda errors in API
Gateway" (selection patterns).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from archlib.local.gateway.collaborators import (
    Functions,
    InvocationRefused,
    InvocationThrottled,
    Outcome,
)
from archlib.local.gateway.configuration import Integration, IntegrationResponse
from archlib.local.gateway.content import is_binary
from archlib.local.gateway.event import forwarded_headers, proxy_event
from archlib.local.gateway.exchange import Answer, Exchange, media_type
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.mapping import (
    mapped,
    merged_override,
    request_template,
    response_template,
    response_value,
    stage_text,
)
from archlib.local.gateway.templates import render

#: An HTTP exchange with a host inside the cloud.
HttpSend = Callable[[str, str, Mapping[str, str], bytes], Answer]

FUNCTION_URI = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:lambda:path/2015-03-31/functions/(?P<arn>.+)/invocations"
)
_OUTPUT = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))


@dataclass(frozen=True, slots=True)
class BackEnds:
    """What integrations call, and the virtual clock they are timed with."""

    functions: Functions
    http: HttpSend
    now: Callable[[], float]


def integrate(back_ends: BackEnds, exchange: Exchange) -> Answer:
    """Run the method's integration; raises :class:`GatewayError` for its failures.

    A back end that took longer than the timeout gives 504. Virtual time has then already
    passed until the back end ended: it cannot be taken back to the moment of the timeout.
    """
    integration = exchange.integration_method.integration
    began = back_ends.now()
    try:
        answer = INTEGRATIONS[integration.type](back_ends, exchange, integration)
    except GatewayError as failure:
        _in_time(back_ends, integration, began, failure)
        raise
    _in_time(back_ends, integration, began, None)
    return answer


def _in_time(
    back_ends: BackEnds, integration: Integration, began: float, failure: GatewayError | None
) -> None:
    took = back_ends.now() - began
    if took > integration.timeout:
        reason = f"no answer within {integration.timeout} s (it took {took:.3f} s)"
        raise GatewayError("INTEGRATION_TIMEOUT", reason=reason) from failure


def _call(
    back_ends: BackEnds, exchange: Exchange, integration: Integration, event: Any, event_type: str
) -> Outcome:
    found = FUNCTION_URI.fullmatch(stage_text(exchange, integration.uri))
    if found is None:
        raise GatewayError("API_CONFIGURATION_ERROR", reason=f"not a function: {integration.uri}")
    resource, _ = exchange.route
    api = exchange.api
    try:
        return back_ends.functions.invoke(
            found["arn"],
            event,
            source_arn=api.execute_arn(exchange.stage.name, exchange.request.method, resource.path),
            source=api.arn,
            asynchronous=event_type == "Event",
        )
    except InvocationRefused as refusal:
        # "Execution failed due to configuration error: Invalid permissions on Lambda function"
        raise GatewayError("API_CONFIGURATION_ERROR", reason=str(refusal)) from refusal
    except InvocationThrottled as refusal:
        # A throttled function reaches the client as a server error, not as its 429.
        raise GatewayError("API_CONFIGURATION_ERROR", reason=str(refusal)) from refusal


# -- AWS_PROXY ---------------------------------------------------------------------------------


def lambda_proxy(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Hand the whole request to a function and its output to the client."""
    kind = mapped(exchange, integration)["header"].get("X-Amz-Invocation-Type", "")
    outcome = _call(back_ends, exchange, integration, proxy_event(exchange), kind)
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
    if output.get("isBase64Encoded") and _returns_binary(exchange):
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


def _returns_binary(exchange: Exchange) -> bool:
    kinds = exchange.api.binary_media_types
    return "*/*" in kinds or is_binary(kinds, exchange.header("accept"))


def _malformed(reason: str) -> GatewayError:
    return GatewayError("INTEGRATION_FAILURE", "Internal server error", status=502, reason=reason)


# -- MOCK --------------------------------------------------------------------------------------


def mock(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Answer without a back end: the request template says which integration response."""
    template = request_template(exchange, integration)
    raw = exchange.request.body.decode("utf-8", "replace")
    text = raw if template is None else render(template, exchange, raw)[0]
    found = re.search(r"[\"']?statusCode[\"']?\s*:\s*[\"']?(\d{3})", text)
    if found is None:
        raise GatewayError("API_CONFIGURATION_ERROR", reason="mock request has no statusCode")
    return respond(exchange, integration, found[1], Answer(int(found[1]), (), b""))


# -- AWS (a function, not proxied) -------------------------------------------------------------


def lambda_custom(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Call a function with a mapped payload and map what it returns."""
    parameters, body = _integration_request(exchange, integration)
    kind = parameters["header"].get("X-Amz-Invocation-Type", "")
    outcome = _call(back_ends, exchange, integration, body or b"{}", kind)
    answer = Answer(outcome.status, (("Content-Type", "application/json"),), outcome.payload)
    message = ""
    if outcome.error:
        failure = json.loads(outcome.payload or b"{}")
        message = str(failure.get("errorMessage", "")) if isinstance(failure, dict) else ""
    return respond(exchange, integration, message, answer)


# -- HTTP and HTTP_PROXY -----------------------------------------------------------------------


def http_custom(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Call an HTTP endpoint with a mapped request and map its response."""
    parameters, body = _integration_request(exchange, integration)
    headers = {"Content-Type": "application/json", **parameters["header"]}
    answer = back_ends.http(
        integration.http_method, _url(exchange, integration, parameters), headers, body
    )
    return respond(exchange, integration, str(answer.status), answer)


def http_proxy(back_ends: BackEnds, exchange: Exchange, integration: Integration) -> Answer:
    """Pass the request on to an HTTP endpoint, and its response back."""
    parameters = mapped(exchange, integration)
    headers = {n: v[-1] for n, v in forwarded_headers(exchange).items() if n != "Host"}
    headers.update(parameters["header"])
    query = {name: values[-1] for name, values in exchange.query.items()}
    parameters["querystring"] = {**query, **parameters["querystring"]}
    method = integration.http_method
    return back_ends.http(
        exchange.request.method if method == "ANY" else method,
        _url(exchange, integration, parameters),
        headers,
        exchange.request.body,
    )


def _url(exchange: Exchange, integration: Integration, parameters: Mapping[str, Any]) -> str:
    url = stage_text(exchange, integration.uri)
    for name, value in parameters["path"].items():
        url = url.replace(f"{{{name}+}}", quote(value)).replace(f"{{{name}}}", quote(value, ""))
    if query := parameters["querystring"]:
        url += ("&" if "?" in url else "?") + urlencode(query)
    return url


def _integration_request(
    exchange: Exchange, integration: Integration
) -> tuple[dict[str, dict[str, str]], bytes]:
    parameters = mapped(exchange, integration)
    template = request_template(exchange, integration)
    if template is None:
        return parameters, exchange.request.body
    raw = exchange.request.body.decode("utf-8", "replace")
    text, override = render(template, exchange, raw)
    merged_override(parameters, override)
    return parameters, text.encode()


# -- integration responses ---------------------------------------------------------------------


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
    if chosen.content_handling == "CONVERT_TO_TEXT" and _returns_binary(exchange):
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


IntegrationHandler = Callable[[BackEnds, Exchange, Integration], Answer]

INTEGRATIONS: Mapping[str, IntegrationHandler] = {
    "AWS_PROXY": lambda_proxy,
    "AWS": lambda_custom,
    "MOCK": mock,
    "HTTP": http_custom,
    "HTTP_PROXY": http_proxy,
}
