"""IAM: roles, policies, users, groups, access keys.

Source: "IAM resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import ListOf, record

_IAM = "iam"
_INLINE = ListOf(record("PolicyName! PolicyDocument:j!"))


def versioned(document: Any) -> Any:
    """A permissions policy as moto takes it: with a version.

    IAM reads a document without one as 2008-10-17, which differs from 2012-10-17 only in that
    policy variables are plain text ("IAM JSON policy elements: Version"). So a document without
    variables means the same under either; one with variables is left for moto to refuse.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    if not isinstance(document, dict) or "Version" in document or "${" in json.dumps(document):
        return document
    return {"Version": "2012-10-17", **document}


@dataclass(frozen=True)
class Principal:
    """A kind of IAM principal and the operations on its policies."""

    kind: str

    @property
    def key(self) -> str:
        """The argument that names it."""
        return f"{self.kind}Name"

    def put(self, context: Context, name: str, policy: str, document: Any) -> None:
        """Write an inline policy."""
        keys = {self.key: name, "PolicyName": policy, "PolicyDocument": versioned(document)}
        invoke(context, _IAM, f"Put{self.kind}Policy", keys)

    def drop(self, context: Context, name: str, policy: str) -> None:
        """Delete an inline policy; one that is gone already is fine."""
        self._try(context, f"Delete{self.kind}Policy", name, {"PolicyName": policy})

    def attach(self, context: Context, name: str, arn: str) -> None:
        """Attach a managed policy."""
        invoke(context, _IAM, f"Attach{self.kind}Policy", {self.key: name, "PolicyArn": arn})

    def detach(self, context: Context, name: str, arn: str) -> None:
        """Detach a managed policy; one that is not attached is fine."""
        self._try(context, f"Detach{self.kind}Policy", name, {"PolicyArn": arn})

    def _try(self, context: Context, operation: str, name: str, more: dict[str, str]) -> None:
        try:
            invoke(context, _IAM, operation, {self.key: name, **more})
        except context.client(_IAM).exceptions.NoSuchEntityException:
            return

    def policies(self, context: Context, name: str, old: Properties, new: Properties) -> None:
        """Make inline and managed policies of ``name`` equal to those in ``new``."""
        before = {p["PolicyName"]: p["PolicyDocument"] for p in old.get("Policies", ())}
        after = {p["PolicyName"]: p["PolicyDocument"] for p in new.get("Policies", ())}
        for policy in before:
            if policy not in after:
                self.drop(context, name, policy)
        for policy, document in after.items():
            if before.get(policy) != document:
                self.put(context, name, policy, document)
        attached, wanted = old.get("ManagedPolicyArns", ()), new.get("ManagedPolicyArns", ())
        for arn in attached:
            if arn not in wanted:
                self.detach(context, name, arn)
        for arn in wanted:
            if arn not in attached:
                self.attach(context, name, arn)


ROLE_PRINCIPAL, USER_PRINCIPAL, GROUP_PRINCIPAL = (
    Principal("Role"),
    Principal("User"),
    Principal("Group"),
)
_HOLDERS = (("Roles", ROLE_PRINCIPAL), ("Users", USER_PRINCIPAL), ("Groups", GROUP_PRINCIPAL))


def _boundary(context: Context, principal: Principal, name: str, new: Properties) -> None:
    arn = new.get("PermissionsBoundary")
    keys = {principal.key: name}
    if arn is None:
        invoke(context, _IAM, f"Delete{principal.kind}PermissionsBoundary", keys)
    else:
        invoke(
            context,
            _IAM,
            f"Put{principal.kind}PermissionsBoundary",
            {**keys, "PermissionsBoundary": arn},
        )


# -- roles -------------------------------------------------------------------------------------

_ROLE_TAGS = Tagging(_IAM, "RoleName", "TagRole", "UntagRole")


def _create_role(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in ("Policies", "ManagedPolicyArns")}
    own.setdefault("RoleName", context.name(64))
    role = invoke(context, _IAM, "CreateRole", own)["Role"]
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
            _IAM,
            "UpdateAssumeRolePolicy",
            {"RoleName": name, "PolicyDocument": document},
        )
    if changed & {"Description", "MaxSessionDuration"}:
        invoke(
            context,
            _IAM,
            "UpdateRole",
            {
                "RoleName": name,
                "Description": new.get("Description", ""),
                "MaxSessionDuration": new.get("MaxSessionDuration", 3600),
            },
        )
    if "PermissionsBoundary" in changed:
        _boundary(context, ROLE_PRINCIPAL, name, new)
    if "Tags" in changed:
        _ROLE_TAGS.change(context, name, old.get("Tags"), new.get("Tags"))
    ROLE_PRINCIPAL.policies(context, name, old, new)


