"""Operations on user pools: create, describe, update, delete, list, tag, custom attributes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import passwords, refusals, schema, settings
from archlib.local.cognito.directory import Directory, UserPool, moment
from archlib.local.cognito.paging import page

#: What CreateUserPool fixes for ever ("Updating user pool and app client configuration").
_IMMUTABLE = ("UsernameAttributes", "AliasAttributes", "UsernameConfiguration", "SchemaAttributes")
_POOL_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def create(directory: Directory, call: ApiCall) -> Result:
    """CreateUserPool. The pool gets two signing keys that no other pool has."""
    settings.require_supported(call.params, settings.POOL, call.operation)
    effective = _effective(call.params)
    effective["SchemaAttributes"] = schema.full(call.params.get("Schema", ()))
    for name in _IMMUTABLE[:3]:
        if call.params.get(name):
            effective[name] = deepcopy(call.params[name])
    if effective.get("UsernameAttributes") and effective.get("AliasAttributes"):
        raise refusals.invalid("Only one of the aliasAttributes or usernameAttributes can be set.")
    pool_id = f"{call.region}_{directory.cloud.new_id('cognito-user-pool', 9, _POOL_ID)}"
    now = directory.now()
    pool = UserPool(
        pool_id, call.region, directory.cloud.account, effective, now, now,
        directory.ring.next(f"{pool_id} id"), directory.ring.next(f"{pool_id} access"),
    )  # fmt: skip
    directory.pools[pool_id] = pool
    call.hop.target = pool.arn
    return {"UserPool": description(pool)}


def describe(directory: Directory, call: ApiCall) -> Result:
    """DescribeUserPool."""
    return {"UserPool": description(directory.administered(call))}


def update(directory: Directory, call: ApiCall) -> Result:
    """UpdateUserPool: what is not given returns to its default, as the API reference warns."""
    settings.require_supported(call.params, settings.POOL, call.operation)
    pool = directory.administered(call)
    kept = {name: pool.settings[name] for name in _IMMUTABLE if name in pool.settings}
    name = call.params.get("PoolName", pool.settings["Name"])
    pool.settings = {**_effective({**call.params, "PoolName": name}), **kept}
    pool.modified = directory.now()
    return {}


def delete(directory: Directory, call: ApiCall) -> Result:
    """DeleteUserPool: users, clients and keys are gone; refused under deletion protection."""
    pool = directory.administered(call)
    if pool.settings["DeletionProtection"] == "ACTIVE":
        raise refusals.invalid(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
    del directory.pools[pool.id]
    directory.verifier.forget(pool.id)
    return {}


def list_pools(directory: Directory, call: ApiCall) -> Result:
    """ListUserPools of the caller's region."""
    mine = [pool for pool in directory.pools.values() if pool.region == call.region]
    pools, more = page(mine, call.params["MaxResults"], call.params.get("NextToken"))
    summaries = [
        {
            "Id": pool.id,
            "Name": pool.settings["Name"],
            "LambdaConfig": pool.settings["LambdaConfig"],
            "LastModifiedDate": moment(pool.modified),
            "CreationDate": moment(pool.created),
        }
        for pool in pools
    ]
    return {"UserPools": summaries, **more}


def add_custom_attributes(directory: Directory, call: ApiCall) -> Result:
    """AddCustomAttributes."""
    pool = directory.administered(call)
    known = {entry["Name"] for entry in pool.settings["SchemaAttributes"]}
    added = [schema.custom(attribute) for attribute in call.params["CustomAttributes"]]
    for entry in added:
        if entry["Name"] in known:
            raise refusals.invalid(f"{entry['Name']}: Existing attribute already has name.")
    pool.settings["SchemaAttributes"] += added
    return {}


def mfa_config(directory: Directory, call: ApiCall) -> Result:
    """GetUserPoolMfaConfig: always OFF, for anything else was refused."""
    return {"MfaConfiguration": directory.administered(call).settings["MfaConfiguration"]}


def set_mfa_config(directory: Directory, call: ApiCall) -> Result:
    """SetUserPoolMfaConfig, which may only say OFF."""
    honoured = {"UserPoolId": settings.ANY, "MfaConfiguration": frozenset({"OFF"})}
    settings.require_supported(call.params, honoured, call.operation)
    return mfa_config(directory, call)


def tag(directory: Directory, call: ApiCall) -> Result:
    """TagResource."""
    _tagged(directory, call).settings.setdefault("UserPoolTags", {}).update(call.params["Tags"])
    return {}


def untag(directory: Directory, call: ApiCall) -> Result:
    """UntagResource."""
    tags = _tagged(directory, call).settings.get("UserPoolTags", {})
    for key in call.params["TagKeys"]:
        tags.pop(key, None)
    return {}


def tags(directory: Directory, call: ApiCall) -> Result:
    """ListTagsForResource."""
    return {"Tags": dict(_tagged(directory, call).settings.get("UserPoolTags", {}))}


def description(pool: UserPool) -> dict[str, Any]:
    """The pool as CreateUserPool and DescribeUserPool answer."""
    return {
        "Id": pool.id,
        "Arn": pool.arn,
        "LastModifiedDate": moment(pool.modified),
        "CreationDate": moment(pool.created),
        "EstimatedNumberOfUsers": len(pool.users),
        **deepcopy(pool.settings),
    }


def _tagged(directory: Directory, call: ApiCall) -> UserPool:
    return directory.pool(call.params["ResourceArn"].rsplit("/", 1)[-1], call.region)


def _effective(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a pool does with these parameters: defaults filled in, create-only ones left out."""
    given = params.get("Policies", {}).get("PasswordPolicy")
    # A policy that is given at all asks for no kind of character that it does not mention.
    unsaid = {name: False for name in passwords.DEFAULT_POLICY if name.startswith("Require")}
    policy = {**passwords.DEFAULT_POLICY, **({**unsaid, **given} if given else {})}
    creation = params.get("AdminCreateUserConfig", {})
    left_out = {"UserPoolId", "PoolName", "Schema", *_IMMUTABLE}
    effective = {
        **{name: value for name, value in params.items() if name not in left_out},
        "Name": params["PoolName"],
        "Policies": {**params.get("Policies", {}), "PasswordPolicy": policy},
        "DeletionProtection": params.get("DeletionProtection", "INACTIVE"),
        "LambdaConfig": dict(params.get("LambdaConfig", {})),
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
            **params.get("VerificationMessageTemplate", {}),
        },
        "MfaConfiguration": "OFF",
        "EmailConfiguration": {
            "EmailSendingAccount": "COGNITO_DEFAULT",
            **params.get("EmailConfiguration", {}),
        },
        "UserPoolTags": dict(params.get("UserPoolTags", {})),
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": False,
            "UnusedAccountValidityDays": policy["TemporaryPasswordValidityDays"],
            **creation,
        },
        "UserPoolTier": params.get("UserPoolTier", "ESSENTIALS"),
    }
    return deepcopy(effective)


OPERATIONS = {
    "CreateUserPool": create,
    "DescribeUserPool": describe,
    "UpdateUserPool": update,
    "DeleteUserPool": delete,
    "ListUserPools": list_pools,
    "AddCustomAttributes": add_custom_attributes,
    "GetUserPoolMfaConfig": mfa_config,
    "SetUserPoolMfaConfig": set_mfa_config,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": tags,
}
