"""Secrets, their resource policies and their rotation.

Source: the AWS Secrets Manager resource type reference in the AWS CloudFormation Template
Reference Guide.
"""

from __future__ import annotations

import json
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import TAGS, record

_SERVICE = "secretsmanager"
_TAGGING = Tagging(_SERVICE, "SecretId")


def _generated(context: Context, wanted: Properties) -> str:
    """The text of ``GenerateSecretString``; CloudFormation asks Secrets Manager for a password."""
    rules = {k: v for k, v in wanted.items() if k not in ("GenerateStringKey", _TEMPLATE)}
    made: str = invoke(context, _SERVICE, "GetRandomPassword", rules)["RandomPassword"]
    template = wanted.get(_TEMPLATE)
    if template is None:
        return made
    return json.dumps({**json.loads(template), wanted["GenerateStringKey"]: made})


_TEMPLATE = "SecretStringTemplate"


def _create_secret(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in ("GenerateSecretString",)}
    own.setdefault("Name", context.name(512))
    if "GenerateSecretString" in values:
        own["SecretString"] = _generated(context, values["GenerateSecretString"])
    arn = invoke(context, _SERVICE, "CreateSecret", own)["ARN"]
    return Made(arn, {"Id": arn})


def _update_secret(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"SecretId": existing.physical_id}
    sent: dict[str, Any] = {k: new.get(k, "") for k in ("Description", "KmsKeyId") if k in changed}
    if "SecretString" in changed and "SecretString" in new:
        sent["SecretString"] = new["SecretString"]
    if "GenerateSecretString" in changed and "GenerateSecretString" in new:
        sent["SecretString"] = _generated(context, new["GenerateSecretString"])
    if sent:
        invoke(context, _SERVICE, "UpdateSecret", {**keys, **sent})
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _TAGGING.change(context, existing.physical_id, old, new.get("Tags"))


def _delete_secret(context: Context, existing: Existing) -> None:
    context.client(_SERVICE).delete_secret(
        SecretId=existing.physical_id, ForceDeleteWithoutRecovery=True
    )


def _check_secret(values: Properties) -> tuple[str, ...]:
    if "SecretString" in values and "GenerateSecretString" in values:
        return ("Only one of SecretString and GenerateSecretString can be specified",)
    wanted = values.get("GenerateSecretString", {})
    if (_TEMPLATE in wanted) != ("GenerateStringKey" in wanted):
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
    notes="Without SecretString and GenerateSecretString the secret is empty. Replication and "
    "managed external secrets are refused; deletion is immediate.",
)


def _attach(context: Context, values: Properties) -> Made:
    secret = values["SecretId"]
    found = context.client(_SERVICE).get_resource_policy(SecretId=secret)
    if "ResourcePolicy" in found:
        raise ResourceFailure(
            f"Resource policy already exists for {found['ARN']}: remove it before you attach one "
            "with CloudFormation"
        )
    _put(context, values)
    return Made(found["ARN"], {"Id": found["ARN"]})


def _put(context: Context, values: Properties) -> None:
    # The API lets everything through unless told otherwise, CloudFormation does not: "By default,
    # Secrets Manager blocks policies that allow broad access".
    blocks = values.get("BlockPublicPolicy", True)
    invoke(context, _SERVICE, "PutResourcePolicy", {**values, "BlockPublicPolicy": blocks})


def _change_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    _put(context, new)


def _detach(context: Context, existing: Existing) -> None:
    invoke(context, _SERVICE, "DeleteResourcePolicy", {"SecretId": existing.physical_id})


RESOURCE_POLICY = ResourceType(
    name="AWS::SecretsManager::ResourcePolicy",
    properties=record("SecretId! ResourcePolicy!:j BlockPublicPolicy:b"),
    create=_attach,
    update=_change_policy,
    delete=_detach,
    replacement=frozenset({"SecretId"}),
    attributes=("Id",),
    notes="Policies that allow broad access are refused unless BlockPublicPolicy is false.",
)


def _rotate(context: Context, values: Properties, immediately: bool) -> str:
    own = {k: v for k, v in values.items() if k != "RotateImmediatelyOnUpdate"}
    made = invoke(context, _SERVICE, "RotateSecret", {**own, "RotateImmediately": immediately})
    return str(made["ARN"])


def _create_schedule(context: Context, values: Properties) -> Made:
    arn = _rotate(context, values, bool(values.get("RotateImmediatelyOnUpdate", True)))
    return Made(arn, {"Id": arn})


def _change_schedule(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    _rotate(context, new, bool(new.get("RotateImmediatelyOnUpdate", True)))


def _delete_schedule(context: Context, existing: Existing) -> None:
    invoke(context, _SERVICE, "CancelRotateSecret", {"SecretId": existing.physical_id})


ROTATION_SCHEDULE = ResourceType(
    name="AWS::SecretsManager::RotationSchedule",
    properties=record(
        "SecretId! RotationLambdaARN RotateImmediatelyOnUpdate:b",
        RotationRules=record("AutomaticallyAfterDays:i Duration ScheduleExpression"),
    ),
    create=_create_schedule,
    update=_change_schedule,
    delete=_delete_schedule,
    replacement=frozenset({"SecretId"}),
    attributes=("Id",),
    notes="A rotation function of one's own is needed; hosted ones are refused.",
)

TYPES = (SECRET, RESOURCE_POLICY, ROTATION_SCHEDULE)
