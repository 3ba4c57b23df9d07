"""REST APIs and resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.gateway import patching
from archlib.local.gateway.control.seam import Deployed, api_of, bad, missing, without_nulls

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


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
    api = api_of(deployed, call)
    operations = list(call.params.get("patchOperations") or ())
    types = [op for op in operations if op.get("path", "").startswith("/endpointConfiguration")]
    for op in types:
        api.endpoint_configuration["types"] = [op.get("value", "REGIONAL")]
    patching.apply(api, patching.REST_API, [op for op in operations if op not in types])
    return _rest_api(deployed, call.region, api.id)


def get_rest_api(deployed: Deployed, call: ApiCall) -> Result:
    """Leave out what moto returns as null or invents."""
    return without_nulls(call.proceed())


def _rest_api(deployed: Deployed, region: str, api_id: str) -> Result:
    return without_nulls(deployed.read(region, "get_rest_api", restApiId=api_id))


def delete_rest_api(deployed: Deployed, call: ApiCall) -> Result:
    """Delete the API with its stages and snapshots."""
    api = api_of(deployed, call)
    stages = list(api.stages)
    result = call.proceed()
    for stage in stages:
        deployed.refresh(call.region, api.id, stage)
    deployed.undeploy(call.region, api.id)
    return result


def delete_resource(deployed: Deployed, call: ApiCall) -> Result:
    """Delete a resource with everything below it, as AWS does."""
    api = api_of(deployed, call)
    doomed = {call.params["resourceId"]}
    if not doomed <= api.resources.keys():
        raise missing("Invalid Resource identifier specified")
    if api.root_resource_id in doomed:
        raise bad("Root resource cannot be deleted")
    while more := {r.id for r in api.resources.values() if r.parent_id in doomed} - doomed:
        doomed |= more
    result = call.proceed()
    for resource_id in doomed:
        api.resources.pop(resource_id, None)
    return result
