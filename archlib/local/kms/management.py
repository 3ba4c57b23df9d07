"""Making, describing, switching, tagging and ending keys.

Source: AWS KMS API Reference, the operations of these names; AWS Key Management Service Developer
Guide, "Create a KMS key", "Enable and disable keys", "Delete AWS KMS keys", "Tags in AWS KMS".
"""

from __future__ import annotations

from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import moment
from archlib.local.kms import policy, refusals
from archlib.local.kms.keys import Key
from archlib.local.kms.operation import OnKey, page
from archlib.local.kms.specs import ENCRYPT, MAC, SIGN, SPECS, SYMMETRIC
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

_LISTED = {ENCRYPT: "EncryptionAlgorithms", SIGN: "SigningAlgorithms", MAC: "MacAlgorithms"}
_DEFAULT_WINDOW = 30
_TAGS = 50


class Management:
    """Operations on keys as resources."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_key = {
            "DescribeKey": OnKey(self._describe, by_alias=True),
            "EnableKey": OnKey(self._enable, "kept", manages=True),
            "DisableKey": OnKey(self._disable, "kept", manages=True),
            "ScheduleKeyDeletion": OnKey(self._schedule_deletion, "kept", manages=True),
            "CancelKeyDeletion": OnKey(self._cancel_deletion, manages=True),
            "UpdateKeyDescription": OnKey(self._update_description, "kept", manages=True),
            "GetKeyPolicy": OnKey(self._get_policy),
            "PutKeyPolicy": OnKey(self._put_policy, manages=True),
            "ListKeyPolicies": OnKey(self._list_policies),
            "TagResource": OnKey(self._tag, "kept", manages=True),
            "UntagResource": OnKey(self._untag, "kept", manages=True),
            "ListResourceTags": OnKey(self._list_tags),
        }
        bound = {name: one.bound(self._keys) for name, one in on_key.items()}
        return {**bound, "CreateKey": self._create, "ListKeys": self._list}

    def _create(self, call: ApiCall) -> Result:
        params = call.params
        if params.get("Origin", "AWS_KMS") != "AWS_KMS" or params.get("CustomKeyStoreId"):
            origin = params.get("Origin", "AWS_CLOUDHSM")
            raise Unsupported(
                f"the local KMS has no keys of origin {origin}", where="kms:CreateKey Origin"
            )
        name = params.get("KeySpec") or params.get("CustomerMasterKeySpec") or SYMMETRIC
        usage = params.get("KeyUsage") or (ENCRYPT if name == SYMMETRIC else None)
        if usage is None:
            raise refusals.invalid(
                "You must specify a KeyUsage value for all KMS keys except for symmetric "
                "encryption keys."
            )
        spec = SPECS.get(name)
        if spec is None or usage == "KEY_AGREEMENT":
            raise Unsupported(
                f"the local KMS makes no {name} keys for {usage}",
                where="kms:CreateKey KeySpec",
                hint=f"it makes {', '.join(SPECS)}",
            )
        if usage not in spec.usages:
            raise refusals.invalid(f"KeyUsage {usage} is not compatible with KeySpec {name}")
        tags = _tags(params.get("Tags"))
        key = self._keys.make(
            call.region, spec, usage, policy=params.get("Policy"),
            description=params.get("Description", ""), tags=tags,
            multi_region=bool(params.get("MultiRegion")),
        )  # fmt: skip
        if params.get("Policy"):
            lockout = not params.get("BypassPolicyLockoutSafetyCheck", False)
            policy.check(params["Policy"], call.caller, key, lockout=lockout)
        self._keys.add(key)
        call.hop.target = key.arn
        return {"KeyMetadata": metadata(key)}

    def _list(self, call: ApiCall) -> Result:
        keys = list(self._keys.region(call.region).keys.values())
        return page(call, keys, "Keys", lambda key: {"KeyId": key.id, "KeyArn": key.arn})

    def _describe(self, call: ApiCall, key: Key) -> Result:
        return {"KeyMetadata": metadata(key)}

    def _enable(self, call: ApiCall, key: Key) -> Result:
        key.enabled = True
        return {}

    def _disable(self, call: ApiCall, key: Key) -> Result:
        key.enabled = False
        return {}

    def _schedule_deletion(self, call: ApiCall, key: Key) -> Result:
        days = call.params.get("PendingWindowInDays", _DEFAULT_WINDOW)
        if not 7 <= days <= 30:
            raise refusals.invalid("PendingWindowInDays must be between 7 and 30 (inclusive)")
        end = self._keys.schedule_end(key, days)
        return {
            "KeyId": key.arn,
            "DeletionDate": moment(end),
            "KeyState": key.state,
            "PendingWindowInDays": days,
        }

    def _cancel_deletion(self, call: ApiCall, key: Key) -> Result:
        if key.deletion is None:
            raise refusals.wrong_state(key.arn, "not pending deletion")
        key.deletion = None
        return {"KeyId": key.arn}

    def _update_description(self, call: ApiCall, key: Key) -> Result:
        key.description = call.params["Description"]
        return {}

    def _get_policy(self, call: ApiCall, key: Key) -> Result:
        _only_default(call)
        return {"Policy": key.policy, "PolicyName": "default"}

    def _put_policy(self, call: ApiCall, key: Key) -> Result:
        _only_default(call)
        lockout = not call.params.get("BypassPolicyLockoutSafetyCheck", False)
        policy.check(call.params["Policy"], call.caller, key, lockout=lockout)
        key.policy = call.params["Policy"]
        return {}

    def _list_policies(self, call: ApiCall, key: Key) -> Result:
        return page(call, ["default"], "PolicyNames", str)

    def _tag(self, call: ApiCall, key: Key) -> Result:
        key.tags = _tags(call.params["Tags"], key.tags)
        return {}

    def _untag(self, call: ApiCall, key: Key) -> Result:
        for name in call.params["TagKeys"]:
            key.tags.pop(name, None)
        return {}

    def _list_tags(self, call: ApiCall, key: Key) -> Result:
        pairs = list(key.tags.items())
        return page(call, pairs, "Tags", lambda tag: {"TagKey": tag[0], "TagValue": tag[1]})


def _only_default(call: ApiCall) -> None:
    name = call.params.get("PolicyName", "default")
    if name != "default":
        raise ApiRefusal("NotFoundException", f"No such policy exists: {name}")


def _tags(given: Any, before: dict[str, str] | None = None) -> dict[str, str]:
    tags = dict(before or {})
    for tag in given or ():
        if tag["TagKey"].lower().startswith("aws:"):
            raise ApiRefusal("TagException", "Tags beginning with aws: are reserved")
        tags[tag["TagKey"]] = tag["TagValue"]
    if len(tags) > _TAGS:
        raise ApiRefusal("TagException", "Too many tags")
    return tags


def metadata(key: Key) -> dict[str, Any]:
    """A ``KeyMetadata``."""
    told: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": moment(key.created),
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": key.spec.name,
        "KeySpec": key.spec.name,
        _LISTED[key.usage]: list(key.algorithms),
        "MultiRegion": key.multi_region,
    }
    if key.spec.name == SYMMETRIC:
        told["CurrentKeyMaterialId"] = key.material.identifier(key.material.generations)
    if key.deletion is not None:
        told["DeletionDate"] = moment(key.deletion)
    if key.multi_region:
        primary = {"Arn": key.arn, "Region": key.region}
        told["MultiRegionConfiguration"] = {
            "MultiRegionKeyType": "PRIMARY",
            "PrimaryKey": primary,
            "ReplicaKeys": [],
        }
    return told
