"""Which settings of pools and clients are honoured, as tables; anything else is refused.

A path not listed here, or a value outside its listed values, raises
:class:`archlib.errors.Unsupported` when the pool or client is created or updated: a pool
whose MFA setting is silently ignored would make a verdict about it worthless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archlib.errors import Unsupported

#: Any value is honoured.
ANY: frozenset[Any] | None = None

_NO = frozenset({False})

#: Settings of CreateUserPool and UpdateUserPool. A listed path covers what lies below it.
POOL: Mapping[str, frozenset[Any] | None] = {
    "UserPoolId": ANY,
    "PoolName": ANY,
    "Policies.PasswordPolicy": ANY,
    "Policies.SignInPolicy.AllowedFirstAuthFactors": frozenset({"PASSWORD"}),
    "DeletionProtection": ANY,
    "LambdaConfig.PreSignUp": ANY,
    "LambdaConfig.PostConfirmation": ANY,
    "LambdaConfig.PreAuthentication": ANY,
    "LambdaConfig.PostAuthentication": ANY,
    "LambdaConfig.PreTokenGeneration": ANY,
    "LambdaConfig.CustomMessage": ANY,
    "AutoVerifiedAttributes": ANY,
    "AliasAttributes": ANY,
    "UsernameAttributes": ANY,
    "SmsVerificationMessage": ANY,
    "EmailVerificationMessage": ANY,
    "EmailVerificationSubject": ANY,
    "VerificationMessageTemplate.SmsMessage": ANY,
    "VerificationMessageTemplate.EmailMessage": ANY,
    "VerificationMessageTemplate.EmailSubject": ANY,
    "VerificationMessageTemplate.DefaultEmailOption": frozenset({"CONFIRM_WITH_CODE"}),
    "MfaConfiguration": frozenset({"OFF"}),
    "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate": ANY,
    "EmailConfiguration.EmailSendingAccount": frozenset({"COGNITO_DEFAULT"}),
    "EmailConfiguration.ReplyToEmailAddress": ANY,
    "SmsConfiguration.SnsCallerArn": ANY,
    "SmsConfiguration.ExternalId": ANY,
    "SmsConfiguration.SnsRegion": ANY,
    "UserPoolTags": ANY,
    "AdminCreateUserConfig": ANY,
    "Schema": ANY,
    "UserPoolAddOns.AdvancedSecurityMode": frozenset({"OFF"}),
    "UsernameConfiguration.CaseSensitive": ANY,
    "AccountRecoverySetting.RecoveryMechanisms": ANY,
    "UserPoolTier": ANY,
    "KeyConfiguration.KeyType": frozenset({"AWS_OWNED_KEY"}),
    "IssuerConfiguration.Type": frozenset({"ORIGINAL"}),
}

#: Settings of CreateUserPoolClient and UpdateUserPoolClient.
CLIENT: Mapping[str, frozenset[Any] | None] = {
    "UserPoolId": ANY,
    "ClientId": ANY,
    "ClientName": ANY,
    "GenerateSecret": ANY,
    "RefreshTokenValidity": ANY,
    "AccessTokenValidity": ANY,
    "IdTokenValidity": ANY,
    "TokenValidityUnits": ANY,
    "ReadAttributes": ANY,
    "WriteAttributes": ANY,
    "ExplicitAuthFlows": frozenset(
        {
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            # A default of clients made without ExplicitAuthFlows; the flow itself is refused.
            "ALLOW_CUSTOM_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ADMIN_NO_SRP_AUTH",
            "USER_PASSWORD_AUTH",
        }
    ),
    "SupportedIdentityProviders": frozenset({"COGNITO"}),
    "AllowedOAuthFlowsUserPoolClient": _NO,
    "PreventUserExistenceErrors": ANY,
    "EnableTokenRevocation": ANY,
    "EnablePropagateAdditionalUserContextData": _NO,
    "AuthSessionValidity": ANY,
    "RefreshTokenRotation.Feature": frozenset({"DISABLED"}),
}

#: Settings of CreateIdentityPool and UpdateIdentityPool.
IDENTITY_POOL: Mapping[str, frozenset[Any] | None] = {
    "IdentityPoolId": ANY,
    "IdentityPoolName": ANY,
    "AllowUnauthenticatedIdentities": ANY,
    "AllowClassicFlow": ANY,
    "CognitoIdentityProviders": ANY,
    "IdentityPoolTags": ANY,
}

_NEVER_MEANT: tuple[object, ...] = ({}, [], "", None)


def require_supported(
    params: Mapping[str, Any], honoured: Mapping[str, frozenset[Any] | None], operation: str
) -> None:
    """Refuse every setting that would be ignored.

    Raises :class:`Unsupported` naming the operation and the setting's path.
    """
    for path, value in _leaves(params, ""):
        if value in _NEVER_MEANT:
            continue
        rule = _rule(path, honoured)
        if rule is None:
            raise Unsupported(
                f"the local Cognito does not imitate {path}", where=f"cognito {operation}"
            )
        allowed = honoured[rule]
        if allowed is not None and value not in allowed:
            raise Unsupported(
                f"the local Cognito does not imitate {path} = {value!r}",
                where=f"cognito {operation}",
                hint=f"it knows {', '.join(sorted(map(repr, allowed)))}",
            )


def _rule(path: str, honoured: Mapping[str, frozenset[Any] | None]) -> str | None:
    parts = path.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in honoured), None)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path, value
