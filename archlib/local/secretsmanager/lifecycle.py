"""Describing, listing, tagging, deleting and restoring secrets.

Source: AWS Secrets Manager API Reference, "DescribeSecret", "ListSecrets", "DeleteSecret",
"RestoreSecret", "TagResource", "UntagResource"; AWS Secrets Manager User Guide, "Delete an AWS
Secrets Manager secret".
"""

from __future__ import annotations

from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import moment
from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.filters import matching
from archlib.local.secretsmanager.operation import OnSecret, identified, page
from archlib.local.secretsmanager.secret import Rotation, Secret
from archlib.local.secretsmanager.store import Secrets

_WINDOW = 30
_TAGS = 50

_SORTED_BY = {
    None: lambda secret: secret.created,
    "created-date": lambda secret: secret.created,
    "last-accessed-date": lambda secret: secret.accessed or 0.0,
    "last-changed-date": lambda secret: secret.changed,
    "name": lambda secret: secret.name,
}


class Lifecycle:
    """Operations on secrets as resources."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_secret = {
            "DescribeSecret": OnSecret(self._describe, kept=False),
            "RestoreSecret": OnSecret(self._restore, kept=False),
            "TagResource": OnSecret(self._tag),
            "UntagResource": OnSecret(self._untag),
        }
        bound = {name: one.bound(self._secrets) for name, one in on_secret.items()}
        return {**bound, "DeleteSecret": self._delete, "ListSecrets": self._list}

    def _describe(self, call: ApiCall, secret: Secret) -> Result:
        stages = secret.stages()
        return {**described(secret), **({"VersionIdsToStages": stages} if stages else {})}

    def _list(self, call: ApiCall) -> Result:
        params = call.params
        deleted = params.get("IncludePlannedDeletion", False)
        kept = [s for s in self._secrets.all(call.region) if deleted or s.end is None]
        chosen: list[Secret] = sorted(
            matching(kept, params.get("Filters")), key=_SORTED_BY[params.get("SortBy")]
        )
        falling = params.get("SortOrder") == "desc"
        found, more = page(call, chosen[::-1] if falling else chosen)
        told = []
        for secret in found:
            stages = secret.stages()
            entry = described(secret)
            if secret.deleted is not None:
                # Here it is the instant of the request, in DescribeSecret that of the end.
                entry["DeletedDate"] = moment(secret.deleted)
            told.append({**entry, **({"SecretVersionsToStages": stages} if stages else {})})
        return {"SecretList": told, **more}

    def _delete(self, call: ApiCall) -> Result:
        params, secret_id = call.params, call.params["SecretId"]
        force, days = params.get("ForceDeleteWithoutRecovery"), params.get("RecoveryWindowInDays")
        if force and days is not None:
            raise refusals.parameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
            )
        if days is not None and not 7 <= days <= 30:
            raise refusals.parameter(
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
            )
        secret = self._secrets.find(call.region, secret_id)
        now = self._secrets.now()
        if secret is None:
            if not force:
                raise refusals.no_secret()
            # "If you forcibly delete an already deleted or nonexistent secret, the operation does
            # not return ResourceNotFoundException."
            arn = self._secrets.new_arn(call.region, secret_id)
            return {"ARN": arn, "Name": secret_id, "DeletionDate": moment(now)}
        call.hop.target = secret.arn
        if force:
            self._secrets.remove(secret)
            return {**identified(secret), "DeletionDate": moment(now)}
        secret.require_kept()
        end = self._secrets.schedule_end(secret, days or _WINDOW)
        secret.changed = secret.deleted = now
        return {**identified(secret), "DeletionDate": moment(end)}

    def _restore(self, call: ApiCall, secret: Secret) -> Result:
        secret.end = secret.deleted = None
        secret.changed = self._secrets.now()
        return identified(secret)

    def _tag(self, call: ApiCall, secret: Secret) -> Result:
        added = {tag["Key"]: tag.get("Value", "") for tag in call.params["Tags"]}
        if any(name.lower().startswith("aws:") for name in added):
            raise refusals.parameter("Tag keys can't begin with 'aws:'.")
        tags = {**secret.tags, **added}
        if len(tags) > _TAGS:
            raise refusals.parameter(f"A secret can have at most {_TAGS} tags.")
        secret.tags = tags
        secret.changed = self._secrets.now()
        return {}

    def _untag(self, call: ApiCall, secret: Secret) -> Result:
        for name in call.params["TagKeys"]:
            secret.tags.pop(name, None)
        secret.changed = self._secrets.now()
        return {}


def described(secret: Secret) -> dict[str, Any]:
    """What DescribeSecret and ListSecrets both tell; only members that have a value."""
    told: dict[str, Any] = {
        **identified(secret),
        "CreatedDate": moment(secret.created),
        "LastChangedDate": moment(secret.changed),
    }
    if secret.description:
        told["Description"] = secret.description
    if secret.key_id is not None:
        told["KmsKeyId"] = secret.key_id
    if secret.accessed is not None:
        told["LastAccessedDate"] = moment(secret.accessed)
    if secret.end is not None:
        told["DeletedDate"] = moment(secret.end)
    if secret.tags:
        told["Tags"] = [{"Key": name, "Value": text} for name, text in secret.tags.items()]
    if secret.rotation is not None:
        told.update(_rotation(secret.rotation))
    return told


def _rotation(rotation: Rotation) -> dict[str, Any]:
    rules = {
        "AutomaticallyAfterDays": rotation.days,
        "ScheduleExpression": rotation.expression,
        "Duration": rotation.duration,
    }
    told: dict[str, Any] = {
        "RotationEnabled": rotation.enabled,
        "RotationLambdaARN": rotation.function,
    }
    given = {name: value for name, value in rules.items() if value is not None}
    if given:
        told["RotationRules"] = given
    if rotation.last is not None:
        told["LastRotatedDate"] = moment(rotation.last)
    if rotation.enabled and rotation.closes is not None:
        told["NextRotationDate"] = moment(rotation.closes)
    return told
