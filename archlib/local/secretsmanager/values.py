"""Creating secrets, putting values into them, moving labels between versions.

Source: AWS Secrets Manager API Reference, the operations of these names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.operation import OnSecret, identified
from archlib.local.secretsmanager.sealing import Sealer
from archlib.local.secretsmanager.secret import (
    CURRENT,
    Kind,
    Secret,
    Version,
)
from archlib.local.secretsmanager.store import Secrets

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
_BYTES = 65_536
_KINDS: tuple[Kind, ...] = ("SecretString", "SecretBinary")


class Values:
    """Operations that write values and labels. ``renewed`` hears of every new current value."""

    def __init__(
        self,
        secrets: Secrets,
        sealer: Sealer,
        renewed: Callable[[Secret], None],
    ) -> None:
        self._secrets = secrets
        self._sealer = sealer
        self._renewed = renewed

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_secret = {
            "PutSecretValue": OnSecret(self._put),
            "UpdateSecret": OnSecret(self._update),
            "UpdateSecretVersionStage": OnSecret(self._move_label),
        }
        bound = {name: one.bound(self._secrets) for name, one in on_secret.items()}
        return {**bound, "CreateSecret": self._create}

    # -- writing -------------------------------------------------------------------------------

    def _create(self, call: ApiCall) -> Result:
        params, name = call.params, call.params["Name"]
        for parameter in ("AddReplicaRegions", "Type", "CrossAccountPrimaryARN"):
            if params.get(parameter):
                raise Unsupported(
                    f"{parameter} is not imitated", where="secretsmanager:CreateSecret"
                )
        if not _NAME.fullmatch(name):
            raise ApiRefusal(
                "ValidationException",
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of "
                "the following: -/_+=.@!",
            )
        kind, value = _value(params, required=False)
        token = params.get("ClientRequestToken")
        old = self._secrets.find(call.region, name)
        if old is not None:
            return self._again(call, old, token, kind, value)
        now = self._secrets.now()
        secret = Secret(
            name,
            self._secrets.new_arn(call.region, name),
            now,
            now,
            params.get("Description"),
            params.get("KmsKeyId") or None,
            {tag["Key"]: tag.get("Value", "") for tag in params.get("Tags") or ()},
        )
        call.hop.target = secret.arn
        self._sealer.validate(call, secret)
        told = identified(secret)
        if value is not None and kind is not None:
            version = self._new_version(call, secret, token, kind, value)
            secret.attach(CURRENT, version)
            told["VersionId"] = version.id
        self._secrets.add(secret)
        return told

    def _again(
        self, call: ApiCall, secret: Secret, token: str | None, kind: Kind | None,
        value: bytes | None,
    ) -> Result:  # fmt: skip
        """A name that is taken; by the same request it is no error."""
        call.hop.target = secret.arn
        if secret.end is not None:
            raise refusals.request(
                "You can't create this secret because a secret with this name is already "
                "scheduled for deletion."
            )
        version = secret.versions.get(token or "")
        if version is None or value is None:
            raise refusals.exists(
                f"The operation failed because the secret {secret.name} already exists."
            )
        self._require_same(call, secret, version, kind, value)
        return {**identified(secret), "VersionId": version.id}

    def _put(self, call: ApiCall, secret: Secret) -> Result:
        params = call.params
        kind, value = _value(params, required=True)
        assert kind is not None
        assert value is not None
        token = params.get("ClientRequestToken")
        version = secret.versions.get(token or "")
        if version is not None and version.envelopes:
            self._require_same(call, secret, version, kind, value)
        else:
            first = not any(v.envelopes for v in secret.versions.values())
            labels = params.get("VersionStages") or [CURRENT]
            version = self._new_version(call, secret, token, kind, value)
            for label in labels:
                secret.attach(label, version)
            if first and secret.labelled(CURRENT) is None:
                secret.attach(CURRENT, version)
            self._touched(secret, version)
        return {
            **identified(secret),
            "VersionId": version.id,
            "VersionStages": list(version.labels),
        }

    def _update(self, call: ApiCall, secret: Secret) -> Result:
        params = call.params
        if params.get("Type"):
            raise Unsupported("Type is not imitated", where="secretsmanager:UpdateSecret")
        kind, value = _value(params, required=False)
        token = params.get("ClientRequestToken")
        if value is not None and token in secret.versions:
            raise refusals.token_used(token, secret.arn)
        wanted = params.get("KmsKeyId", secret.key_id) or None
        changed = "KmsKeyId" in params and wanted != secret.key_id
        if changed:
            self._sealer.validate(call, replace(secret, key_id=wanted))
        before, secret.key_id = secret.key_id, wanted
        told = identified(secret)
        if value is not None and kind is not None:
            try:
                version = self._new_version(call, secret, token, kind, value)
            except ApiRefusal:
                secret.key_id = before
                raise
            secret.attach(CURRENT, version)
            self._touched(secret, version)
            told["VersionId"] = version.id
        if changed:
            self._sealer.re_encrypt(call, secret)
        if "Description" in params:
            secret.description = params["Description"]
        secret.changed = self._secrets.now()
        return told

    def _new_version(
        self, call: ApiCall, secret: Secret, token: str | None, kind: Kind, value: bytes
    ) -> Version:
        """A version with a value; one that a rotation has made ready is filled."""
        now = self._secrets.now()
        waiting = secret.versions.get(token or "")
        version = waiting or Version(token or self._secrets.cloud.new_uuid(), now)
        sealed = self._sealer.seal(call, secret, version, value)
        if waiting is None:
            version = secret.add(version.id, now)
        version.kind, version.envelopes, version.created = kind, [sealed], now
        return version

    def _require_same(
        self, call: ApiCall, secret: Secret, version: Version, kind: Kind | None, value: bytes
    ) -> None:
        """Idempotence: a token that is in use must come with its own value."""
        same = version.kind == kind and self._sealer.open(call, secret, version) == value
        if not same:
            raise refusals.token_used(version.id, secret.arn)

    def _touched(self, secret: Secret, version: Version) -> None:
        secret.changed = self._secrets.now()
        if CURRENT in version.labels:
            self._renewed(secret)

    def _move_label(self, call: ApiCall, secret: Secret) -> Result:
        params, label = call.params, call.params["VersionStage"]
        source, target = params.get("RemoveFromVersionId"), params.get("MoveToVersionId")
        for version_id in (source, target):
            if version_id is not None and version_id not in secret.versions:
                raise refusals.no_value(f"VersionId: {version_id}")
        holder = secret.labelled(label)
        if target is None:
            self._take_off(label, holder, source)
        else:
            if holder is not None and holder.id != target:
                if source is None:
                    raise refusals.parameter(
                        "The parameter RemoveFromVersionId can't be empty. Staging label "
                        f"{label} is currently attached to version {holder.id}, so you must "
                        "explicitly reference that version in RemoveFromVersionId."
                    )
                if source != holder.id:
                    raise _not_attached(label, source)
            elif source is not None and (holder is None or source != holder.id):
                raise _not_attached(label, source)
            secret.attach(label, secret.versions[target])
        secret.changed = self._secrets.now()
        return identified(secret)

    @staticmethod
    def _take_off(label: str, holder: Version | None, source: str | None) -> None:
        if source is None:
            raise refusals.parameter(
                "You must specify RemoveFromVersionId, MoveToVersionId, or both."
            )
        if holder is None or holder.id != source:
            raise _not_attached(label, source)
        if label == CURRENT:
            raise refusals.parameter(
                "You can only move staging label AWSCURRENT to a different secret version. It "
                "can't be completely removed."
            )
        holder.labels.remove(label)


def _value(params: dict[str, Any], *, required: bool) -> tuple[Kind | None, bytes | None]:
    """Which kind of value a request brings, and its bytes."""
    given = [kind for kind in _KINDS if params.get(kind) is not None]
    if len(given) == 2:
        raise refusals.request(
            "You can't specify both a binary secret value and a string secret value in the same "
            "secret."
        )
    if not given:
        if required:
            raise refusals.request("You must provide either SecretString or SecretBinary.")
        return None, None
    kind = given[0]
    raw = params[kind]
    value = raw.encode() if isinstance(raw, str) else bytes(raw)
    if len(value) > _BYTES:
        member = f"{kind[:1].lower()}{kind[1:]}"
        raise ApiRefusal(
            "ValidationException",
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_BYTES}",
        )
    return kind, value


def _not_attached(label: str, version_id: str) -> ApiRefusal:
    return refusals.parameter(
        f"Staging label {label} is not currently attached to version {version_id}."
    )
