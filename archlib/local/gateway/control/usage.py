"""Usage plans, and members that moto looks for without checking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.gateway import usage_patching
from archlib.local.gateway.control.seam import Deployed, Operation, api_of, missing, without_nulls

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def update_usage_plan(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a usage plan."""
    plan_id = call.params["usagePlanId"]
    plan = deployed.backend(call.region).usage_plans.get(plan_id)
    if plan is None:
        raise missing("Invalid Usage Plan ID specified")
    usage_patching.apply(plan, call.params.get("patchOperations") or ())
    return without_nulls(deployed.read(call.region, "get_usage_plan", usagePlanId=plan_id))


def existing(collection: str, member: str, what: str) -> Operation:
    """Say NotFound for a missing member of an API (or of the region), then let moto go on."""

    def checked(deployed: Deployed, call: ApiCall) -> Result:
        owner = (
            api_of(deployed, call) if "restApiId" in call.params else deployed.backend(call.region)
        )
        if call.params[member] not in getattr(owner, collection):
            raise missing(f"Invalid {what} identifier specified")
        return call.proceed()

    return checked


def delete_usage_plan_key(deployed: Deployed, call: ApiCall) -> Result:
    """Say NotFound for a key that is not in the plan."""
    keys = deployed.backend(call.region).usage_plan_keys.get(call.params["usagePlanId"], {})
    if call.params["keyId"] not in keys:
        raise missing("Invalid API Key identifier specified")
    return call.proceed()
