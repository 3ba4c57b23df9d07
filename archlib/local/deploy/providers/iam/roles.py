"""Roles."""

from __future__ import annotations

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.iam.principals import IAM, INLINE, ROLE_PRINCIPAL, set_boundary
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_ROLE_TAGS = Tagging(IAM, "RoleName", "TagRole", "UntagRole")


def _create_role(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in ("Policies", "ManagedPolicyArns")}
    own.setdefault("RoleName", context.name(64))
    role = invoke(context, IAM, "CreateRole", own)["Role"]
    made = Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
    context.note(made)
    ROLE_PRINCIPAL.policies(context, made.physical_id, {}, values)
    return made


def _update_role(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    name, old = existing.physical_id, existing.properties
    if "AssumeRolePolicyDocument" in changed:
        document = new["AssumeRolePolicyDocument"]
        invoke(
            context,
            IAM,
            "UpdateAssumeRolePolicy",
            {"RoleName": name, "PolicyDocument": document},
        )
    if changed & {"Description", "MaxSessionDuration"}:
        invoke(
            context,
            IAM,
            "UpdateRole",
            {
                "RoleName": name,
                "Description": new.get("Description", ""),
                "MaxSessionDuration": new.get("MaxSessionDuration", 3600),
            },
        )
    if "PermissionsBoundary" in changed:
        set_boundary(context, ROLE_PRINCIPAL, name, new)
    if "Tags" in changed:
        _ROLE_TAGS.change(context, name, old.get("Tags"), new.get("Tags"))
    ROLE_PRINCIPAL.policies(context, name, old, new)


def _delete_role(context: Context, existing: Existing) -> None:
    ROLE_PRINCIPAL.policies(context, existing.physical_id, existing.properties, {})
    invoke(context, IAM, "DeleteRole", {"RoleName": existing.physical_id})


ROLE = ResourceType(
    name="AWS::IAM::Role",
    properties=record(
        "AssumeRolePolicyDocument:j! Description ManagedPolicyArns:[] MaxSessionDuration:i Path "
        "PermissionsBoundary RoleName Tags:tags",
        Policies=INLINE,
    ),
    create=_create_role,
    update=_update_role,
    delete=_delete_role,
    replacement=frozenset({"RoleName", "Path"}),
    attributes=("Arn", "RoleId"),
    name_property="RoleName",
    arn="arn:{partition}:iam::{account}:role{Path=/}{id}",
)


TYPES = (ROLE,)
