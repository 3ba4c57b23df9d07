"""Stages and their caches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.gateway import stage_settings
from archlib.local.gateway.control.seam import Deployed, api_of, bad, missing, without_nulls
from archlib.local.gateway.stages import DEFAULTS

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def create_stage(deployed: Deployed, call: ApiCall) -> Result:
    """Check the deployment and the cache size; refuse canaries."""
    params, api = call.params, api_of(deployed, call)
    if params.get("canarySettings"):
        raise Unsupported(
            "canary deployments are not imitated", where=f"stage {params['stageName']}"
        )
    if params["deploymentId"] not in api.deployments:
        raise bad("Deployment id does not exist")
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
    api, name = api_of(deployed, call), call.params["stageName"]
    stage = _moto_stage(api, name)
    operations = call.params.get("patchOperations") or ()
    moved = [op["value"] for op in operations if op.get("path") == "/deploymentId"]
    for deployment_id in moved:
        if deployment_id not in api.deployments:
            raise bad("Deployment id does not exist")
    target = moved[-1] if moved else stage.deployment_id
    stage_settings.apply(stage, deployed.snapshot(call.region, api.id, target), operations)
    deployed.refresh(call.region, api.id, name)
    return _stage(deployed, call.region, api.id, name)


def _moto_stage(api: Any, name: str) -> Any:
    stage = api.stages.get(name)
    if stage is None:
        raise missing("Invalid stage identifier specified")
    return stage


def _stage(deployed: Deployed, region: str, api_id: str, name: str) -> Result:
    return _with_defaults(deployed.read(region, "get_stage", restApiId=api_id, stageName=name))


def _with_defaults(stage: Result) -> Result:
    stage = without_nulls(stage)
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
    api = api_of(deployed, call)
    _moto_stage(api, call.params["stageName"])
    deployed.flush(call.region, api.id, call.params["stageName"])
    return {}


def flush_stage_authorizers_cache(deployed: Deployed, call: ApiCall) -> Result:
    """Empty the authorizer results."""
    api = api_of(deployed, call)
    _moto_stage(api, call.params["stageName"])
    deployed.flush_authorizers(call.region, api.id, call.params["stageName"])
    return {}
