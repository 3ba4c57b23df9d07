"""User pools, their clients and groups."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import ID, From, declared, invoke, shaped
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import (
    ListOf,
    Record,
    one_of,
)

_IDP = "cognito-idp"


_POOL_TAGS = Tagging(_IDP, "ResourceArn")


_FIXED = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")


_POOL = (
    "AccountRecoverySetting AdminCreateUserConfig AliasAttributes AutoVerifiedAttributes "
    "DeletionProtection DeviceConfiguration EmailConfiguration EmailVerificationMessage "
    "EmailVerificationSubject LambdaConfig MfaConfiguration Policies Schema "
    "SmsAuthenticationMessage SmsConfiguration SmsVerificationMessage UserAttributeUpdateSettings "
    "UserPoolAddOns UserPoolTags UserPoolTier UsernameAttributes UsernameConfiguration "
    "VerificationMessageTemplate"
)


def _create_pool(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in ("UserPoolName", "EnabledMfas")}
    own["PoolName"] = values.get("UserPoolName") or context.name(128)
    if "EnabledMfas" in values:
        # multi-factor authentication is configured once its factors are known
        own["MfaConfiguration"] = "OFF"
    pool = invoke(context, _IDP, "CreateUserPool", own)["UserPool"]
    made = _made_pool(context, pool["Id"])
    context.note(made)
    _factors(context, made.physical_id, values)
    return made


def _made_pool(context: Context, pool: str) -> Made:
    name = f"cognito-idp.{context.region}.amazonaws.com/{pool}"
    return Made(
        pool,
        {
            "Arn": f"arn:aws:cognito-idp:{context.region}:{context.account}:userpool/{pool}",
            "ProviderName": name,
            "ProviderURL": f"https://{name}",
            "UserPoolId": pool,
        },
    )


def _factors(context: Context, pool: str, values: Properties) -> None:
    if "EnabledMfas" not in values:
        return
    sent: dict[str, Any] = {
        "UserPoolId": pool,
        "MfaConfiguration": values.get("MfaConfiguration", "OFF"),
    }
    if "SOFTWARE_TOKEN_MFA" in values["EnabledMfas"]:
        sent["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if "SMS_MFA" in values["EnabledMfas"]:
        sent["SmsMfaConfiguration"] = {"SmsConfiguration": values.get("SmsConfiguration", {})}
    invoke(context, _IDP, "SetUserPoolMfaConfig", sent)


def _update_pool(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    fixed = sorted(changed & set(_FIXED))
    if fixed:
        raise ResourceFailure(f"Updates are not allowed for property - {fixed[0]}.")
    old = existing.properties
    if "Schema" in changed:
        before = {entry.get("Name"): entry for entry in old.get("Schema", ())}
        after = {entry.get("Name"): entry for entry in new.get("Schema", ())}
        if any(after.get(name) != entry for name, entry in before.items()):
            raise ResourceFailure(
                "Invalid AttributeDataType input, consider using the provided AttributeDataType "
                "enum. Existing schema attributes cannot be modified or deleted."
            )
        added = [entry for name, entry in after.items() if name not in before]
        invoke(
            context,
            _IDP,
            "AddCustomAttributes",
            {"UserPoolId": existing.physical_id, "CustomAttributes": added},
        )
    if changed - {"Schema", "UserPoolTags"}:
        shape = context.models(_IDP).operation_model("UpdateUserPool").input_shape
        sent = {k: v for k, v in new.items() if k in shape.members and k != "UserPoolTags"}
        if "UserPoolName" in new:
            sent["PoolName"] = new["UserPoolName"]
        invoke(context, _IDP, "UpdateUserPool", {"UserPoolId": existing.physical_id, **sent})
        _factors(context, existing.physical_id, new)
    if "UserPoolTags" in changed:
        arn = existing.attributes["Arn"]
        _POOL_TAGS.change(context, arn, old.get("UserPoolTags"), new.get("UserPoolTags"))


def _delete_pool(context: Context, existing: Existing) -> None:
    if existing.properties.get("DeletionProtection") == "ACTIVE":
        raise ResourceFailure(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
    invoke(context, _IDP, "DeleteUserPool", {"UserPoolId": existing.physical_id})


USER_POOL = ResourceType(
    name="AWS::Cognito::UserPool",
    properties=Record(
        {
            **shaped(_IDP, "CreateUserPool", _POOL),
            **shaped(_IDP, "CreateUserPool", "UserPoolName", UserPoolName="PoolName"),
            "EnabledMfas": ListOf(one_of("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")),
        }
    ),
    create=_create_pool,
    update=_update_pool,
    delete=_delete_pool,
    attributes=("Arn", "ProviderName", "ProviderURL", "UserPoolId"),
    arn="arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}",
    notes="WebAuthn, e-mail MFA messages and customer-managed keys are refused.",
)


_CLIENT = (
    "UserPoolId ClientName GenerateSecret AccessTokenValidity IdTokenValidity "
    "RefreshTokenValidity TokenValidityUnits AllowedOAuthFlows AllowedOAuthFlowsUserPoolClient "
    "AllowedOAuthScopes AuthSessionValidity CallbackURLs DefaultRedirectURI "
    "EnablePropagateAdditionalUserContextData EnableTokenRevocation ExplicitAuthFlows LogoutURLs "
    "PreventUserExistenceErrors ReadAttributes RefreshTokenRotation SupportedIdentityProviders "
    "WriteAttributes"
)


def _create_client(context: Context, values: Properties) -> Made:
    sent = {"ClientName": context.name(128), **values}
    made = invoke(context, _IDP, "CreateUserPoolClient", sent)["UserPoolClient"]
    found = {"ClientId": made["ClientId"], "Name": made["ClientName"]}
    if made.get("ClientSecret"):
        found["ClientSecret"] = made["ClientSecret"]
    return Made(made["ClientId"], found)


def _update_client(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    sent = {k: v for k, v in new.items() if k != "GenerateSecret"}
    invoke(context, _IDP, "UpdateUserPoolClient", {**sent, "ClientId": existing.physical_id})


def _delete_client(context: Context, existing: Existing) -> None:
    keys = {"UserPoolId": existing.properties["UserPoolId"], "ClientId": existing.physical_id}
    invoke(context, _IDP, "DeleteUserPoolClient", keys)


USER_POOL_CLIENT = ResourceType(
    name="AWS::Cognito::UserPoolClient",
    properties=Record(shaped(_IDP, "CreateUserPoolClient", _CLIENT), frozenset({"UserPoolId"})),
    create=_create_client,
    update=_update_client,
    delete=_delete_client,
    replacement=frozenset({"UserPoolId", "GenerateSecret"}),
    attributes=("ClientId", "ClientSecret", "Name"),
    arn=None,
)


USER_POOL_GROUP = declared(
    "AWS::Cognito::UserPoolGroup",
    _IDP,
    create="CreateGroup",
    update="UpdateGroup",
    update_with={"GroupName": ID, "UserPoolId": From("UserPoolId")},
    delete="DeleteGroup",
    delete_with={"GroupName": ID, "UserPoolId": From("UserPoolId")},
    properties="GroupName UserPoolId Description Precedence RoleArn",
    required="UserPoolId",
    replacement="GroupName UserPoolId",
    identity="Group.GroupName",
    name_property="GroupName",
)


TYPES = (
    USER_POOL,
    USER_POOL_CLIENT,
    USER_POOL_GROUP,
)
