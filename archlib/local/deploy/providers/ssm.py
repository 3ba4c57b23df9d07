"""Parameters of Systems Manager's Parameter Store.

Source: the AWS Systems Manager resource type reference in the AWS CloudFormation Template
Reference Guide.
"""

from __future__ import annotations

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import as_list, as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import STRING_MAP, one_of, record

_SSM = "ssm"


def _put_parameter(context: Context, values: Properties, name: str, overwrite: bool) -> Made:
    own = {k: v for k, v in values.items() if k not in ("Name", "Tags")}
    if "Tags" in values and not overwrite:
        own["Tags"] = as_list(values["Tags"])
    invoke(context, _SSM, "PutParameter", {"Name": name, **own, "Overwrite": overwrite})
    return Made(name, {"Type": values["Type"], "Value": values["Value"]})


def _create_parameter(context: Context, values: Properties) -> Made:
    name = values.get("Name") or context.name(1011)
    return _put_parameter(context, values, name, overwrite=False)


def _update_parameter(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> Made:
    name, client = existing.physical_id, context.client(_SSM)
    if "Tags" in changed:
        before, after = as_map(existing.properties.get("Tags")), as_map(new.get("Tags"))
        where = {"ResourceType": "Parameter", "ResourceId": name}
        gone = [key for key in before if key not in after]
        if gone:
            client.remove_tags_from_resource(**where, TagKeys=gone)
        if after:
            client.add_tags_to_resource(**where, Tags=as_list(after))
    return _put_parameter(context, new, name, overwrite=True)


def _delete_parameter(context: Context, existing: Existing) -> None:
    invoke(context, _SSM, "DeleteParameter", {"Name": existing.physical_id})


def _check_parameter(values: Properties) -> tuple[str, ...]:
    if values.get("Type") == "SecureString":
        return (
            "Parameters of type SecureString are not supported by CloudFormation: put the value "
            "by hand, or keep it in a secret of Secrets Manager",
        )
    return ()


PARAMETER = ResourceType(
    name="AWS::SSM::Parameter",
    properties=record(
        "Name Value! AllowedPattern DataType Description Policies Tier",
        Type=one_of("String", "StringList", "SecureString"),
        Tags=STRING_MAP,
        required="Type",
    ),
    create=_create_parameter,
    update=_update_parameter,
    delete=_delete_parameter,
    replacement=frozenset({"Name"}),
    attributes=("Type", "Value"),
    name_property="Name",
    arn="arn:{partition}:ssm:{region}:{account}:parameter/{bare}",
    check=_check_parameter,
    notes="SecureString parameters cannot be created, as on AWS.",
)

TYPES = (PARAMETER,)
