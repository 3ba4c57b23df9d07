"""Logins: tokens of a user pool that an identity pool accepts as proof of who somebody is.

The provider must be configured in the identity pool together with the token's app client
("Accessing AWS services using an identity pool after sign-in").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.cognito import jws, refusals
from archlib.local.cognito.directory import UserPool
from archlib.local.cognito.identity_pools import Federation, IdentityPool
from archlib.local.cognito.tokens import TokenRejected
from archlib.local.refusal import ApiRefusal

_UNSUPPORTED = "Token is not from a supported provider of this identity pool."


@dataclass(frozen=True)
class Login:
    """A verified login: the provider's name, the app client, and the token's claims."""

    provider: str
    client_id: str
    claims: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """Who it is at the provider."""
        return str(self.claims["sub"])


def verified(
    federation: Federation, pool: IdentityPool, logins: Mapping[str, str]
) -> tuple[Login, ...]:
    """All logins, each really verified; raises NotAuthorizedException for any bad one."""
    return tuple(_verified(federation, pool, name, token) for name, token in logins.items())


def _verified(federation: Federation, pool: IdentityPool, provider: str, token: str) -> Login:
    trusted = [
        entry
        for entry in pool.settings.get("CognitoIdentityProviders", ())
        if entry["ProviderName"] == provider
    ]
    pools = federation.directory.pools.values()
    user_pool = next((p for p in pools if p.provider == provider), None)
    if not trusted or user_pool is None:
        raise refusals.unauthorized(_UNSUPPORTED)
    claims = _claims(federation, user_pool, token)
    entry = next((e for e in trusted if e["ClientId"] == claims["aud"]), None)
    if entry is None:
        raise refusals.unauthorized(_UNSUPPORTED)
    if entry.get("ServerSideTokenCheck"):
        _check_at_provider(user_pool, claims)
    return Login(provider, claims["aud"], claims)


def _claims(federation: Federation, user_pool: UserPool, token: str) -> dict[str, Any]:
    try:
        told = jws.parse(token).claims
    except jws.Malformed:
        raise _bad("Not a valid OpenId Connect identity token.") from None
    if told.get("iss") != user_pool.issuer:
        raise _bad("Issuer doesn't match providerName")
    if "aud" not in told:
        raise _bad("Missing a required claim: aud")
    try:
        return federation.directory.verifier.verify(user_pool, token)
    except TokenRejected as rejected:
        now = int(federation.directory.now())
        if rejected.reason.startswith("expired"):
            raise _bad(f"Token expired: {now} >= {told['exp']}") from None
        if rejected.reason.startswith("made for"):
            raise refusals.unauthorized(_UNSUPPORTED) from None
        raise _bad("Couldn't verify signed token.") from None


def _check_at_provider(user_pool: UserPool, claims: Mapping[str, Any]) -> None:
    """ServerSideTokenCheck: not signed out, deleted or disabled since the token was made."""
    user = user_pool.users.get(claims["cognito:username"])
    revoked = claims["origin_jti"] in user_pool.revoked_origins
    if user is None or user.sub != claims["sub"] or not user.enabled or revoked:
        raise _bad("Token is no longer valid at the user pool.")


def _bad(reason: str) -> ApiRefusal:
    return refusals.unauthorized(f"Invalid login token. {reason}")
