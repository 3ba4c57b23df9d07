"""Users, groups and access keys."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.iam.principals import (
    GROUP_PRINCIPAL,
    IAM,
    INLINE,
    USER_PRINCIPAL,
    set_boundary,
)
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_USER_TAGS = Tagging(IAM, "UserName", "TagUser", "UntagUser")


def _membership(context: Context, name: str, old: Properties, new: Properties) -> None:
    before, after = old.get("Groups", ()), new.get("Groups", ())
    for group in before:
        if group not in after:
            invoke(context, IAM, "RemoveUserFromGroup", {"UserName": name, "GroupName": group})
    for group in after:
        if group not in before:
            invoke(context, IAM, "AddUserToGroup", {"UserName": name, "GroupName": group})


def _create_user(context: Context, values: Properties) -> Made:
    own: dict[str, Any] = {
        k: values[k] for k in ("Path", "PermissionsBoundary", "Tags") if k in values
    }
    name = values.get("UserName") or context.name(64)
    user = invoke(context, IAM, "CreateUser", {"UserName": name, **own})["User"]
    made = Made(name, {"Arn": user["Arn"]})
    context.note(made)
    if "LoginProfile" in values:
        invoke(context, IAM, "CreateLoginProfile", {"UserName": name, **values["LoginProfile"]})
    USER_PRINCIPAL.policies(context, name, {}, values)
    _membership(context, name, {}, values)
    return made


def _update_user(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    name, old = existing.physical_id, existing.properties
    if "PermissionsBoundary" in changed:
        set_boundary(context, USER_PRINCIPAL, name, new)
    if "Tags" in changed:
        _USER_TAGS.change(context, name, old.get("Tags"), new.get("Tags"))
    if "LoginProfile" in changed:
        if "LoginProfile" in old:
            invoke(context, IAM, "DeleteLoginProfile", {"UserName": name})
        if "LoginProfile" in new:
            invoke(context, IAM, "CreateLoginProfile", {"UserName": name, **new["LoginProfile"]})
    USER_PRINCIPAL.policies(context, name, old, new)
    _membership(context, name, old, new)


def _delete_user(context: Context, existing: Existing) -> None:
    name, old = existing.physical_id, existing.properties
    USER_PRINCIPAL.policies(context, name, old, {})
    _membership(context, name, old, {})
    if "LoginProfile" in old:
        invoke(context, IAM, "DeleteLoginProfile", {"UserName": name})
    invoke(context, IAM, "DeleteUser", {"UserName": name})


USER = ResourceType(
    name="AWS::IAM::User",
    properties=record(
        "UserName Path PermissionsBoundary ManagedPolicyArns:[] Groups:[] Tags:tags",
        Policies=INLINE,
        LoginProfile=record("Password! PasswordResetRequired:b"),
    ),
    create=_create_user,
    update=_update_user,
    delete=_delete_user,
    replacement=frozenset({"UserName", "Path"}),
    attributes=("Arn",),
    name_property="UserName",
    arn="arn:{partition}:iam::{account}:user{Path=/}{id}",
)


def _create_group(context: Context, values: Properties) -> Made:
    name = values.get("GroupName") or context.name(128)
    own = {"Path": values["Path"]} if "Path" in values else {}
    group = invoke(context, IAM, "CreateGroup", {"GroupName": name, **own})["Group"]
    made = Made(name, {"Arn": group["Arn"]})
    context.note(made)
    GROUP_PRINCIPAL.policies(context, name, {}, values)
    return made


def _update_group(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    GROUP_PRINCIPAL.policies(context, existing.physical_id, existing.properties, new)


def _delete_group(context: Context, existing: Existing) -> None:
    GROUP_PRINCIPAL.policies(context, existing.physical_id, existing.properties, {})
    invoke(context, IAM, "DeleteGroup", {"GroupName": existing.physical_id})


GROUP = ResourceType(
    name="AWS::IAM::Group",
    properties=record("GroupName Path ManagedPolicyArns:[]", Policies=INLINE),
    create=_create_group,
    update=_update_group,
    delete=_delete_group,
    replacement=frozenset({"GroupName", "Path"}),
    attributes=("Arn",),
    name_property="GroupName",
    arn="arn:{partition}:iam::{account}:group{Path=/}{id}",
)


def _create_key(context: Context, values: Properties) -> Made:
    keys = {"UserName": values["UserName"]}
    key = invoke(context, IAM, "CreateAccessKey", keys)["AccessKey"]
    made = Made(key["AccessKeyId"], {"SecretAccessKey": key["SecretAccessKey"]})
    context.note(made)
    if values.get("Status", "Active") != "Active":
        _set_status(context, made.physical_id, values)
    return made


def _set_status(context: Context, key: str, values: Properties) -> None:
    invoke(
        context,
        IAM,
        "UpdateAccessKey",
        {
            "UserName": values["UserName"],
            "AccessKeyId": key,
            "Status": values.get("Status", "Active"),
        },
    )


def _update_key(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    _set_status(context, existing.physical_id, new)


def _delete_key(context: Context, existing: Existing) -> None:
    keys = {"UserName": existing.properties["UserName"], "AccessKeyId": existing.physical_id}
    invoke(context, IAM, "DeleteAccessKey", keys)


ACCESS_KEY = ResourceType(
    name="AWS::IAM::AccessKey",
    properties=record("UserName! Serial:i Status"),
    create=_create_key,
    update=_update_key,
    delete=_delete_key,
    replacement=frozenset({"UserName", "Serial"}),
    attributes=("SecretAccessKey",),
)


TYPES = (
    USER,
    GROUP,
    ACCESS_KEY,
)
