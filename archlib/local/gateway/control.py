"""The control plane's gaps in moto, filled: what it drops is kept, what it invents is mended.

Each operation is an entry of :data:`OPERATIONS`. Changes go into moto's own objects, so that
its reads return them; snapshots and live stages are told through :class:`Deployed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from archlib.errors import Unsupported
from archlib.local.gateway import patching, stage_settings, usage_patching
from archlib.local.gateway.configuration import ApiSnapshot
from archlib.local.gateway.deployments import snapshot
from archlib.local.gateway.gateway_responses import DEFAULT_TEMPLATES, KINDS
from archlib.local.gateway.stages import DEFAULTS
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


class Deployed(Protocol):
    """The data plane as the control plane tells it of changes."""

    def backend(self, region: str) -> Any:
        """Moto's API Gateway backend of a region."""

    def read(self, region: str, operation: str, **params: Any) -> dict[str, Any]:
        """A read answered by moto."""

    def deploy(self, region: str, made: ApiSnapshot) -> None:
        """Keep a snapshot."""

    def snapshot(self, region: str, api_id: str, deployment_id: str) -> ApiSnapshot | None:
        """A kept snapshot."""

    def undeploy(self, region: str, api_id: str, deployment_id: str | None = None) -> None:
        """Forget one deployment's snapshot, or an API."""

    def refresh(self, region: str, api_id: str, stage: str) -> None:
        """A stage was made, changed or deleted."""

    def flush(self, region: str, api_id: str, stage: str) -> None:
        """Empty a stage's response cache."""

    def flush_authorizers(self, region: str, api_id: str, stage: str) -> None:
        """Empty a stage's authorizer results."""


Operation = Callable[[Deployed, "ApiCall"], "Result"]


def _api(deployed: Deployed, call: ApiCall) -> Any:
    found = deployed.backend(call.region).apis.get(call.params["restApiId"])
    if found is None:
        raise _missing("Invalid API identifier specified")
    return found


def _missing(message: str) -> ApiRefusal:
    return ApiRefusal("NotFoundException", message, 404)


def _bad(message: str) -> ApiRefusal:
    return ApiRefusal("BadRequestException", message, 400)


# -- REST APIs -----------------------------------------------------------------------------------


def create_rest_api(deployed: Deployed, call: ApiCall) -> Result:
    """Keep ``binaryMediaTypes`` and ``version``, which moto drops."""
    if call.params.get("cloneFrom"):
        raise Unsupported("cloning a REST API is not imitated", where="CreateRestApi cloneFrom")
    api = deployed.backend(call.region).apis[call.proceed()["id"]]
    api.binaryMediaTypes = list(call.params.get("binaryMediaTypes") or [])
    api.version = call.params.get("version")
    return _rest_api(deployed, call.region, api.id)


