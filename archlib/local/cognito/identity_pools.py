"""Identity pools and the identities in them: state, and the operations that manage it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import refusals, settings
from archlib.local.cognito.directory import Directory, moment
from archlib.local.cognito.paging import page
from archlib.local.cognito.signing_keys import SigningKey
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass
class Identity:
    """An identity; ``logins`` maps provider names to the subject there."""

    id: str
    created: float
    modified: float
    logins: dict[str, str] = field(default_factory=dict)


@dataclass
class IdentityPool:
    """An identity pool with its settings, roles and identities."""

    id: str
    region: str
    account: str
    settings: dict[str, Any]
    roles: dict[str, str] = field(default_factory=dict)
    role_mappings: dict[str, Any] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The pool's ARN, its name in traces."""
        return f"arn:aws:cognito-identity:{self.region}:{self.account}:identitypool/{self.id}"

    def linked(self, logins: dict[str, str]) -> Identity | None:
        """The identity that one of these logins belongs to."""
        for identity in self.identities.values():
            if any(identity.logins.get(name) == subject for name, subject in logins.items()):
                return identity
        return None


class Federation:
    """All identity pools of one cloud, the user pools they trust, and the service's key."""

    def __init__(self, cloud: LocalCloud, directory: Directory) -> None:
        self.cloud = cloud
        self.directory = directory
        self.pools: dict[str, IdentityPool] = {}
        self._key: SigningKey | None = None

    @property
    def key(self) -> SigningKey:
        """The key of cognito-identity.amazonaws.com; taken from the ring at first use."""
        if self._key is None:
            self._key = self.directory.ring.next("cognito-identity")
        return self._key

    def pool(self, pool_id: str, call: ApiCall) -> IdentityPool:
        """A pool by id, the call's hop pointed at it; raises ResourceNotFoundException."""
        pool = self.pools.get(pool_id)
        if pool is None or pool.region != call.region:
            raise ApiRefusal("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")
        call.hop.target = pool.arn
        return pool

    def identity(self, identity_id: str, call: ApiCall) -> tuple[IdentityPool, Identity]:
        """An identity and its pool, the hop pointed at the pool."""
        for pool in self.pools.values():
            if identity_id in pool.identities and pool.region == call.region:
                call.hop.target = pool.arn
                return pool, pool.identities[identity_id]
        raise ApiRefusal("ResourceNotFoundException", f"Identity '{identity_id}' not found.")


def create(federation: Federation, call: ApiCall) -> Result:
    """CreateIdentityPool."""
    settings.require_supported(call.params, settings.IDENTITY_POOL, call.operation)
    pool_id = f"{call.region}:{federation.cloud.new_uuid()}"
    given = _settings(call)
    pool = IdentityPool(pool_id, call.region, federation.cloud.account, given)
    federation.pools[pool_id] = pool
    call.hop.target = pool.arn
    return description(pool)


def describe(federation: Federation, call: ApiCall) -> Result:
    """DescribeIdentityPool."""
    return description(federation.pool(call.params["IdentityPoolId"], call))


def update(federation: Federation, call: ApiCall) -> Result:
    """UpdateIdentityPool: the whole configuration is replaced."""
    settings.require_supported(call.params, settings.IDENTITY_POOL, call.operation)
    pool = federation.pool(call.params["IdentityPoolId"], call)
    pool.settings = _settings(call)
    return description(pool)


def delete(federation: Federation, call: ApiCall) -> Result:
    """DeleteIdentityPool with all its identities."""
    del federation.pools[federation.pool(call.params["IdentityPoolId"], call).id]
    return {}


def list_pools(federation: Federation, call: ApiCall) -> Result:
    """ListIdentityPools of the region."""
    mine = [pool for pool in federation.pools.values() if pool.region == call.region]
    found, more = page(mine, call.params["MaxResults"], call.params.get("NextToken"))
    names = [
        {"IdentityPoolId": p.id, "IdentityPoolName": p.settings["IdentityPoolName"]} for p in found
    ]
    return {"IdentityPools": names, **more}


