"""The API's resource policy.

AWS: "How API Gateway resource policies affect authorization workflow": Cognito and NONE need
an explicit allow of an attached policy; IAM and Lambda authorizers need one of the two (table
A); a deny always wins.
"""

from __future__ import annotations

from archlib.local.gateway.authorization.keeper import (
    INVOKE,
    Gatekeeper,
    condition_keys,
    method_arn,
)
from archlib.local.gateway.collaborators import Verdict
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.identity import Caller


def policy_verdict(
    keeper: Gatekeeper, exchange: Exchange, caller: Caller | None, action: str = INVOKE
) -> Verdict:
    """What the API's resource policy says; an API without one allows."""
    document = exchange.api.policy
    if not document:
        return "allow" if caller is None else "silent"
    return keeper.permissions.resource_policy(
        document, caller, action, method_arn(exchange), condition_keys(exchange)
    )


def require_policy(keeper: Gatekeeper, exchange: Exchange) -> None:
    """Raise :class:`GatewayError` 403 unless an attached policy allows anybody to call."""
    verdict = policy_verdict(keeper, exchange, None)
    if verdict != "allow":
        raise denied(exchange, "anonymous", verdict)


def denied(exchange: Exchange, who: str, verdict: Verdict) -> GatewayError:
    """The 403 that names caller, action and resource, the account number half hidden."""
    api = exchange.api
    hidden = f"********{api.account[-4:]}"
    resource = method_arn(exchange).replace(f":{api.account}:", f":{hidden}:", 1)
    suffix = " with an explicit deny" if verdict == "deny" else ""
    return GatewayError(
        "ACCESS_DENIED",
        f"User: {who} is not authorized to perform: {INVOKE} on resource: {resource}{suffix}",
        reason="explicit deny" if verdict == "deny" else "no policy allows it",
    )