def _delete_role(context: Context, existing: Existing) -> None:
    ROLE_PRINCIPAL.policies(context, existing.physical_id, existing.properties, {})
    invoke(context, _IAM, "DeleteRole", {"RoleName": existing.physical_id})


ROLE = ResourceType(
    name="AWS::IAM::Role",
    properties=record(
        "AssumeRolePolicyDocument:j! Description ManagedPolicyArns:[] MaxSessionDuration:i Path "
        "PermissionsBoundary RoleName Tags:tags",
        Policies=_INLINE,
    ),
    create=_create_role,
    update=_update_role,
    delete=_delete_role,
    replacement=frozenset({"RoleName", "Path"}),
    attributes=("Arn", "RoleId"),
    name_property="RoleName",
    arn="arn:{partition}:iam::{account}:role{Path=/}{id}",
)

# -- policies ----------------------------------------------------------------------------------


def _holders(values: Properties) -> Iterable[tuple[Principal, str]]:
    for field, principal in _HOLDERS:
        for name in values.get(field, ()):
            yield principal, name


def _create_policy(context: Context, values: Properties) -> Made:
    made = Made(context.name(128))
    context.note(made)
    for principal, name in _holders(values):
        principal.put(context, name, values["PolicyName"], values["PolicyDocument"])
    return Made(made.physical_id, {"Id": made.physical_id})


def _update_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    old = existing.properties
    kept = set(_holders(new)) if old["PolicyName"] == new["PolicyName"] else set()
    for principal, name in _holders(new):
        principal.put(context, name, new["PolicyName"], new["PolicyDocument"])
    for principal, name in _holders(old):
        if (principal, name) not in kept:
            principal.drop(context, name, old["PolicyName"])


def _delete_policy(context: Context, existing: Existing) -> None:
    for principal, name in _holders(existing.properties):
        principal.drop(context, name, existing.properties["PolicyName"])


def _needs_holder(values: Properties) -> tuple[str, ...]:
    if any(values.get(field) for field, _ in _HOLDERS):
        return ()
    return ("At least one of [Groups,Roles,Users] must be non-empty.",)


POLICY = ResourceType(
    name="AWS::IAM::Policy",
    properties=record("PolicyName! PolicyDocument:j! Roles:[] Users:[] Groups:[]"),
    create=_create_policy,
    update=_update_policy,
    delete=_delete_policy,
    attributes=("Id",),
    check=_needs_holder,
)


def _create_managed(context: Context, values: Properties) -> Made:
    made = invoke(
        context,
        _IAM,
        "CreatePolicy",
        {
            "PolicyName": values.get("ManagedPolicyName") or context.name(128),
            "PolicyDocument": versioned(values["PolicyDocument"]),
            **{k: values[k] for k in ("Description", "Path") if k in values},
        },
    )["Policy"]
    result = Made(
        made["Arn"],
        {"PolicyArn": made["Arn"], "PolicyId": made["PolicyId"], "DefaultVersionId": "v1"},
    )
    context.note(result)
    for principal, name in _holders(values):
        principal.attach(context, name, made["Arn"])
    return result


