"""Identity pools and their roles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.declared import ID, deletion, invoke, shaped
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import (
    STRING_MAP,
    STRINGS,
    ListOf,
    MapOf,
    Record,
    record,
)

_IDENTITY = "cognito-identity"


_IDENTITY_TAGS = Tagging(_IDENTITY, "ResourceArn")


def _identity_values(values: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "AllowClassicFlow": "AllowClassicFlow",
        "OpenIdConnectProviderARNs": "OpenIdConnectProviderARNs",
        "SamlProviderARNs": "SamlProviderARNs",
    }
    return {names.get(key, key): value for key, value in values.items()}


def _create_identities(context: Context, values: Properties) -> Made:
    own = _identity_values(values)
    if "IdentityPoolName" not in own:
        own["IdentityPoolName"] = re.sub(r"[^\w\s+=,.@-]", "_", context.name(128))
    made = invoke(context, _IDENTITY, "CreateIdentityPool", own)
    return Made(made["IdentityPoolId"], {"Name": made["IdentityPoolName"]})


def _update_identities(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> Made:
    if changed - {"IdentityPoolTags"}:
        own = _identity_values({k: v for k, v in new.items() if k != "IdentityPoolTags"})
        own.setdefault("IdentityPoolName", existing.attributes["Name"])
        own["IdentityPoolId"] = existing.physical_id
        invoke(context, _IDENTITY, "UpdateIdentityPool", own)
    if "IdentityPoolTags" in changed:
        pool = existing.physical_id
        arn = f"arn:aws:cognito-identity:{context.region}:{context.account}:identitypool/{pool}"
        old = existing.properties.get("IdentityPoolTags")
        _IDENTITY_TAGS.change(context, arn, old, new.get("IdentityPoolTags"))
    name = new.get("IdentityPoolName", existing.attributes["Name"])
    return Made(existing.physical_id, {"Name": name})


IDENTITY_POOL = ResourceType(
    name="AWS::Cognito::IdentityPool",
    properties=Record(
        {
            **shaped(
                _IDENTITY,
                "CreateIdentityPool",
                "IdentityPoolName AllowUnauthenticatedIdentities AllowClassicFlow "
                "SupportedLoginProviders DeveloperProviderName CognitoIdentityProviders "
                "IdentityPoolTags",
            ),
            "OpenIdConnectProviderARNs": STRINGS,
            "SamlProviderARNs": STRINGS,
        },
        frozenset({"AllowUnauthenticatedIdentities"}),
    ),
    create=_create_identities,
    update=_update_identities,
    delete=deletion(_IDENTITY, "DeleteIdentityPool", {"IdentityPoolId": ID}),
    attributes=("Name",),
    arn="arn:{partition}:cognito-identity:{region}:{account}:identitypool/{id}",
    notes="Cognito Sync, streams, events and push synchronisation are refused.",
)


def _role_values(values: Properties) -> dict[str, Any]:
    sent = {
        "IdentityPoolId": values["IdentityPoolId"],
        "Roles": values.get("Roles", {}),
    }
    if "RoleMappings" in values:
        sent["RoleMappings"] = {
            mapping.get("IdentityProvider", key): {
                k: v for k, v in mapping.items() if k != "IdentityProvider"
            }
            for key, mapping in values["RoleMappings"].items()
        }
    return sent


def _attach_roles(context: Context, values: Properties) -> Made:
    invoke(context, _IDENTITY, "SetIdentityPoolRoles", _role_values(values))
    name = context.name(128)
    return Made(name, {"Id": name})


def _update_roles(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    sent = {"RoleMappings": {}, **_role_values(new)}
    invoke(context, _IDENTITY, "SetIdentityPoolRoles", sent)


def _detach_roles(context: Context, existing: Existing) -> None:
    pool = existing.properties["IdentityPoolId"]
    invoke(context, _IDENTITY, "SetIdentityPoolRoles", {"IdentityPoolId": pool, "Roles": {}})


ROLE_ATTACHMENT = ResourceType(
    name="AWS::Cognito::IdentityPoolRoleAttachment",
    properties=record(
        "IdentityPoolId!",
        Roles=STRING_MAP,
        RoleMappings=MapOf(
            record(
                "AmbiguousRoleResolution IdentityProvider Type!",
                RulesConfiguration=record(
                    Rules=ListOf(record("Claim! MatchType! RoleARN! Value!")), required="Rules"
                ),
            )
        ),
    ),
    create=_attach_roles,
    update=_update_roles,
    delete=_detach_roles,
    replacement=frozenset({"IdentityPoolId"}),
    attributes=("Id",),
)


TYPES = (
    IDENTITY_POOL,
    ROLE_ATTACHMENT,
)