def set_roles(federation: Federation, call: ApiCall) -> Result:
    """SetIdentityPoolRoles."""
    pool = federation.pool(call.params["IdentityPoolId"], call)
    roles = dict(call.params["Roles"])
    mappings = deepcopy(dict(call.params.get("RoleMappings", {})))
    unknown = set(roles) - {"authenticated", "unauthenticated"}
    if unknown:
        raise refusals.invalid(f"Invalid role type: {', '.join(sorted(unknown))}")
    for provider, mapping in mappings.items():
        if "AmbiguousRoleResolution" not in mapping:
            raise refusals.invalid(f"AmbiguousRoleResolution is required for {provider}.")
        rules = mapping.get("RulesConfiguration", {}).get("Rules", [])
        if mapping["Type"] == "Rules" and not 1 <= len(rules) <= 25:
            raise refusals.invalid(f"RulesConfiguration of {provider} must have 1 to 25 rules.")
    pool.roles, pool.role_mappings = roles, mappings
    return {}


def get_roles(federation: Federation, call: ApiCall) -> Result:
    """GetIdentityPoolRoles."""
    pool = federation.pool(call.params["IdentityPoolId"], call)
    mappings = {"RoleMappings": deepcopy(pool.role_mappings)} if pool.role_mappings else {}
    return {"IdentityPoolId": pool.id, "Roles": dict(pool.roles), **mappings}


def describe_identity(federation: Federation, call: ApiCall) -> Result:
    """DescribeIdentity."""
    _, identity = federation.identity(call.params["IdentityId"], call)
    return _identity(identity)


def list_identities(federation: Federation, call: ApiCall) -> Result:
    """ListIdentities."""
    pool = federation.pool(call.params["IdentityPoolId"], call)
    everybody = list(pool.identities.values())
    found, more = page(everybody, call.params["MaxResults"], call.params.get("NextToken"))
    return {"IdentityPoolId": pool.id, "Identities": [_identity(i) for i in found], **more}


def delete_identities(federation: Federation, call: ApiCall) -> Result:
    """DeleteIdentities; ids that do not exist are not processed."""
    unknown = []
    for identity_id in call.params["IdentityIdsToDelete"]:
        holder = next((p for p in federation.pools.values() if identity_id in p.identities), None)
        if holder is None:
            unknown.append({"IdentityId": identity_id, "ErrorCode": "AccessDenied"})
        else:
            del holder.identities[identity_id]
    return {"UnprocessedIdentityIds": unknown}


def tag(federation: Federation, call: ApiCall) -> Result:
    """TagResource."""
    _tagged(federation, call).settings["IdentityPoolTags"].update(call.params["Tags"])
    return {}


def untag(federation: Federation, call: ApiCall) -> Result:
    """UntagResource."""
    for key in call.params["TagKeys"]:
        _tagged(federation, call).settings["IdentityPoolTags"].pop(key, None)
    return {}


def tags(federation: Federation, call: ApiCall) -> Result:
    """ListTagsForResource."""
    return {"Tags": dict(_tagged(federation, call).settings["IdentityPoolTags"])}


def description(pool: IdentityPool) -> dict[str, Any]:
    """The pool as CreateIdentityPool and DescribeIdentityPool answer."""
    return {"IdentityPoolId": pool.id, **deepcopy(pool.settings)}


def _settings(call: ApiCall) -> dict[str, Any]:
    given = deepcopy({k: v for k, v in call.params.items() if k != "IdentityPoolId"})
    return {
        "AllowClassicFlow": False,
        **given,
        "IdentityPoolTags": dict(given.get("IdentityPoolTags", {})),
    }


def _identity(identity: Identity) -> dict[str, Any]:
    return {
        "IdentityId": identity.id,
        "Logins": list(identity.logins),
        "CreationDate": moment(identity.created),
        "LastModifiedDate": moment(identity.modified),
    }


def _tagged(federation: Federation, call: ApiCall) -> IdentityPool:
    return federation.pool(call.params["ResourceArn"].rsplit("/", 1)[-1], call)


OPERATIONS = {
    "CreateIdentityPool": create,
    "DescribeIdentityPool": describe,
    "UpdateIdentityPool": update,
    "DeleteIdentityPool": delete,
    "ListIdentityPools": list_pools,
    "SetIdentityPoolRoles": set_roles,
    "GetIdentityPoolRoles": get_roles,
    "DescribeIdentity": describe_identity,
    "ListIdentities": list_identities,
    "DeleteIdentities": delete_identities,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": tags,
}
