"""``$context``: what templates, proxy events, error responses and access logs can name.

AWS: "Variables for data transformations for API Gateway" and "Set up Lambda proxy
integrations in API Gateway" (input format).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from archlib.local.gateway.exchange import Exchange

#: Always present in an event, null unless the authorization type fills them.
_IDENTITY: Mapping[str, Any] = dict.fromkeys((
    "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp",
    "principalOrgId", "accessKey", "cognitoAuthenticationType",
    "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
))  # fmt: skip

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def request_context(exchange: Exchange) -> dict[str, Any]:
    """The ``requestContext`` of an event; also what ``$context`` reads."""
    request, api = exchange.request, exchange.api
    resource, method = exchange.resource, exchange.method
    context: dict[str, Any] = {
        "resourceId": resource.id if resource else None,
        "resourcePath": resource.path if resource else None,
        "httpMethod": request.method,
        "extendedRequestId": exchange.extended_id,
        "requestTime": common_log_time(exchange.received),
        "path": request.path,
        "accountId": api.account,
        "protocol": "HTTP/1.1",
        "stage": exchange.stage.name,
        "domainPrefix": api.id,
        "requestTimeEpoch": round(exchange.received * 1000),
        "requestId": exchange.request_id,
        "identity": {
            **_IDENTITY,
            "sourceIp": request.source_ip,
            "userAgent": exchange.header("user-agent"),
            **exchange.identity,
        },
        "domainName": request.host,
        "deploymentId": api.deployment_id,
        "apiId": api.id,
    }
    if exchange.authorizer:
        context["authorizer"] = dict(exchange.authorizer)
    if method is not None and method.operation_name:
        context["operationName"] = method.operation_name
    return context


def context_variable(exchange: Exchange, name: str) -> object:
    """The value of ``$context.{name}``, None when there is none."""
    found: object = {
        **request_context(exchange),
        "xrayTraceId": exchange.trace_id.removeprefix("Root=").partition(";")[0],
    }
    for part in _parts(name):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _parts(name: str) -> list[str]:
    # Claims may be called "cognito:groups" or "custom:a.b": only the first two dots split.
    head, _, claim = name.partition("authorizer.claims.")
    if not head and claim:
        return ["authorizer", "claims", claim]
    return name.split(".")


def common_log_time(epoch: float) -> str:
    """``05/Jan/2026:09:00:00 +0000`` (Common Log Format), whatever the process's locale."""
    at = datetime.fromtimestamp(epoch, UTC)
    return f"{at:%d}/{_MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S} +0000"


def java_time(epoch: float) -> str:
    """``Mon Jan 05 09:00:00 UTC 2026``: how the claims ``exp`` and ``iat`` reach a function."""
    at = datetime.fromtimestamp(epoch, UTC)
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at:%d %H:%M:%S} UTC {at:%Y}"


def claim_texts(claims: Mapping[str, Any]) -> dict[str, str]:
    """Claims as the gateway hands them on: every value a string."""
    return {name: _claim(name, value) for name, value in claims.items()}


def _claim(name: str, value: Any) -> str:
    if name in ("exp", "iat") and isinstance(value, int | float):
        return java_time(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(v if isinstance(v, str) else json.dumps(v) for v in value)
    if isinstance(value, Mapping):
        return json.dumps(value)
    return str(value)
