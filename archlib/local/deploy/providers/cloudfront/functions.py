"""AWS::CloudFront::Function."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.providers.cloudfront.arguments import call, retag, shape_of, structure
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import TAGS, one_of, record


def _function(context: Context, values: Properties) -> dict[str, Any]:
    shape = shape_of(context, "CreateFunction", "FunctionConfig")
    return {
        "Name": values["Name"],
        "FunctionConfig": structure(values["FunctionConfig"], shape),
        "FunctionCode": values["FunctionCode"].encode(),
    }


def _create_function(context: Context, values: Properties) -> Made:
    result = call(context, "CreateFunction", **_function(context, values))
    arn = result["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    made = Made(
        arn, {"FunctionARN": arn, "FunctionMetadata.FunctionARN": arn, "Stage": "DEVELOPMENT"}
    )
    context.note(made)
    if values.get("AutoPublish"):
        call(context, "PublishFunction", Name=values["Name"], IfMatch=result["ETag"])
    if values.get("Tags"):
        call(context, "TagResource", Resource=arn, Tags={"Items": values["Tags"]})
    return made


def _update_function(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    version = call(context, "DescribeFunction", Name=new["Name"])["ETag"]
    if changed - {"Tags", "AutoPublish"}:
        given = _function(context, new)
        version = call(context, "UpdateFunction", IfMatch=version, **given)["ETag"]
    if new.get("AutoPublish"):
        call(context, "PublishFunction", Name=new["Name"], IfMatch=version)
    if "Tags" in changed:
        retag(context, existing.physical_id, existing, new)


def _delete_function(context: Context, existing: Existing) -> None:
    name = existing.properties["Name"]
    version = call(context, "DescribeFunction", Name=name)["ETag"]
    call(context, "DeleteFunction", Name=name, IfMatch=version)


FUNCTION = ResourceType(
    name="AWS::CloudFront::Function",
    properties=record(
        "AutoPublish:b FunctionCode! Name!",
        FunctionConfig=record(
            "Comment!",
            Runtime=one_of("cloudfront-js-1.0", "cloudfront-js-2.0"),
            required="Runtime",
        ),
        Tags=TAGS,
        required="FunctionConfig",
    ),
    create=_create_function,
    update=_update_function,
    delete=_delete_function,
    replacement=frozenset({"Name"}),
    attributes=("FunctionARN", "FunctionMetadata.FunctionARN", "Stage"),
    name_property="Name",
    notes="Kept and published; no behavior can use it, since nothing here runs it.",
)
