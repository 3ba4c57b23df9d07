"""CloudFront Functions, kept and read back.

Amazon CloudFront API Reference, "CreateFunction" and its siblings. They cannot be run here:
cloudfront-js is a restricted engine of its own, and code that another engine accepts may fail
there. So associating or testing one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation, Record, check_version, page, refuse

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

DEVELOPMENT, LIVE = "DEVELOPMENT", "LIVE"
#: Bytes ("Quotas on CloudFront Functions").
MAXIMUM = 10_240


def _find(estate: Estate, name: str) -> Record:
    found = estate.functions.get(name.rpartition("/")[2])
    if found is None:
        raise refuse("NoSuchFunctionExists", "The function does not exist.", 404)
    return found


def _config(given: Mapping[str, Any]) -> dict[str, Any]:
    config = dict(given["FunctionConfig"])
    if (config.get("KeyValueStoreAssociations") or {}).get("Quantity"):
        raise Unsupported("key value stores", where="FunctionConfig.KeyValueStoreAssociations")
    if len(given["FunctionCode"]) > MAXIMUM:
        raise refuse("FunctionSizeLimitExceeded", "The function is too large.", 413)
    return config


def _summary(estate: Estate, record: Record, stage: str) -> dict[str, Any]:
    held = record.fixed[stage]
    return {
        "Name": record.id,
        "Status": "DEPLOYED" if stage == LIVE else (
            "UNASSOCIATED" if LIVE in record.fixed else "UNPUBLISHED"),
        "FunctionConfig": dict(held["config"]),
        "FunctionMetadata": {
            "FunctionARN": estate.arn("function", record.id),
            "Stage": stage,
            "CreatedTime": record.fixed["created"],
            "LastModifiedTime": held["modified"],
        },
    }  # fmt: skip


def _held(estate: Estate, given: Mapping[str, Any]) -> dict[str, Any]:
    now = estate.cloud.clock.now()
    return {"config": _config(given), "code": bytes(given["FunctionCode"]), "modified": now}


def _create(estate: Estate, call: ApiCall) -> Result:
    name = call.params["Name"]
    if name in estate.functions:
        raise refuse("FunctionAlreadyExists", "A function with the same name already exists.", 409)
    held = _held(estate, call.params)
    record = estate.record(name, {}, created=held["modified"], **{DEVELOPMENT: held})
    estate.functions[name] = record
    location = f"https://cloudfront.amazonaws.com/2020-05-31/function/{name}"
    summary = _summary(estate, record, DEVELOPMENT)
    return {"FunctionSummary": summary, "Location": location, "ETag": record.etag}


def _stage(record: Record, call: ApiCall) -> str:
    stage = call.params.get("Stage") or DEVELOPMENT
    if stage not in record.fixed:
        raise refuse("NoSuchFunctionExists", "The function does not exist.", 404)
    return str(stage)


def _describe(estate: Estate, call: ApiCall) -> Result:
    record = _find(estate, call.params["Name"])
    stage = _stage(record, call)
    return {"FunctionSummary": _summary(estate, record, stage), "ETag": record.etag}


def _get(estate: Estate, call: ApiCall) -> Result:
    from botocore.response import StreamingBody

    record = _find(estate, call.params["Name"])
    code = record.fixed[_stage(record, call)]["code"]
    return {
        "FunctionCode": StreamingBody(BytesIO(code), len(code)),
        "ETag": record.etag,
        "ContentType": "application/octet-stream",
    }


def _update(estate: Estate, call: ApiCall) -> Result:
    record = _find(estate, call.params["Name"])
    check_version(record, call.params.get("IfMatch"))
    record.fixed[DEVELOPMENT] = _held(estate, call.params)
    record.etag = estate.version()
    return {"FunctionSummary": _summary(estate, record, DEVELOPMENT), "ETag": record.etag}


def _publish(estate: Estate, call: ApiCall) -> Result:
    record = _find(estate, call.params["Name"])
    check_version(record, call.params.get("IfMatch"))
    record.fixed[LIVE] = {**record.fixed[DEVELOPMENT], "modified": estate.cloud.clock.now()}
    return {"FunctionSummary": _summary(estate, record, LIVE)}


def _delete(estate: Estate, call: ApiCall) -> Result:
    record = _find(estate, call.params["Name"])
    check_version(record, call.params.get("IfMatch"))
    del estate.functions[record.id]
    estate.tags.pop(estate.arn("function", record.id), None)
    return {}


def _list(estate: Estate, call: ApiCall) -> Result:
    wanted = call.params.get("Stage")
    entries = [
        (record.id, _summary(estate, record, stage))
        for record in estate.functions.values()
        for stage in (DEVELOPMENT, LIVE)
        if stage in record.fixed and wanted in (None, stage)
    ]
    return page("FunctionList", call, entries, marked=False)


def _test(estate: Estate, call: ApiCall) -> Result:
    raise Unsupported(
        "the local CloudFront has no engine for CloudFront Functions",
        where=f"TestFunction {call.params['Name']}",
    )


OPERATIONS: Mapping[str, Operation] = {
    "CreateFunction": _create,
    "DescribeFunction": _describe,
    "GetFunction": _get,
    "UpdateFunction": _update,
    "PublishFunction": _publish,
    "DeleteFunction": _delete,
    "ListFunctions": _list,
    "TestFunction": _test,
}
