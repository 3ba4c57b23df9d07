"""Rotation of key material, on a schedule of virtual time or on demand.

Source: AWS Key Management Service Developer Guide, "Rotate AWS KMS keys": the key stays the same
key, what older material sealed can still be opened.
"""

from __future__ import annotations

from typing import Literal

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import moment
from archlib.local.kms import refusals
from archlib.local.kms.keys import Key, Rotation
from archlib.local.kms.operation import OnKey, page
from archlib.local.kms.specs import SYMMETRIC
from archlib.local.kms.state import DAY, Keys
from archlib.local.refusal import ApiRefusal

_YEAR = 365
#: "You can perform on-demand rotation … a maximum of 25 times" (Quotas).
_ON_DEMAND = 25


class Rotations:
    """Operations on a key's rotation."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_key = {
            "EnableKeyRotation": OnKey(self._enable, "usable", manages=True),
            "DisableKeyRotation": OnKey(self._disable, "usable", manages=True),
            "GetKeyRotationStatus": OnKey(self._status),
            "RotateKeyOnDemand": OnKey(self._on_demand, "usable", manages=True),
            "ListKeyRotations": OnKey(self._list),
        }
        return {name: one.bound(self._keys) for name, one in on_key.items()}

    def _enable(self, call: ApiCall, key: Key) -> Result:
        _symmetric(key)
        key.rotates_every = call.params.get("RotationPeriodInDays", key.rotates_every or _YEAR)
        self._arm(key)
        return {}

    def _disable(self, call: ApiCall, key: Key) -> Result:
        _symmetric(key)
        key.rotates_every = key.next_rotation = None
        return {}

    def _status(self, call: ApiCall, key: Key) -> Result:
        if key.spec.name != SYMMETRIC:
            raise refusals.unsupported_on(key.arn, "is not a symmetric encryption key.")
        if key.manager == "AWS":
            return {"KeyId": key.arn, "KeyRotationEnabled": True, "RotationPeriodInDays": _YEAR}
        told: Result = {"KeyId": key.arn, "KeyRotationEnabled": key.rotates_every is not None}
        if key.rotates_every is not None and key.next_rotation is not None:
            told["RotationPeriodInDays"] = key.rotates_every
            told["NextRotationDate"] = moment(key.next_rotation)
        return told

    def _on_demand(self, call: ApiCall, key: Key) -> Result:
        _symmetric(key)
        if sum(one.kind == "ON_DEMAND" for one in key.rotations) >= _ON_DEMAND:
            raise ApiRefusal(
                "LimitExceededException",
                f"The on-demand rotations limit has been reached for {key.arn}.",
            )
        self._rotate(key, "ON_DEMAND")
        return {"KeyId": key.arn}

    def _list(self, call: ApiCall, key: Key) -> Result:
        _symmetric(key)
        return page(
            call,
            key.rotations,
            "Rotations",
            lambda one: {
                "KeyId": key.arn,
                "KeyMaterialId": one.material,
                "RotationDate": moment(one.at),
                "RotationType": one.kind,
            },
        )

    def _arm(self, key: Key) -> None:
        """The next rotation is a period after now."""
        assert key.rotates_every is not None
        due = self._keys.now() + key.rotates_every * DAY
        key.next_rotation = due

        def fall_due() -> None:
            # Switched off, put off or switched on anew since: another timer is the one.
            if key.next_rotation == due:
                if key.state == "Enabled":
                    self._rotate(key, "AUTOMATIC")
                self._arm(key)

        self._keys.cloud.clock.at(due, fall_due, f"rotation of {key.arn}")

    def _rotate(self, key: Key, kind: Literal["AUTOMATIC", "ON_DEMAND"]) -> None:
        key.rotations.append(Rotation(self._keys.now(), kind, self._keys.rotate(key)))


def _symmetric(key: Key) -> None:
    if key.spec.name != SYMMETRIC:
        raise refusals.unsupported_on(key.arn, "is not a symmetric encryption key.")
