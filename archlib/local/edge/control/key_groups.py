"""Key groups: the public keys whose signatures a cache behavior trusts.

Amazon CloudFront API Reference, "CreateKeyGroup" and its siblings, "TrustedKeyGroups",
"ActiveTrustedKeyGroups"; Developer Guide, "Quotas" ("Quotas on key groups"), "Specify signers that
can create signed URLs and signed cookies".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.edge.compiling import items, trusted_groups
from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.public_keys import check_comment
from archlib.local.edge.control.seam import Operation, Record, check_version, page, refuse

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

#: Public keys in a group, groups of a cache behavior, groups of an account, distributions that
#: name a group.
KEYS, OF_A_BEHAVIOR, MAXIMUM, DISTRIBUTIONS = 5, 4, 10, 100


def find(estate: Estate, id: str) -> Record:
    """A key group; raises ``NoSuchResource`` (404)."""
    found = estate.key_groups.get(id)
    if found is None:
        raise refuse("NoSuchResource", "A resource that was specified is not valid.", 404)
    return found


def check_behavior(estate: Estate, behavior: Mapping[str, Any], own: str | None) -> None:
    """Refuse a cache behavior whose trusted key groups cannot be: AWS's errors.

    ``own`` is the id of the distribution that is being updated.
    """
    given = behavior.get("TrustedKeyGroups") or {}
    named = items(behavior, "TrustedKeyGroups")
    if bool(given.get("Enabled")) != bool(named):
        raise refuse(
            "InvalidArgument",
            "The parameter TrustedKeyGroups is enabled when it has key groups, and only then.",
        )
    if len(named) > OF_A_BEHAVIOR:
        raise refuse(
            "TooManyKeyGroupsAssociatedToDistribution",
            "The number of key groups referenced by this distribution is more than the maximum "
            "allowed.",
        )
    for group in named:
        if group not in estate.key_groups:
            raise refuse("TrustedKeyGroupDoesNotExist", "The specified key group does not exist.")
        if len([id for id in estate.users(group) if id != own]) >= DISTRIBUTIONS:
            raise refuse(
                "TooManyDistributionsAssociatedToKeyGroup",
                "The number of distributions that reference this key group is more than the "
                "maximum allowed.",
            )


def active(estate: Estate, config: Mapping[str, Any]) -> dict[str, Any]:
    """``ActiveTrustedKeyGroups`` of a distribution's configuration."""
    named = dict.fromkeys(_named(config))
    found = []
    for id in named:
        keys = list(estate.key_groups[id].config["Items"])
        found.append({"KeyGroupId": id, "KeyPairIds": {"Quantity": len(keys), "Items": keys}})
    return {
        "Enabled": bool(found),
        "Quantity": len(found),
        **({"Items": found} if found else {}),
    }


def _named(config: Mapping[str, Any]) -> Iterator[str]:
    for behavior in (config["DefaultCacheBehavior"], *items(config, "CacheBehaviors")):
        yield from trusted_groups(behavior)


def _check(estate: Estate, config: Mapping[str, Any], own: str | None) -> None:
    keys = config["Items"]
    if not keys or len(set(keys)) < len(keys):
        raise refuse("InvalidArgument", "A key group has at least one public key, each once.")
    if len(keys) > KEYS:
        raise refuse(
            "TooManyPublicKeysInKeyGroup",
            "The number of public keys in this key group is more than the maximum allowed.",
        )
    for key in keys:
        if key not in estate.public_keys:
            raise refuse(
                "InvalidArgument", f"The public key {key} of the key group does not exist."
            )
    check_comment(config)
    if any(r.config["Name"] == config["Name"] and r.id != own for r in estate.key_groups.values()):
        raise refuse(
            "KeyGroupAlreadyExists",
            "A key group with this name already exists. You must provide a unique name. To modify "
            "an existing key group, use UpdateKeyGroup.",
            409,
        )


def _view(record: Record) -> dict[str, Any]:
    return {"Id": record.id, "LastModifiedTime": record.modified, "KeyGroupConfig": record.copy}


def _create(estate: Estate, call: ApiCall) -> Result:
    config = call.params["KeyGroupConfig"]
    _check(estate, config, None)
    if len(estate.key_groups) >= MAXIMUM:
        raise refuse(
            "TooManyKeyGroups",
            "You have reached the maximum number of key groups for this AWS account.",
        )
    record = estate.record(estate.cloud.new_uuid(), config)
    estate.key_groups[record.id] = record
    location = f"https://cloudfront.amazonaws.com/2020-05-31/key-group/{record.id}"
    return {"KeyGroup": _view(record), "Location": location, "ETag": record.etag}


def _get(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    return {"KeyGroup": _view(record), "ETag": record.etag}


def _get_config(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    return {"KeyGroupConfig": record.copy, "ETag": record.etag}


def _update(estate: Estate, call: ApiCall) -> Result:
    """All of it is replaced; the edge trusts the new keys, and no other, at once."""
    record = find(estate, call.params["Id"])
    check_version(record, call.params.get("IfMatch"))
    config = call.params["KeyGroupConfig"]
    _check(estate, config, record.id)
    estate.change(record, config)
    return {"KeyGroup": _view(record), "ETag": record.etag}


def _delete(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    check_version(record, call.params.get("IfMatch"))
    if estate.users(record.id):
        raise refuse("ResourceInUse", "Cannot delete this resource because it is in use.", 409)
    del estate.key_groups[record.id]
    return {}


def _list(estate: Estate, call: ApiCall) -> Result:
    entries = [(record.id, {"KeyGroup": _view(record)}) for record in estate.key_groups.values()]
    return page("KeyGroupList", call, entries, marked=False)


OPERATIONS: Mapping[str, Operation] = {
    "CreateKeyGroup": _create,
    "GetKeyGroup": _get,
    "GetKeyGroupConfig": _get_config,
    "UpdateKeyGroup": _update,
    "DeleteKeyGroup": _delete,
    "ListKeyGroups": _list,
}
