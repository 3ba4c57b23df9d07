"""``COGNITO_USER_POOLS``: tokens of user pools.

AWS: "Control access to REST APIs using Amazon Cognito user pools as an authorizer". The
authorizer validates the token itself on every request: its result is not kept, so an expired
token is refused at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archlib.local.gateway.authorization.keeper import Gatekeeper, authorizer_of
from archlib.local.gateway.authorization.resource_policy import require_policy
from archlib.local.gateway.collaborators import TokenRefused
from archlib.local.gateway.configuration import Authorizer
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.variables import claim_texts


def cognito(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """A valid token of one of the authorizer's user pools.

    A method without scopes wants an ID token, one with scopes an access token that holds one
    of them; the validation expression is matched against the token's audience.
    """
    authorizer = authorizer_of(exchange)
    token = (exchange.parameter(authorizer.sources[0]) or "").strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    if not token:
        raise GatewayError("UNAUTHORIZED", reason="no token")
    claims = _verified(keeper, exchange, authorizer, token)
    exchange = replace(exchange, authorizer={"claims": claim_texts(claims)})
    require_policy(keeper, exchange)
    return exchange


def _verified(
    keeper: Gatekeeper, exchange: Exchange, authorizer: Authorizer, token: str
) -> Mapping[str, Any]:
    refusals: list[str] = []
    arn = exchange.api.arn
    for pool in authorizer.provider_arns:
        with keeper.trace.hop(source=arn, target=pool, action="cognito-idp:VerifyToken") as hop:
            try:
                claims = keeper.user_pools.verify(pool, token)
                _suitable(exchange, authorizer, claims)
            except TokenRefused as refusal:
                hop.status, hop.error = 401, "Unauthorized"
                hop.detail["reason"] = str(refusal)
                refusals.append(str(refusal))
                continue
            hop.status, hop.principal = 200, str(claims.get("sub", ""))
            return claims
    expired = any("expired" in reason.lower() for reason in refusals)
    message = "The incoming token has expired" if expired else None
    raise GatewayError("UNAUTHORIZED", message, reason="; ".join(refusals))


def _suitable(exchange: Exchange, authorizer: Authorizer, claims: Mapping[str, Any]) -> None:
    use, scopes = claims.get("token_use"), exchange.integration_method.scopes
    wanted = "access" if scopes else "id"
    if use != wanted:
        raise TokenRefused(f"an {wanted} token is required, this is an {use} token")
    if scopes and not scopes & set(str(claims.get("scope", "")).split()):
        raise TokenRefused(f"the token has none of the scopes {', '.join(sorted(scopes))}")
    if authorizer.expression is not None:
        audience = str(claims.get("aud") or claims.get("client_id") or "")
        if authorizer.expression.fullmatch(audience) is None:
            raise TokenRefused("the audience does not match the validation expression")
