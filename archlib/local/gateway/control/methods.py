"""Methods and integrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.gateway import patching
from archlib.local.gateway.control.seam import Deployed, api_of, bad, missing, without_nulls

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def method_of(deployed: Deployed, call: ApiCall) -> Any:
    """Moto's method that a call names; raises :class:`ApiRefusal` 404 when it is gone."""
    api = api_of(deployed, call)
    resource = api.resources.get(call.params["resourceId"])
    if resource is None:
        raise missing("Invalid Resource identifier specified")
    method = resource.resource_methods.get(call.params["httpMethod"])
    if method is None:
        raise missing("Invalid Method identifier specified")
    return method


def put_method(deployed: Deployed, call: ApiCall) -> Result:
    """Check the authorizer; a method that is put again keeps its integration."""
    api = api_of(deployed, call)
    kind, authorizer = call.params["authorizationType"], call.params.get("authorizerId")
    if kind in ("CUSTOM", "COGNITO_USER_POOLS") and authorizer not in api.authorizers:
        raise bad(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."
        )
    resource = api.resources.get(call.params["resourceId"])
    before = resource and resource.resource_methods.get(call.params["httpMethod"])
    result = call.proceed()
    if before is not None:
        method = method_of(deployed, call)
        method.method_integration = before.method_integration
        method.method_responses = before.method_responses
    return result


_TARGETS = ("restApiId", "resourceId", "httpMethod")


def _where(call: ApiCall, *more: str) -> dict[str, Any]:
    return {name: call.params[name] for name in (*_TARGETS, *more)}


def update_method(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a method."""
    patching.apply(
        method_of(deployed, call), patching.METHOD, call.params.get("patchOperations") or ()
    )
    return deployed.read(call.region, "get_method", **_where(call))


def update_method_response(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a method response."""
    response = method_of(deployed, call).method_responses.get(call.params["statusCode"])
    if response is None:
        raise missing("Invalid Response status code specified")
    patching.apply(response, patching.METHOD_RESPONSE, call.params.get("patchOperations") or ())
    return deployed.read(call.region, "get_method_response", **_where(call, "statusCode"))


def put_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Keep the cache key and the defaults that AWS fills in."""
    method, params = method_of(deployed, call), call.params
    keys = list(params.get("cacheKeyParameters") or ())
    _check_cache_key(method, params.get("requestParameters") or {}, keys)
    if params.get("connectionType") == "VPC_LINK":
        raise Unsupported(
            "a VPC link integration is not imitated",
            where=f"REST API {params['restApiId']}, {params['httpMethod']} integration",
        )
    if params.get("responseTransferMode") == "STREAM":
        raise Unsupported(
            "response streaming is not imitated",
            where=f"REST API {params['restApiId']}, {params['httpMethod']} integration",
        )
    before = method.method_integration
    call.proceed()
    integration = method.method_integration
    integration.cache_key_parameters = keys
    integration.passthrough_behaviour = params.get("passthroughBehavior") or "WHEN_NO_MATCH"
    integration.cache_namespace = params.get("cacheNamespace") or params["resourceId"]
    integration.timeout_in_millis = params.get("timeoutInMillis") or 29_000
    if before is not None:
        integration.integration_responses = before.integration_responses
    return _integration(deployed, call)


def _check_cache_key(method: Any, mappings: Mapping[str, str], keys: list[str]) -> None:
    """A key parameter must be declared by the method or mapped by the integration."""
    declared = {*(method.request_parameters or {}), *mappings}
    path = {key for key in keys if key.startswith("method.request.path.")}
    for key in keys:
        if key not in declared and key not in path:
            raise bad(f"Invalid cache key parameter specified: {key}")


def _integration(deployed: Deployed, call: ApiCall) -> Result:
    return without_nulls(deployed.read(call.region, "get_integration", **_where(call)))


def get_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Say that there is none where moto returns an empty one."""
    if method_of(deployed, call).method_integration is None:
        raise missing("No integration defined for method")
    return without_nulls(call.proceed())


def update_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of an integration."""
    integration = method_of(deployed, call).method_integration
    if integration is None:
        raise missing("No integration defined for method")
    patching.apply(integration, patching.INTEGRATION, call.params.get("patchOperations") or ())
    return _integration(deployed, call)


def update_integration_response(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of an integration response."""
    integration = method_of(deployed, call).method_integration
    responses = (integration.integration_responses if integration else None) or {}
    response = responses.get(call.params["statusCode"])
    if response is None:
        raise missing("Invalid Response status code specified")
    patching.apply(
        response, patching.INTEGRATION_RESPONSE, call.params.get("patchOperations") or ()
    )
    return deployed.read(call.region, "get_integration_response", **_where(call, "statusCode"))


def delete_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Say NotFound for a method without an integration."""
    if method_of(deployed, call).method_integration is None:
        raise missing("No integration defined for method")
    return call.proceed()
