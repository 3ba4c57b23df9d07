"""CloudFormation's values as CloudFront's API wants them, and the calls that carry them.

What CloudFormation writes as a list the API wants as ``{Quantity, Items}``, some lists with
``Enabled`` as well; the rest is spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import Context, Existing, Properties
from archlib.local.deploy.shapes import member_name

_CLOUDFRONT = "cloudfront"

#: CloudFormation's name -> the API's, where more than casing differs.
_RENAMED = {
    "IPV6Enabled": "IsIPV6Enabled",
    "OriginCustomHeaders": "CustomHeaders",
    "Locations": "Items",
}


def quantified(value: Any, shape: Any) -> Any:
    """A CloudFormation value as the API's ``shape`` wants it: lists become Quantity and Items."""
    if shape.type_name == "structure":
        if isinstance(value, list):
            member = shape.members["Items"]
            made = [quantified(item, member.member) for item in value]
            enabled = {"Enabled": bool(made)} if "Enabled" in shape.members else {}
            return {**enabled, "Quantity": len(made), **({"Items": made} if made else {})}
        return structure(value, shape)
    if shape.type_name == "list":
        return [quantified(item, shape.member) for item in value]
    if shape.type_name == "string":
        return str(value)
    return value


def structure(value: Mapping[str, Any], shape: Any) -> dict[str, Any]:
    """An object as the API's ``shape`` wants it; raises :class:`KeyError` for an unknown member."""
    made: dict[str, Any] = {}
    for name, item in value.items():
        spelled = member_name(shape, _RENAMED.get(name, name))
        if spelled is None:
            raise KeyError(f"{shape.name} has no member {name}")
        made[spelled] = quantified(item, shape.members[spelled])
    if "Quantity" in shape.members:
        made["Quantity"] = len(made.get("Items", ()))
    return made


def shape_of(context: Context, operation: str, member: str) -> Any:
    """The shape of one member of an operation's input."""
    return context.models(_CLOUDFRONT).operation_model(operation).input_shape.members[member]


def call(context: Context, operation: str, **arguments: Any) -> dict[str, Any]:
    """Call an operation with the API's own arguments."""
    result: dict[str, Any] = getattr(context.client(_CLOUDFRONT), xform_name(operation))(
        **arguments
    )
    return result


def retag(context: Context, arn: str, existing: Existing, new: Properties) -> None:
    """Bring a resource's tags from the deployed ones to the new ones."""
    before, after = as_map(existing.properties.get("Tags")), as_map(new.get("Tags"))
    if gone := [key for key in before if key not in after]:
        call(context, "UntagResource", Resource=arn, TagKeys={"Items": gone})
    if put := [{"Key": k, "Value": v} for k, v in after.items() if before.get(k) != v]:
        call(context, "TagResource", Resource=arn, Tags={"Items": put})
