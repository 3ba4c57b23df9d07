"""Tags of distributions and functions (API Reference, "TagResource" and its siblings)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation, refuse

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


def put(estate: Estate, arn: str, tags: Mapping[str, Any]) -> None:
    """Add ``{Items: [{Key, Value}]}`` to a resource."""
    held = estate.tags.setdefault(arn, {})
    held.update({tag["Key"]: tag.get("Value", "") for tag in tags.get("Items") or ()})


def _resource(estate: Estate, call: ApiCall) -> str:
    arn = str(call.params["Resource"])
    kind, _, id = arn.rpartition(":")[2].partition("/")
    known: Mapping[str, Mapping[str, Any]] = {
        "distribution": estate.distributions,
        "function": estate.functions,
    }
    if id not in known.get(kind, {}) or arn != estate.arn(kind, id):
        raise refuse("NoSuchResource", "The resource that was specified is not valid.", 404)
    return arn


def _tag(estate: Estate, call: ApiCall) -> Result:
    put(estate, _resource(estate, call), call.params["Tags"])
    return {}


def _untag(estate: Estate, call: ApiCall) -> Result:
    held = estate.tags.get(_resource(estate, call), {})
    for key in call.params["TagKeys"].get("Items") or ():
        held.pop(key, None)
    return {}


def _list(estate: Estate, call: ApiCall) -> Result:
    held = estate.tags.get(_resource(estate, call), {})
    return {"Tags": {"Items": [{"Key": key, "Value": value} for key, value in held.items()]}}


OPERATIONS: Mapping[str, Operation] = {
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _list,
}
