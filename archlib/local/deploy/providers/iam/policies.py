"""Policies: inline in principals, and managed."""

from __future__ import annotations

from collections.abc import Iterable

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.iam.principals import HOLDERS, IAM, Principal, versioned
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record


def _holders(values: Properties) -> Iterable[tuple[Principal, str]]:
    for field, principal in HOLDERS:
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
    if any(values.get(field) for field, _ in HOLDERS):
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
        IAM,
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
    arn, client = existing.physical_id, context.client(IAM)
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
            IAM,
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
    arn, client = existing.physical_id, context.client(IAM)
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


TYPES = (
    POLICY,
    MANAGED_POLICY,
)