def _update_managed(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    arn, client = existing.physical_id, context.client(_IAM)
    if "PolicyDocument" in changed:
        versions = client.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= 5:
            oldest = min(
                (v["VersionId"] for v in versions if not v["IsDefaultVersion"]),
                key=lambda version: int(version[1:]),
            )
            client.delete_policy_version(PolicyArn=arn, VersionId=oldest)
        invoke(
            context,
            _IAM,
            "CreatePolicyVersion",
            {
                "PolicyArn": arn,
                "PolicyDocument": versioned(new["PolicyDocument"]),
                "SetAsDefault": True,
            },
        )
    before, after = list(_holders(existing.properties)), list(_holders(new))
    for principal, name in before:
        if (principal, name) not in after:
            principal.detach(context, name, arn)
    for principal, name in after:
        if (principal, name) not in before:
            principal.attach(context, name, arn)


def _delete_managed(context: Context, existing: Existing) -> None:
    arn, client = existing.physical_id, context.client(_IAM)
    for principal, name in _holders(existing.properties):
        principal.detach(context, name, arn)
    for version in client.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    client.delete_policy(PolicyArn=arn)


MANAGED_POLICY = ResourceType(
    name="AWS::IAM::ManagedPolicy",
    properties=record(
        "ManagedPolicyName Description Path PolicyDocument:j! Roles:[] Users:[] Groups:[]"
    ),
    create=_create_managed,
    update=_update_managed,
    delete=_delete_managed,
    replacement=frozenset({"ManagedPolicyName", "Description", "Path"}),
    attributes=("PolicyArn", "PolicyId", "DefaultVersionId"),
    name_property="ManagedPolicyName",
    arn="{id}",
)

# -- users and groups ----------------------------------------------------------------------------

_USER_TAGS = Tagging(_IAM, "UserName", "TagUser", "UntagUser")


def _membership(context: Context, name: str, old: Properties, new: Properties) -> None:
    before, after = old.get("Groups", ()), new.get("Groups", ())
    for group in before:
        if group not in after:
            invoke(context, _IAM, "RemoveUserFromGroup", {"UserName": name, "GroupName": group})
    for group in after:
        if group not in before:
            invoke(context, _IAM, "AddUserToGroup", {"UserName": name, "GroupName": group})


def _create_user(context: Context, values: Properties) -> Made:
    own: dict[str, Any] = {
        k: values[k] for k in ("Path", "PermissionsBoundary", "Tags") if k in values
    }
    name = values.get("UserName") or context.name(64)
    user = invoke(context, _IAM, "CreateUser", {"UserName": name, **own})["User"]
    made = Made(name, {"Arn": user["Arn"]})
    context.note(made)
    if "LoginProfile" in values:
        invoke(context, _IAM, "CreateLoginProfile", {"UserName": name, **values["LoginProfile"]})
    USER_PRINCIPAL.policies(context, name, {}, values)
    _membership(context, name, {}, values)
    return made


def _update_user(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    name, old = existing.physical_id, existing.properties
    if "PermissionsBoundary" in changed:
        _boundary(context, USER_PRINCIPAL, name, new)
    if "Tags" in changed:
        _USER_TAGS.change(context, name, old.get("Tags"), new.get("Tags"))
    if "LoginProfile" in changed:
        if "LoginProfile" in old:
            invoke(context, _IAM, "DeleteLoginProfile", {"UserName": name})
        if "LoginProfile" in new:
            invoke(context, _IAM, "CreateLoginProfile", {"UserName": name, **new["LoginProfile"]})
    USER_PRINCIPAL.policies(context, name, old, new)
    _membership(context, name, old, new)


def _delete_user(context: Context, existing: Existing) -> None:
    name, old = existing.physical_id, existing.properties
    USER_PRINCIPAL.policies(context, name, old, {})
    _membership(context, name, old, {})
    if "LoginProfile" in old:
        invoke(context, _IAM, "DeleteLoginProfile", {"UserName": name})
    invoke(context, _IAM, "DeleteUser", {"UserName": name})


USER = ResourceType(
    name="AWS::IAM::User",
    properties=record(
        "UserName Path PermissionsBoundary ManagedPolicyArns:[] Groups:[] Tags:tags",
        Policies=_INLINE,
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
    group = invoke(context, _IAM, "CreateGroup", {"GroupName": name, **own})["Group"]
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
    invoke(context, _IAM, "DeleteGroup", {"GroupName": existing.physical_id})


GROUP = ResourceType(
    name="AWS::IAM::Group",
    properties=record("GroupName Path ManagedPolicyArns:[]", Policies=_INLINE),
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
    key = invoke(context, _IAM, "CreateAccessKey", keys)["AccessKey"]
    made = Made(key["AccessKeyId"], {"SecretAccessKey": key["SecretAccessKey"]})
    context.note(made)
    if values.get("Status", "Active") != "Active":
        _set_status(context, made.physical_id, values)
    return made


def _set_status(context: Context, key: str, values: Properties) -> None:
    invoke(
        context,
        _IAM,
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
    invoke(context, _IAM, "DeleteAccessKey", keys)


ACCESS_KEY = ResourceType(
    name="AWS::IAM::AccessKey",
    properties=record("UserName! Serial:i Status"),
    create=_create_key,
    update=_update_key,
    delete=_delete_key,
    replacement=frozenset({"UserName", "Serial"}),
    attributes=("SecretAccessKey",),
)

TYPES = (ROLE, POLICY, MANAGED_POLICY, USER, GROUP, ACCESS_KEY)
