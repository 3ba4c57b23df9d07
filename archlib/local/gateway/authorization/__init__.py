"""Who may call a method: a type of authorization is an entry of :data:`AUTHORIZATIONS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archlib.local.gateway.authorization.cognito import cognito
from archlib.local.gateway.authorization.custom import custom
from archlib.local.gateway.authorization.iam import iam, may_invalidate
from archlib.local.gateway.authorization.keeper import Gatekeeper, method_arn
from archlib.local.gateway.authorization.resource_policy import require_policy
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError

__all__ = ["AUTHORIZATIONS", "Gatekeeper", "authorize", "may_invalidate"]


#: Bytes of the ARN that policies see.
MAXIMUM_ARN = 1600


def authorize(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """Let the request pass, knowing its caller; raises :class:`GatewayError` otherwise."""
    kind = exchange.integration_method.authorization
    if kind != "NONE" or exchange.api.policy:
        _check_length(exchange)
    return AUTHORIZATIONS[kind](keeper, exchange)


def _check_length(exchange: Exchange) -> None:
    """AWS: quotas, "ARN length of a method with authorization"."""
    if len(method_arn(exchange).encode()) > MAXIMUM_ARN:
        raise GatewayError("DEFAULT_4XX", "Request URI too long", status=414)


def none(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """Anybody the resource policy lets in."""
    require_policy(keeper, exchange)
    return exchange


AUTHORIZATIONS: Mapping[str, Callable[[Gatekeeper, Exchange], Exchange]] = {
    "NONE": none,
    "AWS_IAM": iam,
    "COGNITO_USER_POOLS": cognito,
    "CUSTOM": custom,
}
