"""Secrets of Secrets Manager.

Source: the AWS Secrets Manager resource type reference in the AWS CloudFormation Template
Reference Guide.
"""

from __future__ import annotations

import json
import string
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import TAGS, record

_SECRETS = "secretsmanager"
_SECRET_TAGS = Tagging(_SECRETS, "SecretId")

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

TYPES = (SECRET,)
