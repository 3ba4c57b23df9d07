"""Authorizers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.gateway import patching
from archlib.local.gateway.control.seam import Deployed, api_of, bad, missing

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def create_authorizer(deployed: Deployed, call: ApiCall) -> Result:
    """Keep the validation expression; ask for what AWS asks for."""
    params = call.params
    if params["type"] == "COGNITO_USER_POOLS" and not params.get("providerARNs"):
        raise bad("Invalid provider ARNs: a COGNITO_USER_POOLS authorizer needs at least one")
    if params["type"] in ("TOKEN", "REQUEST") and not params.get("authorizerUri"):
        raise bad("Invalid Authorizer URI")
    ttl = params.get("authorizerResultTtlInSeconds", 300)
    if not 0 <= ttl <= 3600:
        raise bad("Authorizer result TTL must be between 0 and 3600 seconds")
    if not params.get("identitySource") and (params["type"] != "REQUEST" or ttl):
        raise bad("Identity source is required")
    made = call.proceed()
    authorizer = api_of(deployed, call).authorizers[made["id"]]
    authorizer.identity_validation_expression = params.get("identityValidationExpression")
    return _authorizer(deployed, call, made["id"])


def update_authorizer(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of an authorizer."""
    authorizer = api_of(deployed, call).authorizers.get(call.params["authorizerId"])
    if authorizer is None:
        raise missing("Invalid Authorizer identifier specified")
    patching.apply(authorizer, patching.AUTHORIZER, call.params.get("patchOperations") or ())
    return _authorizer(deployed, call, authorizer.id)


def _authorizer(deployed: Deployed, call: ApiCall, authorizer_id: str) -> Result:
    return deployed.read(
        call.region,
        "get_authorizer",
        restApiId=call.params["restApiId"],
        authorizerId=authorizer_id,
    )
