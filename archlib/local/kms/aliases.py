"""Aliases: names for keys that can move from one key to another.

Source: AWS KMS API Reference, "CreateAlias", "UpdateAlias", "DeleteAlias", "ListAliases".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import moment
from archlib.local.kms import managed, refusals
from archlib.local.kms.keys import Alias, Key, RegionalKeys
from archlib.local.kms.operation import page
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

_NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+")


class Aliases:
    """Operations on aliases."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "CreateAlias": self._create,
            "UpdateAlias": self._update,
            "DeleteAlias": self._delete,
            "ListAliases": self._list,
        }

    def _create(self, call: ApiCall) -> Result:
        keys, name = self._keys.region(call.region), _own(call)
        key = self._target(call)
        if name in keys.aliases:
            raise ApiRefusal(
                "AlreadyExistsException",
                f"An alias with the name {keys.arn(name)} already exists",
            )
        now = self._keys.now()
        keys.aliases[name] = Alias(name, key.id, now, now)
        return {}

    def _update(self, call: ApiCall) -> Result:
        keys = self._keys.region(call.region)
        alias = _existing(keys, _own(call))
        key = self._target(call)
        old = keys.keys[alias.key_id]
        if (old.usage, old.spec.asymmetric) != (key.usage, key.spec.asymmetric):
            raise refusals.invalid(
                f"Alias {keys.arn(alias.name)} cannot be changed from key "
                f"{old.arn} to {key.arn}: both must be of the same type and usage"
            )
        keys.aliases[alias.name] = replace(alias, key_id=key.id, updated=self._keys.now())
        return {}

    def _delete(self, call: ApiCall) -> Result:
        keys = self._keys.region(call.region)
        del keys.aliases[_existing(keys, _own(call)).name]
        return {}

    def _list(self, call: ApiCall) -> Result:
        keys = self._keys.region(call.region)
        wanted = call.params.get("KeyId")
        only = keys.named(wanted, by_alias=False).id if wanted else None
        listed = [keys.aliases[name] for name in sorted(keys.aliases)]

        def told(alias: Alias) -> dict[str, Any]:
            return {
                "AliasName": alias.name,
                "AliasArn": keys.arn(alias.name),
                "TargetKeyId": alias.key_id,
                "CreationDate": moment(alias.created),
                "LastUpdatedDate": moment(alias.updated),
            }

        return page(call, [a for a in listed if only in (None, a.key_id)], "Aliases", told)

    def _target(self, call: ApiCall) -> Key:
        key = self._keys.named(call.region, call.params["TargetKeyId"], by_alias=False)
        call.hop.target = key.arn
        if key.manager == "AWS":
            raise refusals.not_for_managed(key.arn)
        key.require_kept()
        return key


def _own(call: ApiCall) -> str:
    """The alias's name, when customers may use it."""
    name: str = call.params["AliasName"]
    if not _NAME.fullmatch(name):
        raise refusals.invalid(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
            if not name.startswith("alias/")
            else f"{name} contains invalid characters for an alias"
        )
    if name.startswith(managed.ALIAS):
        raise ApiRefusal("NotAuthorizedException", "")
    return name


def _existing(keys: RegionalKeys, name: str) -> Alias:
    if name not in keys.aliases:
        raise refusals.no_alias(keys.arn(name))
    return keys.aliases[name]
