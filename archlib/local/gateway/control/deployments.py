"""Deployments: freezing an API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.gateway import patching, stage_settings
from archlib.local.gateway.control.seam import Deployed, api_of, bad, missing
from archlib.local.gateway.deployments import snapshot

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def create_deployment(deployed: Deployed, call: ApiCall) -> Result:
    """Freeze the API, then let moto make the deployment; an existing stage is moved onto it."""
    params, api = call.params, api_of(deployed, call)
    if params.get("canarySettings"):
        raise Unsupported("canary deployments are not imitated", where=f"REST API {api.name}")
    stage_settings.check_cache_size(params.get("cacheClusterSize"))
    frozen = snapshot(api, "")
    name = params.get("stageName")
    before = api.stages.get(name) if name else None
    result = call.proceed()
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
    deployment = api_of(deployed, call).deployments.get(call.params["deploymentId"])
    if deployment is None:
        raise missing("Invalid Deployment identifier specified")
    patching.apply(deployment, patching.DEPLOYMENT, call.params.get("patchOperations") or ())
    return deployed.read(
        call.region, "get_deployment",
        restApiId=call.params["restApiId"], deploymentId=deployment.id,
    )  # fmt: skip


def delete_deployment(deployed: Deployed, call: ApiCall) -> Result:
    """Refuse while a stage points to it, whichever call made the stage."""
    api, deployment_id = api_of(deployed, call), call.params["deploymentId"]
    if deployment_id not in api.deployments:
        raise missing("Invalid Deployment identifier specified")
    if any(stage.deployment_id == deployment_id for stage in api.stages.values()):
        raise bad("Active stages pointing to this deployment must be moved or deleted")
    api.deployments[deployment_id].stage_name = None
    result = call.proceed()
    deployed.undeploy(call.region, api.id, deployment_id)
    return result
