"""Models: their schemas are looked at when they come, not when a request meets them.

AWS: "CreateModel" and "UpdateModel" (API Gateway API Reference).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.gateway import patching
from archlib.local.gateway.control.seam import Deployed, api_of, bad, missing
from archlib.local.gateway.schemas import schema_problem

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def create_model(deployed: Deployed, call: ApiCall) -> Result:
    """Refuse what is no JSON Schema of draft 4."""
    _check(call.params.get("schema"), call.params["contentType"])
    return call.proceed()


def update_model(deployed: Deployed, call: ApiCall) -> Result:
    """Apply all patch paths of a model."""
    name = call.params["modelName"]
    model = api_of(deployed, call).models.get(name)
    if model is None:
        raise missing("Invalid Model Name specified")
    operations = call.params.get("patchOperations") or ()
    for one in operations:
        if one.get("path") == "/schema":
            _check(one.get("value"), model.content_type)
    patching.apply(model, patching.MODEL, operations)
    return deployed.read(
        call.region, "get_model", restApiId=call.params["restApiId"], modelName=name
    )


def _check(schema: str | None, content_type: str) -> None:
    problem = None if schema is None else schema_problem(schema, content_type)
    if problem is not None:
        raise bad(problem)