def update_rest_api(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a REST API."""
    api = _api(deployed, call)
    operations = list(call.params.get("patchOperations") or ())
    types = [op for op in operations if op.get("path", "").startswith("/endpointConfiguration")]
    for op in types:
        api.endpoint_configuration["types"] = [op.get("value", "REGIONAL")]
    patching.apply(api, patching.REST_API, [op for op in operations if op not in types])
    return _rest_api(deployed, call.region, api.id)


def get_rest_api(deployed: Deployed, call: ApiCall) -> Result:
    """Leave out what moto returns as null or invents."""
    return _without_nulls(call.proceed())


def _rest_api(deployed: Deployed, region: str, api_id: str) -> Result:
    return _without_nulls(deployed.read(region, "get_rest_api", restApiId=api_id))


def _without_nulls(result: Result) -> Result:
    return {name: value for name, value in result.items() if value is not None}


def delete_rest_api(deployed: Deployed, call: ApiCall) -> Result:
    """Delete the API with its stages and snapshots."""
    api = _api(deployed, call)
    stages = list(api.stages)
    result = call.proceed()
    for stage in stages:
        deployed.refresh(call.region, api.id, stage)
    deployed.undeploy(call.region, api.id)
    return result


def delete_resource(deployed: Deployed, call: ApiCall) -> Result:
    """Delete a resource with everything below it, as AWS does."""
    api = _api(deployed, call)
    doomed = {call.params["resourceId"]}
    if not doomed <= api.resources.keys():
        raise _missing("Invalid Resource identifier specified")
    if api.root_resource_id in doomed:
        raise _bad("Root resource cannot be deleted")
    while more := {r.id for r in api.resources.values() if r.parent_id in doomed} - doomed:
        doomed |= more
    result = call.proceed()
    for resource_id in doomed:
        api.resources.pop(resource_id, None)
    return result


# -- methods, integrations, authorizers ------------------------------------------------------------


def _method(deployed: Deployed, call: ApiCall) -> Any:
    api = _api(deployed, call)
    resource = api.resources.get(call.params["resourceId"])
    if resource is None:
        raise _missing("Invalid Resource identifier specified")
    method = resource.resource_methods.get(call.params["httpMethod"])
    if method is None:
        raise _missing("Invalid Method identifier specified")
    return method


def put_method(deployed: Deployed, call: ApiCall) -> Result:
    """Check the authorizer; a method that is put again keeps its integration."""
    api = _api(deployed, call)
    kind, authorizer = call.params["authorizationType"], call.params.get("authorizerId")
    if kind in ("CUSTOM", "COGNITO_USER_POOLS") and authorizer not in api.authorizers:
        raise _bad(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."
        )
    resource = api.resources.get(call.params["resourceId"])
    before = resource and resource.resource_methods.get(call.params["httpMethod"])
    result = call.proceed()
    if before is not None:
        method = _method(deployed, call)
        method.method_integration = before.method_integration
        method.method_responses = before.method_responses
    return result


_TARGETS = ("restApiId", "resourceId", "httpMethod")


def _where(call: ApiCall, *more: str) -> dict[str, Any]:
    return {name: call.params[name] for name in (*_TARGETS, *more)}


def update_method(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a method."""
    patching.apply(
        _method(deployed, call), patching.METHOD, call.params.get("patchOperations") or ()
    )
    return deployed.read(call.region, "get_method", **_where(call))


def update_method_response(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a method response."""
    response = _method(deployed, call).method_responses.get(call.params["statusCode"])
    if response is None:
        raise _missing("Invalid Response status code specified")
    patching.apply(response, patching.METHOD_RESPONSE, call.params.get("patchOperations") or ())
    return deployed.read(call.region, "get_method_response", **_where(call, "statusCode"))


def put_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Keep the cache key and the defaults that AWS fills in."""
    method, params = _method(deployed, call), call.params
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
            raise _bad(f"Invalid cache key parameter specified: {key}")


def _integration(deployed: Deployed, call: ApiCall) -> Result:
    return _without_nulls(deployed.read(call.region, "get_integration", **_where(call)))


def get_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Say that there is none where moto returns an empty one."""
    if _method(deployed, call).method_integration is None:
        raise _missing("No integration defined for method")
    return _without_nulls(call.proceed())


def update_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of an integration."""
    integration = _method(deployed, call).method_integration
    if integration is None:
        raise _missing("No integration defined for method")
    patching.apply(integration, patching.INTEGRATION, call.params.get("patchOperations") or ())
    return _integration(deployed, call)


def update_integration_response(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of an integration response."""
    integration = _method(deployed, call).method_integration
    responses = (integration.integration_responses if integration else None) or {}
    response = responses.get(call.params["statusCode"])
    if response is None:
        raise _missing("Invalid Response status code specified")
    patching.apply(
        response, patching.INTEGRATION_RESPONSE, call.params.get("patchOperations") or ()
    )
    return deployed.read(call.region, "get_integration_response", **_where(call, "statusCode"))


def create_authorizer(deployed: Deployed, call: ApiCall) -> Result:
    """Keep the validation expression; ask for what AWS asks for."""
    params = call.params
    if params["type"] == "COGNITO_USER_POOLS" and not params.get("providerARNs"):
        raise _bad("Invalid provider ARNs: a COGNITO_USER_POOLS authorizer needs at least one")
    if params["type"] in ("TOKEN", "REQUEST") and not params.get("authorizerUri"):
        raise _bad("Invalid Authorizer URI")
    ttl = params.get("authorizerResultTtlInSeconds", 300)
    if not 0 <= ttl <= 3600:
        raise _bad("Authorizer result TTL must be between 0 and 3600 seconds")
    if not params.get("identitySource") and (params["type"] != "REQUEST" or ttl):
        raise _bad("Identity source is required")
    made = call.proceed()
    authorizer = _api(deployed, call).authorizers[made["id"]]
    authorizer.identity_validation_expression = params.get("identityValidationExpression")
    return _authorizer(deployed, call, made["id"])


def update_authorizer(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of an authorizer."""
    authorizer = _api(deployed, call).authorizers.get(call.params["authorizerId"])
    if authorizer is None:
        raise _missing("Invalid Authorizer identifier specified")
    patching.apply(authorizer, patching.AUTHORIZER, call.params.get("patchOperations") or ())
    return _authorizer(deployed, call, authorizer.id)


def _authorizer(deployed: Deployed, call: ApiCall, authorizer_id: str) -> Result:
    return deployed.read(
        call.region,
        "get_authorizer",
        restApiId=call.params["restApiId"],
        authorizerId=authorizer_id,
    )


def update_model(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a model."""
    name = call.params["modelName"]
    model = _api(deployed, call).models.get(name)
    if model is None:
        raise _missing("Invalid Model Name specified")
    patching.apply(model, patching.MODEL, call.params.get("patchOperations") or ())
    return deployed.read(
        call.region, "get_model", restApiId=call.params["restApiId"], modelName=name
    )


# -- gateway responses -----------------------------------------------------------------------------


def _default_response(kind: str) -> Result:
    made: Result = {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": dict(DEFAULT_TEMPLATES),
        "defaultResponse": True,
    }
    if (status := KINDS[kind].status) is not None:
        made["statusCode"] = str(status)
    return made


def put_gateway_response(deployed: Deployed, call: ApiCall) -> Result:
    """Refuse a response type that does not exist."""
    _known_type(call.params["responseType"])
    return call.proceed()


def get_gateway_response(deployed: Deployed, call: ApiCall) -> Result:
    """Return AWS's default where nothing was customised."""
    kind = _known_type(call.params["responseType"])
    customised = kind in _api(deployed, call).gateway_responses
    return call.proceed() if customised else _default_response(kind)


def get_gateway_responses(deployed: Deployed, call: ApiCall) -> Result:
    """List every type, customised or not."""
    own = {item["responseType"]: item for item in call.proceed().get("items", ())}
    return {"items": [own.get(kind) or _default_response(kind) for kind in sorted(KINDS)]}


def _known_type(kind: str) -> str:
    if kind not in KINDS:
        raise _bad(f"Invalid response type specified: {kind}")
    return kind


# -- deployments and stages ----------------------------------------------------------------------


def create_deployment(deployed: Deployed, call: ApiCall) -> Result:
    """Freeze the API, then let moto make the deployment; an existing stage is moved onto it."""
    params, api = call.params, _api(deployed, call)
    if params.get("canarySettings"):
        raise Unsupported("canary deployments are not imitated", where=f"REST API {api.name}")
    stage_settings.check_cache_size(params.get("cacheClusterSize"))
    frozen = snapshot(api, "")
    name = params.get("stageName")
    before = api.stages.get(name) if name else None
    result = call.proceed()
    from dataclasses import replace

    deployed.deploy(call.region, replace(frozen, deployment_id=result["id"]))
    if name:
        made = api.stages[name]
        if before is not None:
            before.deployment_id = result["id"]
            before.variables.update(params.get("variables") or {})
            made = api.stages[name] = before
        _stage_extras(made, params)
        deployed.refresh(call.region, api.id, name)
    return result


def _stage_extras(stage: Any, params: Mapping[str, Any]) -> None:
    if params.get("stageDescription"):
        stage.description = params["stageDescription"]
    if params.get("cacheClusterSize"):
        stage.cache_cluster_size = params["cacheClusterSize"]
    if "cacheClusterEnabled" in params:
        enabled = str(params["cacheClusterEnabled"]).lower()
        stage_settings.apply(
            stage, None, [{"op": "replace", "path": "/cacheClusterEnabled", "value": enabled}]
        )
    if "tracingEnabled" in params:
        stage.tracing_enabled = params["tracingEnabled"]


def update_deployment(deployed: Deployed, call: ApiCall) -> Result:
    """Apply a new description."""
    deployment = _api(deployed, call).deployments.get(call.params["deploymentId"])
    if deployment is None:
        raise _missing("Invalid Deployment identifier specified")
    patching.apply(deployment, patching.DEPLOYMENT, call.params.get("patchOperations") or ())
    return deployed.read(
        call.region, "get_deployment",
        restApiId=call.params["restApiId"], deploymentId=deployment.id,
    )  # fmt: skip


def delete_deployment(deployed: Deployed, call: ApiCall) -> Result:
    """Refuse while a stage points to it, whichever call made the stage."""
    api, deployment_id = _api(deployed, call), call.params["deploymentId"]
    if deployment_id not in api.deployments:
        raise _missing("Invalid Deployment identifier specified")
    if any(stage.deployment_id == deployment_id for stage in api.stages.values()):
        raise _bad("Active stages pointing to this deployment must be moved or deleted")
    api.deployments[deployment_id].stage_name = None
    result = call.proceed()
    deployed.undeploy(call.region, api.id, deployment_id)
    return result


def create_stage(deployed: Deployed, call: ApiCall) -> Result:
    """Check the deployment and the cache size; refuse canaries."""
    params, api = call.params, _api(deployed, call)
    if params.get("canarySettings"):
        raise Unsupported(
            "canary deployments are not imitated", where=f"stage {params['stageName']}"
        )
    if params["deploymentId"] not in api.deployments:
        raise _bad("Deployment id does not exist")
    stage_settings.check_cache_size(params.get("cacheClusterSize"))
    call.proceed()
    stage = api.stages[params["stageName"]]
    if stage.cache_cluster_enabled and stage.cache_cluster_size is None:
        stage.cache_cluster_size = "0.5"
    stage.documentation_version = params.get("documentationVersion")
    deployed.refresh(call.region, api.id, stage.name)
    return _stage(deployed, call.region, api.id, stage.name)


def update_stage(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a stage."""
    api, name = _api(deployed, call), call.params["stageName"]
    stage = _moto_stage(api, name)
    operations = call.params.get("patchOperations") or ()
    moved = [op["value"] for op in operations if op.get("path") == "/deploymentId"]
    for deployment_id in moved:
        if deployment_id not in api.deployments:
            raise _bad("Deployment id does not exist")
    target = moved[-1] if moved else stage.deployment_id
    stage_settings.apply(stage, deployed.snapshot(call.region, api.id, target), operations)
    deployed.refresh(call.region, api.id, name)
    return _stage(deployed, call.region, api.id, name)


def _moto_stage(api: Any, name: str) -> Any:
    stage = api.stages.get(name)
    if stage is None:
        raise _missing("Invalid stage identifier specified")
    return stage


def _stage(deployed: Deployed, region: str, api_id: str, name: str) -> Result:
    return _with_defaults(deployed.read(region, "get_stage", restApiId=api_id, stageName=name))


def _with_defaults(stage: Result) -> Result:
    stage = _without_nulls(stage)
    settings = stage.get("methodSettings") or {}
    everywhere = settings.get("*/*", {})
    stage["methodSettings"] = {
        key: {**DEFAULTS, **everywhere, **own} for key, own in settings.items()
    }
    return stage


def get_stage(deployed: Deployed, call: ApiCall) -> Result:
    """Fill method settings with what applies to them."""
    return _with_defaults(call.proceed())


def get_stages(deployed: Deployed, call: ApiCall) -> Result:
    """Fill method settings with what applies to them."""
    return {"item": [_with_defaults(stage) for stage in call.proceed().get("item", ())]}


def delete_stage(deployed: Deployed, call: ApiCall) -> Result:
    """Delete the stage with its cache."""
    result = call.proceed()
    deployed.refresh(call.region, call.params["restApiId"], call.params["stageName"])
    return result


def flush_stage_cache(deployed: Deployed, call: ApiCall) -> Result:
    """Empty the response cache."""
    api = _api(deployed, call)
    _moto_stage(api, call.params["stageName"])
    deployed.flush(call.region, api.id, call.params["stageName"])
    return {}


def flush_stage_authorizers_cache(deployed: Deployed, call: ApiCall) -> Result:
    """Empty the authorizer results."""
    api = _api(deployed, call)
    _moto_stage(api, call.params["stageName"])
    deployed.flush_authorizers(call.region, api.id, call.params["stageName"])
    return {}


# -- usage plans -----------------------------------------------------------------------------------


def update_usage_plan(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a usage plan."""
    plan_id = call.params["usagePlanId"]
    plan = deployed.backend(call.region).usage_plans.get(plan_id)
    if plan is None:
        raise _missing("Invalid Usage Plan ID specified")
    usage_patching.apply(plan, call.params.get("patchOperations") or ())
    return _without_nulls(deployed.read(call.region, "get_usage_plan", usagePlanId=plan_id))


# -- what moto answers with a Python error ---------------------------------------------------------


def _existing(collection: str, member: str, what: str) -> Operation:
    """Say NotFound for a missing member of an API (or of the region), then let moto go on."""

    def checked(deployed: Deployed, call: ApiCall) -> Result:
        owner = (
            _api(deployed, call) if "restApiId" in call.params else deployed.backend(call.region)
        )
        if call.params[member] not in getattr(owner, collection):
            raise _missing(f"Invalid {what} identifier specified")
        return call.proceed()

    return checked


def delete_usage_plan_key(deployed: Deployed, call: ApiCall) -> Result:
    """Say NotFound for a key that is not in the plan."""
    keys = deployed.backend(call.region).usage_plan_keys.get(call.params["usagePlanId"], {})
    if call.params["keyId"] not in keys:
        raise _missing("Invalid API Key identifier specified")
    return call.proceed()


def delete_integration(deployed: Deployed, call: ApiCall) -> Result:
    """Say NotFound for a method without an integration."""
    if _method(deployed, call).method_integration is None:
        raise _missing("No integration defined for method")
    return call.proceed()


# -- not imitated ----------------------------------------------------------------------------------


def _refuse(what: str) -> Operation:
    def refuse(deployed: Deployed, call: ApiCall) -> Result:
        raise Unsupported(f"{what} is not imitated", where=f"apigateway:{call.operation}")

    return refuse


OPERATIONS: Mapping[str, Operation] = {
    "CreateRestApi": create_rest_api,
    "GetRestApi": get_rest_api,
    "UpdateRestApi": update_rest_api,
    "DeleteRestApi": delete_rest_api,
    "DeleteResource": delete_resource,
    "PutMethod": put_method,
    "UpdateMethod": update_method,
    "UpdateMethodResponse": update_method_response,
    "PutIntegration": put_integration,
    "GetIntegration": get_integration,
    "UpdateIntegration": update_integration,
    "UpdateIntegrationResponse": update_integration_response,
    "CreateAuthorizer": create_authorizer,
    "UpdateAuthorizer": update_authorizer,
    "UpdateModel": update_model,
    "PutGatewayResponse": put_gateway_response,
    "GetGatewayResponse": get_gateway_response,
    "GetGatewayResponses": get_gateway_responses,
    "CreateDeployment": create_deployment,
    "UpdateDeployment": update_deployment,
    "DeleteDeployment": delete_deployment,
    "CreateStage": create_stage,
    "GetStage": get_stage,
    "GetStages": get_stages,
    "UpdateStage": update_stage,
    "DeleteStage": delete_stage,
    "FlushStageCache": flush_stage_cache,
    "FlushStageAuthorizersCache": flush_stage_authorizers_cache,
    "UpdateUsagePlan": update_usage_plan,
    "DeleteUsagePlan": _existing("usage_plans", "usagePlanId", "Usage Plan"),
    "DeleteUsagePlanKey": delete_usage_plan_key,
    "DeleteIntegration": delete_integration,
    "GetDeployment": _existing("deployments", "deploymentId", "Deployment"),
    "DeleteAuthorizer": _existing("authorizers", "authorizerId", "Authorizer"),
    "DeleteRequestValidator": _existing(
        "request_validators", "requestValidatorId", "Request Validator"
    ),
    "UpdateRequestValidator": _existing(
        "request_validators", "requestValidatorId", "Request Validator"
    ),
    "ImportRestApi": _refuse("importing an OpenAPI document"),
    "PutRestApi": _refuse("importing an OpenAPI document"),
    "TestInvokeMethod": _refuse("a test invocation (call the deployed stage instead)"),
    "TestInvokeAuthorizer": _refuse("a test invocation of an authorizer"),
    "CreateVpcLink": _refuse("a VPC link"),
    "CreateDomainName": _refuse("a custom domain name"),
    "CreateBasePathMapping": _refuse("a base path mapping"),
    "GenerateClientCertificate": _refuse("a client certificate"),
    "GetUsage": _refuse("reading usage"),
    "UpdateUsage": _refuse("changing usage"),
}
