"""Reading secrets' values, one or many, and listing their versions.

Source: AWS Secrets Manager API Reference, the operations of these names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import moment
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.filters import matching
from archlib.local.secretsmanager.operation import OnSecret, identified, page
from archlib.local.secretsmanager.sealing import Sealer
from archlib.local.secretsmanager.secret import CURRENT, DAY, Secret
from archlib.local.secretsmanager.store import Secrets

_BATCH = 20

#: Whether the caller of a batch may read one of its secrets: raises the refusal if not.
MayRead = Callable[[ApiCall, Secret], None]


class Reading:
    """Operations that read values."""

    def __init__(self, secrets: Secrets, sealer: Sealer, may_read: MayRead) -> None:
        self._secrets = secrets
        self._sealer = sealer
        self._may_read = may_read

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_secret = {
            "GetSecretValue": OnSecret(self.read),
            "ListSecretVersionIds": OnSecret(self._list_versions, kept=False),
        }
        bound = {name: one.bound(self._secrets) for name, one in on_secret.items()}
        return {**bound, "BatchGetSecretValue": self._read_many}

    def read(self, call: ApiCall, secret: Secret) -> Result:
        """GetSecretValue."""
        version_id, label = call.params.get("VersionId"), call.params.get("VersionStage")
        if version_id is not None:
            version = secret.versions.get(version_id)
            what = f"VersionId: {version_id}"
            if version is not None and label is not None and label not in version.labels:
                raise refusals.request(
                    "You provided a VersionStage that is not associated to the provided VersionId."
                )
        else:
            version = secret.labelled(label or CURRENT)
            what = f"staging label: {label or CURRENT}"
        if version is None or not version.envelopes or version.kind is None:
            raise refusals.no_value(what)
        value = self._sealer.open(call, secret, version)
        today = self._secrets.now() // DAY * DAY
        secret.accessed = version.accessed = today
        return {
            **identified(secret),
            "VersionId": version.id,
            version.kind: value.decode() if version.kind == "SecretString" else value,
            **({"VersionStages": list(version.labels)} if version.labels else {}),
            "CreatedDate": moment(version.created),
        }

    def _read_many(self, call: ApiCall) -> Result:
        named, filters = call.params.get("SecretIdList"), call.params.get("Filters")
        if (named is None) == (filters is None):
            raise refusals.parameter(
                "Either 'SecretIdList' or 'Filters' must be provided, but not both."
            )
        if filters is None and call.params.get("MaxResults"):
            raise refusals.parameter(
                "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is "
                "provided."
            )
        more: Result = {}
        if named is None:
            kept = [s for s in self._secrets.all(call.region) if s.end is None]
            found, more = page(call, matching(kept, filters), _BATCH)
            named = [secret.arn for secret in found]
        values: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for secret_id in named:
            try:
                values.append(self._one(call, secret_id))
            except ApiRefusal as refusal:
                errors.append(
                    {"SecretId": secret_id, "ErrorCode": refusal.code, "Message": refusal.message}
                )
        return {"SecretValues": values, "Errors": errors, **more}

    def _one(self, call: ApiCall, secret_id: str) -> Result:
        secret = self._secrets.named(call.region, secret_id)
        self._may_read(call, secret)
        secret.require_kept()
        single = replace(call, params={"SecretId": secret_id})
        return self.read(single, secret)

    def _list_versions(self, call: ApiCall, secret: Secret) -> Result:
        everything = call.params.get("IncludeDeprecated", False)
        versions = [v for v in secret.versions.values() if v.envelopes and (v.labels or everything)]
        found, more = page(call, versions)
        told = [
            {
                "VersionId": v.id,
                **({"VersionStages": list(v.labels)} if v.labels else {}),
                **({"LastAccessedDate": moment(v.accessed)} if v.accessed is not None else {}),
                "CreatedDate": moment(v.created),
                "KmsKeyIds": self._sealer.key_ids(v),
            }
            for v in found
        ]
        return {"Versions": told, **identified(secret), **more}
