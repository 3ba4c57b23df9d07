"""``CUSTOM``: Lambda authorizers of type TOKEN and REQUEST.

AWS: "Use API Gateway Lambda authorizers", "Input to an API Gateway Lambda authorizer",
"Output from an API Gateway Lambda authorizer". Results are cached for the authorizer's TTL, by
its identity sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archlib.local.gateway.authorization.keeper import (
    INVOKE,
    Gatekeeper,
    authorizer_of,
    condition_keys,
    method_arn,
)
from archlib.local.gateway.authorization.resource_policy import denied, policy_verdict
from archlib.local.gateway.collaborators import InvocationRefused, InvocationThrottled, Verdict
from archlib.local.gateway.configuration import Authorizer
from archlib.local.gateway.event import proxy_event
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError


def custom(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """Ask a Lambda authorizer for a policy and judge the request by it."""
    authorizer = authorizer_of(exchange)
    if exchange.api.policy and policy_verdict(keeper, exchange, None) == "deny":
        raise denied(exchange, "anonymous", "deny")
    values = tuple(exchange.parameter(source) for source in authorizer.sources)
    must_be_there = authorizer.type == "TOKEN" or authorizer.ttl > 0
    if must_be_there and not all(values):
        raise GatewayError("UNAUTHORIZED", reason="an identity source is missing")
    expression = authorizer.expression if authorizer.type == "TOKEN" else None
    if expression is not None and expression.fullmatch(values[0] or "") is None:
        raise GatewayError("UNAUTHORIZED", reason="the token does not match the expression")
    output = _asked(keeper, exchange, authorizer, values)
    _judge(keeper, exchange, output)
    context = {name: _plain(value) for name, value in (output.get("context") or {}).items()}
    return replace(
        exchange,
        authorizer={**context, "principalId": str(output["principalId"])},
        usage_key=output.get("usageIdentifierKey"),
    )


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise GatewayError(
        "AUTHORIZER_CONFIGURATION_ERROR", reason="context holds an object, array or null"
    )


def _asked(
    keeper: Gatekeeper, exchange: Exchange, authorizer: Authorizer, values: tuple[str | None, ...]
) -> Mapping[str, Any]:
    key = (exchange.api.id, exchange.stage.name, authorizer.id, values)
    if authorizer.ttl > 0:
        with keeper.results.lock:
            kept = keeper.results.entries.get(key)
        if kept is not None and keeper.now() < kept[0]:
            return kept[1]
    output = _invoked(keeper, exchange, authorizer, values)
    if authorizer.ttl > 0:
        with keeper.results.lock:
            keeper.results.entries[key] = (keeper.now() + authorizer.ttl, output)
    return output


def _invoked(
    keeper: Gatekeeper, exchange: Exchange, authorizer: Authorizer, values: tuple[str | None, ...]
) -> Mapping[str, Any]:
    arn = method_arn(exchange)
    if authorizer.type == "TOKEN":
        event: dict[str, Any] = {
            "type": "TOKEN", "authorizationToken": values[0], "methodArn": arn,
        }  # fmt: skip
    else:
        event = {"type": "REQUEST", "methodArn": arn, **proxy_event(exchange)}
        del event["body"], event["isBase64Encoded"]
    api = exchange.api
    source = f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}/authorizers/{authorizer.id}"
    try:
        outcome = keeper.functions.invoke(
            authorizer.function_arn or "", event, source_arn=source, source=api.arn
        )
    except (InvocationRefused, InvocationThrottled) as refusal:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason=str(refusal)) from refusal
    return _read_output(outcome.payload, outcome.error)


def _read_output(payload: bytes, error: str | None) -> Mapping[str, Any]:
    try:
        output = json.loads(payload)
    except ValueError:
        output = None
    if error:
        # An authorizer that fails with exactly this message means 401.
        if isinstance(output, dict) and output.get("errorMessage") == "Unauthorized":
            raise GatewayError("UNAUTHORIZED", reason="the authorizer said so")
        raise GatewayError("AUTHORIZER_FAILURE", reason=f"the authorizer failed ({error})")
    if not isinstance(output, dict) or not {"principalId", "policyDocument"} <= output.keys():
        raise GatewayError("AUTHORIZER_FAILURE", reason="no principalId or policyDocument")
    return output


def _judge(keeper: Gatekeeper, exchange: Exchange, output: Mapping[str, Any]) -> None:
    """Table A: the authorizer's policy or the resource policy must allow, neither deny."""
    document = json.dumps(output["policyDocument"])
    try:
        own = keeper.permissions.identity_policy(
            document, INVOKE, method_arn(exchange), condition_keys(exchange)
        )
    except ValueError as error:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason=str(error)) from error
    policy: Verdict = policy_verdict(keeper, exchange, None) if exchange.api.policy else "silent"
    if "deny" in (own, policy):
        raise GatewayError(
            "ACCESS_DENIED",
            "User is not authorized to access this resource with an explicit deny",
            reason="explicit deny",
        )
    if "allow" not in (own, policy):
        raise GatewayError("ACCESS_DENIED", reason="the authorizer's policy does not allow it")
