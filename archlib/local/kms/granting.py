"""Making and taking back grants.

Source: AWS KMS API Reference, "CreateGrant", "ListGrants", "ListRetirableGrants", "RetireGrant",
"RevokeGrant". A grant counts from the next call on: a grant token is accepted and not needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.iam.existing import exists
from archlib.local.kms import refusals
from archlib.local.kms.grants import BY_USAGE, COMMON, DATA_KEYS, Grant
from archlib.local.kms.keys import Key
from archlib.local.kms.operation import OnKey, page
from archlib.local.kms.specs import SYMMETRIC
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

_PAIRS = 8


class Granting:
    """Operations on grants."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_key = {
            "CreateGrant": OnKey(self._create, "usable"),
            "ListGrants": OnKey(self._list),
            "RevokeGrant": OnKey(self._revoke),
        }
        bound = {name: one.bound(self._keys) for name, one in on_key.items()}
        return {
            **bound,
            "ListRetirableGrants": self._list_retirable,
            "RetireGrant": self._retire,
        }

    def _create(self, call: ApiCall, key: Key) -> Result:
        params = call.params
        for name in ("GranteeServicePrincipal", "RetiringServicePrincipal"):
            if params.get(name):
                raise Unsupported(
                    "grants to service principals are not imitated", where=f"kms:CreateGrant {name}"
                )
        if not params.get("GranteePrincipal"):
            raise refusals.invalid("You must specify a GranteePrincipal")
        for name in ("GranteePrincipal", "RetiringPrincipal"):
            _principal(params.get(name), key.account)
        operations = tuple(dict.fromkeys(params["Operations"]))
        _allowed(key, operations)
        equals, subset = _constraints(key, params.get("Constraints") or {})
        same = self._same(key, params, operations, equals, subset)
        if same is None:
            seed = f"{self._keys.cloud.seed} {self._keys.cloud.new_uuid()}"
            same = Grant(
                hashlib.sha256(f"grant {seed}".encode()).hexdigest(),
                hashlib.sha512(f"token {seed}".encode()).hexdigest(),
                key.arn,
                params["GranteePrincipal"],
                operations,
                f"arn:aws:iam::{call.caller.account}:root",
                self._keys.now(),
                params.get("Name", ""),
                params.get("RetiringPrincipal"),
                equals,
                subset,
            )
            key.grants[same.id] = same
        return {"GrantId": same.id, "GrantToken": same.token}

    @staticmethod
    def _same(
        key: Key,
        params: Mapping[str, Any],
        operations: tuple[str, ...],
        equals: Mapping[str, str] | None,
        subset: Mapping[str, str] | None,
    ) -> Grant | None:
        """The grant that a repeated call with a name has made already."""
        for grant in key.grants.values():
            if (
                params.get("Name")
                and grant.name == params["Name"]
                and grant.grantee == params["GranteePrincipal"]
                and grant.retiring == params.get("RetiringPrincipal")
                and grant.operations == operations
                and (grant.equals, grant.subset) == (equals, subset)
            ):
                return grant
        return None

    def _list(self, call: ApiCall, key: Key) -> Result:
        grantee, only = call.params.get("GranteePrincipal"), call.params.get("GrantId")
        if only and only not in key.grants:
            raise _no_grant(only)
        found = [
            grant
            for grant in key.grants.values()
            if grantee in (None, grant.grantee) and only in (None, grant.id)
        ]
        return page(call, found, "Grants", Grant.told)

    def _list_retirable(self, call: ApiCall) -> Result:
        wanted = call.params["RetiringPrincipal"]
        keys = self._keys.region(call.region).keys.values()
        found = [g for key in keys for g in key.grants.values() if g.retiring == wanted]
        return page(call, found, "Grants", Grant.told)

    def _revoke(self, call: ApiCall, key: Key) -> Result:
        if key.grants.pop(call.params["GrantId"], None) is None:
            raise _no_grant(call.params["GrantId"])
        return {}

    def _retire(self, call: ApiCall) -> Result:
        token, key_id = call.params.get("GrantToken"), call.params.get("KeyId")
        if token:
            found = self._keys.of_token(call.region, token)
            if found is None:
                raise ApiRefusal("InvalidGrantTokenException", "Invalid grant token")
            key, grant = found
        elif key_id and call.params.get("GrantId"):
            key = self._keys.named(call.region, key_id, by_alias=False)
            wanted = key.grants.get(call.params["GrantId"])
            if wanted is None:
                raise _no_grant(call.params["GrantId"])
            grant = wanted
        else:
            raise refusals.invalid("You must specify a grant token, or a key ID and a grant ID")
        call.hop.target = key.arn
        del key.grants[grant.id]
        return {}


def _principal(arn: str | None, account: str) -> None:
    if arn is not None and not (arn.startswith("arn:") and exists(arn, account)):
        raise ApiRefusal("InvalidArnException", f"ARN does not refer to a valid principal: {arn}")


def _allowed(key: Key, operations: tuple[str, ...]) -> None:
    allowed = COMMON | BY_USAGE[key.usage]
    if key.spec.name == SYMMETRIC:
        allowed |= DATA_KEYS
    if key.spec.asymmetric:
        allowed |= {"GetPublicKey"}
    wrong = [one for one in operations if one not in allowed]
    if wrong:
        raise refusals.invalid(
            f"Grant operations [{', '.join(wrong)}] are not supported by a {key.spec.name} key "
            f"for {key.usage}"
        )


def _constraints(
    key: Key, given: Mapping[str, Any]
) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
    if given.get("SourceArn"):
        raise Unsupported(
            "grants for a source ARN are not imitated",
            where="kms:CreateGrant Constraints.SourceArn",
        )
    if given and key.spec.asymmetric:
        raise refusals.invalid("Encryption context constraints need a symmetric encryption key")
    for pairs in given.values():
        if len(pairs) > _PAIRS:
            raise refusals.invalid(f"A grant constraint has at most {_PAIRS} pairs")
    return given.get("EncryptionContextEquals"), given.get("EncryptionContextSubset")


def _no_grant(grant_id: str) -> ApiRefusal:
    return ApiRefusal("NotFoundException", f"Grant ID {grant_id} not found")
