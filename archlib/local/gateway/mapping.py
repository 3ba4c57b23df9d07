"""Parameter mappings: what flows from the request to the back end, and back.

AWS: "Parameter mapping for REST APIs in API Gateway" (mapping expressions) and "Method
request behavior for payloads without mapping templates" (``passthroughBehavior``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from archlib.local.gateway.configuration import Integration
from archlib.local.gateway.exchange import Answer, Exchange, media_type
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.templates import select
from archlib.local.gateway.variables import context_variable

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


def request_value(exchange: Exchange, expression: str) -> str | None:
    """The value of a request mapping expression: a literal in quotes or a variable."""
    if expression.startswith("'"):
        return expression.strip("'")
    space, _, rest = expression.partition(".")
    if space == "stageVariables":
        return exchange.stage.variables.get(rest)
    if space == "context":
        return _text(context_variable(exchange, rest))
    place, _, name = rest.removeprefix("request.").partition(".")
    if place == "multivalueheader":
        return ",".join(exchange.header_index.get(name.lower(), ())) or None
    if place == "multivaluequerystring":
        return ",".join(exchange.query.get(name, ())) or None
    if place == "body":
        return _body_value(exchange.request.body, name)
    return exchange.parameter((place, name))


def response_value(exchange: Exchange, answer: Answer, expression: str) -> str | None:
    """The value of a response mapping expression; ``answer`` is what the back end gave."""
    if expression.startswith("'"):
        return expression.strip("'")
    space, _, rest = expression.partition(".")
    if space == "stageVariables":
        return exchange.stage.variables.get(rest)
    if space == "context":
        return _text(context_variable(exchange, rest))
    place, _, name = rest.removeprefix("response.").partition(".")
    if place == "header":
        return answer.header(name)
    if place == "multivalueheader":
        found = [v for k, v in answer.headers if k.lower() == name.lower()]
        return ",".join(found) or None
    return _body_value(answer.body, name)


def _body_value(body: bytes, path: str) -> str | None:
    try:
        document = json.loads(body or b"null")
    except ValueError:
        return None
    found = select(document, f"$.{path}" if path else "$")
    return found if isinstance(found, str) or found is None else json.dumps(found)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def stage_text(exchange: Exchange, text: str) -> str:
    """``text`` with ``${stageVariables.x}`` replaced."""
    return _STAGE_VARIABLE.sub(lambda m: exchange.stage.variables.get(m[1], ""), text)


def mapped(exchange: Exchange, integration: Integration) -> dict[str, dict[str, str]]:
    """Integration request parameters by place (``header``, ``querystring``, ``path``)."""
    result: dict[str, dict[str, str]] = {"header": {}, "querystring": {}, "path": {}}
    for target, expression in integration.parameters.items():
        place, _, name = target.removeprefix("integration.request.").partition(".")
        value = request_value(exchange, expression)
        if value is not None:
            result[place][name] = value
    return result


def request_template(exchange: Exchange, integration: Integration) -> str | None:
    """The mapping template for the request's content type; None to pass the body through.

    Raises :class:`GatewayError` 415 where ``passthroughBehavior`` forbids passing through.
    """
    content_type = media_type(exchange.header("content-type"))
    template = _pick(integration.templates, content_type)
    if template is not None:
        return template
    refuses = integration.passthrough == "NEVER" or (
        integration.passthrough == "WHEN_NO_TEMPLATES" and bool(integration.templates)
    )
    if refuses:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", reason=f"no template for {content_type}")
    return None


def _pick(templates: Mapping[str, str], content_type: str) -> str | None:
    for key, template in templates.items():
        if media_type(key) == content_type:
            return template
    return templates.get("$default")


def response_template(exchange: Exchange, templates: Mapping[str, str]) -> tuple[str, str] | None:
    """The response template to use with its content type: by ``Accept``, else JSON, else any."""
    if not templates:
        return None
    accepted = media_type(exchange.header("accept"))
    for wanted in (accepted, "application/json"):
        if wanted in templates:
            return wanted, templates[wanted]
    return next(iter(templates.items()))


def merged_override(parameters: dict[str, Any], override: Mapping[str, Any]) -> None:
    """Let a template's ``requestOverride`` win over the declared mappings."""
    for place in parameters:
        for name, value in (override.get(place) or {}).items():
            parameters[place][name] = str(value)
