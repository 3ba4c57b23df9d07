"""Cognito identity pools.

AWS: "Actions, resources, and condition keys for Amazon Cognito Identity"; GetId,
GetOpenIdToken, GetCredentialsForIdentity and UnlinkIdentity are public.
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Table,
    given,
    named,
    on,
    public,
    same_name,
    tag_keys,
    tags,
)

_PREFIX = "cognito-identity"
_pool = named(_PREFIX, "identitypool/{}", "IdentityPoolId")

COGNITO_IDENTITY: Table = {
    **public("GetCredentialsForIdentity GetId GetOpenIdToken UnlinkIdentity"),
    **same_name(
        _PREFIX,
        "DeleteIdentityPool DescribeIdentityPool GetIdentityPoolRoles "
        "GetOpenIdTokenForDeveloperIdentity GetPrincipalTagAttributeMap ListIdentities "
        "LookupDeveloperIdentity MergeDeveloperIdentities UnlinkDeveloperIdentity "
        "UpdateIdentityPool",
        _pool,
    ),
    **same_name(
        _PREFIX,
        "DeleteIdentities DescribeIdentity ListIdentityPools SetIdentityPoolRoles "
        "SetPrincipalTagAttributeMap",
    ),
    "CreateIdentityPool": on(
        "cognito-identity:CreateIdentityPool", context=tags("IdentityPoolTags")
    ),
    "ListTagsForResource": on("cognito-identity:ListTagsForResource", given("ResourceArn")),
    "TagResource": on("cognito-identity:TagResource", given("ResourceArn"), tags()),
    "UntagResource": on("cognito-identity:UntagResource", given("ResourceArn"), tag_keys()),
}
