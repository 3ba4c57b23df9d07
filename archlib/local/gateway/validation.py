"""Request validation: required parameters and JSON schema models (draft 4).

AWS: "Request validation for REST APIs in API Gateway" — a missing or blank required
parameter gives 400 ``Missing required request parameters: [a, b]``; a body that does not fit
the model of its content type gives 400 ``Invalid request body``; a content type without a
model is not validated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from archlib.local.gateway.exchange import Exchange, media_type
from archlib.local.gateway.gateway_responses import GatewayError

Check = Callable[[Any], str | None]


def compile_schema(schema: str, models: Mapping[str, str], where: str) -> Check:
    """A model as a check. References to other models of the API are followed.

    A reference is AWS's ``https://apigateway.amazonaws.com/restapis/{api}/models/{name}``.
    Raises ``ValueError`` naming the model for a schema that is not JSON.
    """
    from jsonschema import Draft4Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    def retrieve(uri: str) -> Any:
        name = uri.rstrip("#").rsplit("/", 1)[-1]
        return DRAFT4.create_resource(_parse(models[name], name))

    validator = Draft4Validator(
        _parse(schema, where),
        registry=Registry(retrieve=retrieve),  # type: ignore[call-arg]
    )

    def check(body: Any) -> str | None:
        problems = sorted(validator.iter_errors(body), key=lambda e: list(map(str, e.path)))
        if not problems:
            return None
        return json.dumps([problem.message for problem in problems])

    return check


def _parse(schema: str, where: str) -> Any:
    try:
        return json.loads(schema or "{}")
    except ValueError as error:
        raise ValueError(f"model {where} is not JSON: {error}") from error


def validate(exchange: Exchange) -> Exchange:
    """Pass a request that fits its method; raises :class:`GatewayError` 400 otherwise."""
    method = exchange.integration_method
    if method.validate_parameters:
        missing = [p[1] for p in method.required if not exchange.parameter(p)]
        if missing:
            raise GatewayError(
                "BAD_REQUEST_PARAMETERS",
                f"Missing required request parameters: [{', '.join(missing)}]",
            )
    if method.validate_body:
        check = method.models.get(media_type(exchange.header("content-type")))
        if (check := check or method.models.get("$default")) is not None:
            problem = _problem(check, exchange.request.body)
            if problem is not None:
                raise GatewayError("BAD_REQUEST_BODY", detail=problem, reason=problem)
    return exchange


def _problem(check: Check, body: bytes) -> str | None:
    try:
        document = json.loads(body) if body else {}
    except ValueError as error:
        return f"[{error}]"
    return check(document)
