"""STS: assuming roles. The role's trust policy is its resource-based policy.

AWS: "Actions, resources, and condition keys for AWS Security Token Service". No permission is
needed for GetCallerIdentity ("even if an administrator explicitly denies it") and
GetSessionToken; with a web identity or SAML the caller has no IAM identity at all, and the
plane that serves those operations judges the trust policy for the provider's principal.
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Context,
    Table,
    all_of,
    given,
    keys,
    look,
    merged,
    named,
    on,
    public,
    tags,
    when,
)


def _transitive(call: Call) -> Context:
    found = look(call.params, "TransitiveTagKeys")
    return {"sts:TransitiveTagKeys": tuple(found)} if found else {}


_KEYS = merged(
    keys(
        {
            "ExternalId": "sts:ExternalId",
            "RoleSessionName": "sts:RoleSessionName",
            "SourceIdentity": "sts:SourceIdentity",
        }
    ),
    tags(),
    _transitive,
)
_role = given("RoleArn")

STS: Table = {
    "AssumeRole": all_of(
        on("sts:AssumeRole", _role, _KEYS),
        when("Tags", on("sts:TagSession", _role, _KEYS)),
        when("SourceIdentity", on("sts:SetSourceIdentity", _role, _KEYS)),
    ),
    "GetFederationToken": on(
        "sts:GetFederationToken", named("sts", "federated-user/{}", "Name", region=False), tags()
    ),
    "DecodeAuthorizationMessage": on("sts:DecodeAuthorizationMessage"),
    "GetAccessKeyInfo": on("sts:GetAccessKeyInfo"),
    **public("GetCallerIdentity GetSessionToken AssumeRoleWithSAML AssumeRoleWithWebIdentity"),
}
