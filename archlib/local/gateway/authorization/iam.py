"""``AWS_IAM``: requests signed with Signature Version 4.

AWS: "Control access to a REST API with IAM permissions".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archlib.local.gateway import sigv4
from archlib.local.gateway.authorization.keeper import (
    INVALIDATE,
    INVOKE,
    Gatekeeper,
    condition_keys,
    method_arn,
)
from archlib.local.gateway.authorization.resource_policy import denied, policy_verdict
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.identity import Caller


def iam(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """A Signature Version 4 whose principal may ``execute-api:Invoke``."""
    caller = sigv4.authenticate(exchange, keeper.identities, keeper.now())
    arn, keys = method_arn(exchange), condition_keys(exchange)
    own = keeper.permissions.identity(caller, INVOKE, arn, keys)
    policy = policy_verdict(keeper, exchange, caller)
    if "deny" in (own, policy):
        raise denied(exchange, caller.arn, "deny")
    if "allow" not in (own, policy):
        raise denied(exchange, caller.arn, "silent")
    return replace(exchange, caller=caller, identity=_iam_identity(exchange, caller))


def _iam_identity(exchange: Exchange, caller: Caller) -> Mapping[str, Any]:
    header = exchange.header("authorization") or ""
    credential = header.partition("Credential=")[2].partition("/")[0]
    identity = {
        "accountId": caller.account,
        "caller": caller.user_id,
        "accessKey": credential or None,
        "userArn": caller.arn,
        "user": caller.user_id,
    }
    names = {
        "cognito-identity.amazonaws.com:sub": "cognitoIdentityId",
        "cognito-identity.amazonaws.com:aud": "cognitoIdentityPoolId",
        "cognito-identity.amazonaws.com:amr": "cognitoAuthenticationType",
    }
    for key, name in names.items():
        if (value := caller.context.get(key)) is not None:
            identity[name] = value if isinstance(value, str) else value[0]
    return identity


def may_invalidate(keeper: Gatekeeper, exchange: Exchange) -> bool:
    """Whether the caller signed the request and may ``execute-api:InvalidateCache``."""
    caller = exchange.caller
    if caller is None and sigv4.is_signed(exchange):
        try:
            caller = sigv4.authenticate(exchange, keeper.identities, keeper.now())
        except GatewayError:
            return False
    if caller is None:
        return False
    arn, keys = method_arn(exchange), condition_keys(exchange)
    own = keeper.permissions.identity(caller, INVALIDATE, arn, keys)
    policy = policy_verdict(keeper, exchange, caller, INVALIDATE)
    return "deny" not in (own, policy) and "allow" in (own, policy)
