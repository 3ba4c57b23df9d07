"""Invalidations.

Developer Guide, "Invalidate files to remove content" and "What you need to know when
invalidating files". An invalidation is ``InProgress`` for a while and reaches every location
when it completes; what was fetched after it was asked for stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.edge.cache_key import Key
from archlib.local.edge.control.distributions import find
from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation, Record, page, refuse
from archlib.local.edge.entry import Entry
from archlib.local.edge.patterns import invalidates, normalised

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

#: Virtual seconds until an invalidation has reached every location.
SECONDS = 60.0

#: "File invalidation limits": paths in progress at a time, and of those with a wildcard.
FILES, WILDCARDS = 3_000, 15


def _create(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["DistributionId"])
    batch = call.params["InvalidationBatch"]
    known = estate.invalidations.setdefault(record.id, {})
    for one in known.values():
        if one.config["CallerReference"] == batch["CallerReference"]:
            if one.config["Paths"] != batch["Paths"]:
                raise refuse(
                    "InvalidationBatchAlreadyExists",
                    "The caller reference that you are using is associated with another "
                    "invalidation batch.",
                )
            return _result(record, one)
    paths = batch["Paths"].get("Items") or []
    if batch["Paths"]["Quantity"] != len(paths):
        raise refuse(
            "InconsistentQuantities",
            "The value of Quantity and the size of Items do not match.",
        )
    if not paths or any(not path.startswith("/") for path in paths):
        raise refuse("InvalidArgument", "Your request contains one or more invalid invalidation "
                     "paths.")  # fmt: skip
    _limits(known, paths)
    made = estate.record(
        "I" + estate.new_id()[1:], batch, Status="InProgress",
        CreateTime=estate.cloud.clock.now(),
    )  # fmt: skip
    known[made.id] = made
    asked = estate.cloud.clock.time()

    def complete() -> None:
        made.fixed["Status"] = "Completed"

        def doomed(key: Key, entry: Entry) -> bool:
            path = normalised(key.path)
            return entry.received <= asked and any(
                invalidates(one, path, key.query) for one in paths
            )

        estate.store.drop(record.id, doomed)

    estate.cloud.clock.after(SECONDS, complete, f"invalidation {made.id}")
    return _result(record, made)


def _limits(known: Mapping[str, Record], paths: list[str]) -> None:
    running = [
        path
        for one in known.values()
        if one.fixed["Status"] == "InProgress"
        for path in one.config["Paths"]["Items"]
    ]
    total = running + paths
    if len(total) > FILES or sum(path.endswith("*") for path in total) > WILDCARDS:
        raise refuse(
            "TooManyInvalidationsInProgress",
            "You have exceeded the maximum number of allowable InProgress invalidation batch "
            "requests, or invalidation objects.",
        )


def _view(one: Record) -> dict[str, Any]:
    return {"Id": one.id, **one.fixed, "InvalidationBatch": one.copy}


def _result(distribution: Record, one: Record) -> Result:
    location = (
        f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{distribution.id}"
        f"/invalidation/{one.id}"
    )
    return {"Location": location, "Invalidation": _view(one)}


def _get(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["DistributionId"])
    found = estate.invalidations.get(record.id, {}).get(call.params["Id"])
    if found is None:
        raise refuse("NoSuchInvalidation", "The specified invalidation does not exist.", 404)
    return {"Invalidation": _view(found)}


def _list(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["DistributionId"])
    newest = reversed(estate.invalidations.get(record.id, {}).values())
    return page("InvalidationList", call, [(one.id, {"Id": one.id, **one.fixed}) for one in newest])


OPERATIONS: Mapping[str, Operation] = {
    "CreateInvalidation": _create,
    "GetInvalidation": _get,
    "ListInvalidations": _list,
}
