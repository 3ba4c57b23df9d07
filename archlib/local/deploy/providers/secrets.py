"""Keys, parameters and secrets: KMS, Systems Manager Parameter Store, Secrets Manager.

Source: the resource type references of the three services in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import json
import string
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import Tagging, as_list, as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import STRING_MAP, TAGS, one_of, record

_KMS, _SSM, _SECRETS = "kms", "ssm", "secretsmanager"
_SECRET_TAGS = Tagging(_SECRETS, "SecretId")

# -- KMS -----------------------------------------------------------------------------------------


def _kms_tags(tags: Any) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in as_map(tags).items()]


def _create_key(context: Context, values: Properties) -> Made:
    own: dict[str, Any] = {
        k: values[k] for k in ("Description", "KeyUsage", "KeySpec", "MultiRegion") if k in values
    }
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
    if new.get("Enabled", True) != old.get("Enabled", True):
        (client.enable_key if new.get("Enabled", True) else client.disable_key)(KeyId=key)
    period = new.get("RotationPeriodInDays")
    turned = new.get("EnableKeyRotation", False)
    if turned and (not old.get("EnableKeyRotation") or period != old.get("RotationPeriodInDays")):
        client.enable_key_rotation(
            KeyId=key, **({"RotationPeriodInDays": period} if period else {})
        )
    elif old.get("EnableKeyRotation") and not turned:
        client.disable_key_rotation(KeyId=key)


def _update_key(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    client, key, old = context.client(_KMS), existing.physical_id, existing.properties
    if "Description" in changed:
        client.update_key_description(KeyId=key, Description=new.get("Description", ""))
    if "KeyPolicy" in changed and "KeyPolicy" in new:
        keys = {"KeyId": key, "PolicyName": "default", "Policy": new["KeyPolicy"]}
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
        "Description EnableKeyRotation:b Enabled:b KeyPolicy:j KeySpec KeyUsage MultiRegion:b "
        "PendingWindowInDays:i RotationPeriodInDays:i Tags:tags"
    ),
    create=_create_key,
    update=_update_key,
    delete=_delete_key,
    replacement=frozenset({"KeySpec", "KeyUsage", "MultiRegion"}),
    attributes=("Arn", "KeyId"),
    arn="arn:{partition}:kms:{region}:{account}:key/{id}",
    notes="Imported key material is refused. Deletion schedules the key's end, as AWS does.",
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

# -- Parameter Store -------------------------------------------------------------------------------


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


PARAMETER = ResourceType(
    name="AWS::SSM::Parameter",
    properties=record(
        "Name Value! AllowedPattern DataType Description Policies Tier",
        Type=one_of("String", "StringList"),
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
)

# -- Secrets Manager -------------------------------------------------------------------------------

_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def generated(context: Context, wanted: Properties) -> str:
    """The text of ``GenerateSecretString``, from the cloud's seeded source."""
    excluded = set(wanted.get("ExcludeCharacters", ""))
    kinds = [
        "".join(c for c in letters if c not in excluded)
        for switch, letters in (
            ("ExcludeLowercase", string.ascii_lowercase),
            ("ExcludeUppercase", string.ascii_uppercase),
            ("ExcludeNumbers", string.digits),
            ("ExcludePunctuation", _PUNCTUATION),
        )
        if not wanted.get(switch)
    ]
    if wanted.get("IncludeSpace"):
        kinds.append(" ")
    length = int(wanted.get("PasswordLength", 32))
    every = "".join(kinds)
    digits = "".join(f"{ord(c):02d}" for c in context.random(2 * length + 2 * len(kinds)))
    numbers = [int(digits[i : i + 4]) for i in range(0, len(digits) - 3, 4)]
    made = [every[n % len(every)] for n in numbers[:length]]
    if wanted.get("RequireEachIncludedType", True):
        for place, letters in enumerate(kinds):
            if place < length and letters:
                made[place] = letters[numbers[place] % len(letters)]
    password = "".join(made)
    template = wanted.get("SecretStringTemplate")
    if template is None:
        return password
    return json.dumps({**json.loads(template), wanted["GenerateStringKey"]: password})


def _create_secret(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in ("GenerateSecretString",)}
    own.setdefault("Name", context.name(512))
    if "GenerateSecretString" in values:
        own["SecretString"] = generated(context, values["GenerateSecretString"])
    arn = invoke(context, _SECRETS, "CreateSecret", own)["ARN"]
    return Made(arn, {"Id": arn})


def _update_secret(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"SecretId": existing.physical_id}
    sent: dict[str, Any] = {k: new.get(k, "") for k in ("Description", "KmsKeyId") if k in changed}
    if "SecretString" in changed and "SecretString" in new:
        sent["SecretString"] = new["SecretString"]
    if "GenerateSecretString" in changed and "GenerateSecretString" in new:
        sent["SecretString"] = generated(context, new["GenerateSecretString"])
    if sent:
        invoke(context, _SECRETS, "UpdateSecret", {**keys, **sent})
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _SECRET_TAGS.change(context, existing.physical_id, old, new.get("Tags"))


def _delete_secret(context: Context, existing: Existing) -> None:
    context.client(_SECRETS).delete_secret(
        SecretId=existing.physical_id, ForceDeleteWithoutRecovery=True
    )


def _check_secret(values: Properties) -> tuple[str, ...]:
    if "SecretString" in values and "GenerateSecretString" in values:
        return ("Only one of SecretString and GenerateSecretString can be specified",)
    wanted = values.get("GenerateSecretString", {})
    if ("SecretStringTemplate" in wanted) != ("GenerateStringKey" in wanted):
        return ("SecretStringTemplate and GenerateStringKey must be specified together",)
    return ()


SECRET = ResourceType(
    name="AWS::SecretsManager::Secret",
    properties=record(
        "Name Description KmsKeyId SecretString",
        Tags=TAGS,
        GenerateSecretString=record(
            "ExcludeCharacters ExcludeLowercase:b ExcludeNumbers:b ExcludePunctuation:b "
            "ExcludeUppercase:b GenerateStringKey IncludeSpace:b PasswordLength:i "
            "RequireEachIncludedType:b SecretStringTemplate"
        ),
    ),
    create=_create_secret,
    update=_update_secret,
    delete=_delete_secret,
    replacement=frozenset({"Name"}),
    attributes=("Id",),
    name_property="Name",
    arn="{id}",
    check=_check_secret,
    notes="Replication is refused; deletion is immediate.",
)

TYPES = (KEY, KEY_ALIAS, PARAMETER, SECRET)
