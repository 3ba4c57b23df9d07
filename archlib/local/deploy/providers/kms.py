"""KMS keys and their aliases.

Source: the AWS Key Management Service resource type reference in the AWS CloudFormation
Template Reference Guide.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_KMS = "kms"


def _kms_tags(tags: Any) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in as_map(tags).items()]


def _create_key(context: Context, values: Properties) -> Made:
    own: dict[str, Any] = {
        name: values[name]
        for name in (
            "Description", "KeyUsage", "KeySpec", "MultiRegion", "Origin",
            "BypassPolicyLockoutSafetyCheck",
        )
        if name in values
    }  # fmt: skip
    if "KeyPolicy" in values:
        own["Policy"] = values["KeyPolicy"]
    if "Tags" in values:
        own["Tags"] = _kms_tags(values["Tags"])
    key = invoke(context, _KMS, "CreateKey", own)["KeyMetadata"]
    made = Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})
    context.note(made)
    _key_switches(context, made.physical_id, {}, values)
    return made


def _key_switches(context: Context, key: str, old: Properties, new: Properties) -> None:
    client = context.client(_KMS)
    # A disabled key's rotation cannot be changed: enabling comes first, disabling last.
    was, enabled = old.get("Enabled", True), new.get("Enabled", True)
    if enabled and not was:
        client.enable_key(KeyId=key)
    period = new.get("RotationPeriodInDays")
    turned = new.get("EnableKeyRotation", False)
    if turned and (not old.get("EnableKeyRotation") or period != old.get("RotationPeriodInDays")):
        client.enable_key_rotation(
            KeyId=key, **({"RotationPeriodInDays": period} if period else {})
        )
    elif old.get("EnableKeyRotation") and not turned:
        client.disable_key_rotation(KeyId=key)
    if was and not enabled:
        client.disable_key(KeyId=key)


def _update_key(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    client, key, old = context.client(_KMS), existing.physical_id, existing.properties
    if "Description" in changed:
        client.update_key_description(KeyId=key, Description=new.get("Description", ""))
    if "KeyPolicy" in changed and "KeyPolicy" in new:
        keys = {"KeyId": key, "PolicyName": "default", "Policy": new["KeyPolicy"]}
        if "BypassPolicyLockoutSafetyCheck" in new:
            keys["BypassPolicyLockoutSafetyCheck"] = new["BypassPolicyLockoutSafetyCheck"]
        invoke(context, _KMS, "PutKeyPolicy", keys)
    _key_switches(context, key, old, new)
    if "Tags" in changed:
        gone = [tag for tag in as_map(old.get("Tags")) if tag not in as_map(new.get("Tags"))]
        if gone:
            client.untag_resource(KeyId=key, TagKeys=gone)
        client.tag_resource(KeyId=key, Tags=_kms_tags(new.get("Tags")))


def _delete_key(context: Context, existing: Existing) -> None:
    days = existing.properties.get("PendingWindowInDays", 30)
    context.client(_KMS).schedule_key_deletion(KeyId=existing.physical_id, PendingWindowInDays=days)


KEY = ResourceType(
    name="AWS::KMS::Key",
    properties=record(
        "BypassPolicyLockoutSafetyCheck:b Description EnableKeyRotation:b Enabled:b KeyPolicy:j "
        "KeySpec KeyUsage MultiRegion:b Origin PendingWindowInDays:i "
        "RotationPeriodInDays:i Tags:tags"
    ),
    create=_create_key,
    update=_update_key,
    delete=_delete_key,
    replacement=frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"}),
    attributes=("Arn", "KeyId"),
    arn="arn:{partition}:kms:{region}:{account}:key/{id}",
    notes="Imported key material and custom key stores are refused. Deletion schedules the key's "
    "end, as AWS does.",
)


def _create_alias(context: Context, values: Properties) -> Made:
    invoke(context, _KMS, "CreateAlias", values)
    return Made(values["AliasName"])


def _update_alias(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    invoke(context, _KMS, "UpdateAlias", new)


def _delete_alias(context: Context, existing: Existing) -> None:
    invoke(context, _KMS, "DeleteAlias", {"AliasName": existing.physical_id})


KEY_ALIAS = ResourceType(
    name="AWS::KMS::Alias",
    properties=record("AliasName! TargetKeyId!"),
    create=_create_alias,
    update=_update_alias,
    delete=_delete_alias,
    replacement=frozenset({"AliasName"}),
    name_property="AliasName",
    arn="arn:{partition}:kms:{region}:{account}:{id}",
)

TYPES = (KEY, KEY_ALIAS)
