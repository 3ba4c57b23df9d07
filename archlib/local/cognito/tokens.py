"""Tokens of a user pool: minting with AWS's claims, and verifying without mercy.

AWS, "Understanding user pool JSON web tokens (JWTs)": the claims of the ID and the access
token; "Verifying JSON web tokens": what a verifier has to check. Like real ones, ID and
access tokens stay verifiable until they expire: GlobalSignOut and RevokeToken end refresh
tokens and the access token's use at Cognito itself, not at an API's authorizer.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from archlib.local.cognito import jws, schema, triggers
from archlib.local.cognito.directory import AppClient, Directory, Grant, User, UserPool

SCOPE = "aws.cognito.signin.user.admin"

#: Seconds in the units of TokenValidityUnits.
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
#: Token -> (validity member, its unit when none is set, default seconds).
LIFETIMES = {
    "IdToken": ("IdTokenValidity", "hours", 3600),
    "AccessToken": ("AccessTokenValidity", "hours", 3600),
    "RefreshToken": ("RefreshTokenValidity", "days", 30 * 86400),
}
#: Claims that a PreTokenGeneration trigger cannot touch.
_FIXED = frozenset(
    {"acr", "amr", "aud", "at_hash", "auth_time", "azp", "cnf", "cognito:username", "exp", "iat",
     "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use"}
)  # fmt: skip


class TokenRejected(Exception):
    """A token is not to be trusted; ``reason`` says why, for a reviewer."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def lifetime(settings: dict[str, Any], token: str) -> int:
    """Seconds that a token of a client lives. ``token`` is a key of :data:`LIFETIMES`."""
    member, unit, default = LIFETIMES[token]
    amount = settings.get(member) or 0
    unit = settings.get("TokenValidityUnits", {}).get(token, unit)
    return amount * UNITS[unit] or default


def mint(
    directory: Directory,
    pool: UserPool,
    client: AppClient,
    user: User,
    grant: Grant,
    source: str,
    metadata: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A new ID and access token; ``source`` is the PreTokenGeneration trigger's source."""
    now = int(directory.now())
    groups = [group.name for group in pool.groups_of(user)]
    roles = [group.role_arn for group in pool.groups_of(user) if group.role_arn]
    details = _trigger(directory, pool, client, user, groups, roles, source, metadata)
    override = details.get("groupOverrideDetails") or {}
    groups = override.get("groupsToOverride", groups)
    roles = override.get("iamRolesToOverride", roles)
    preferred = override.get("preferredRole", _preferred(pool, user))
    shared = {
        "origin_jti": grant.origin_jti,
        "event_id": directory.cloud.new_uuid(),
        "auth_time": grant.auth_time,
        "iat": now,
    }
    grouped = {"cognito:groups": groups} if groups else {}
    identity = {
        "sub": user.sub,
        **grouped,
        **_profile(schema.readable(client, user.attributes)),
        "iss": pool.issuer,
        "cognito:username": user.username,
        **({"cognito:preferred_role": preferred} if preferred else {}),
        **({"cognito:roles": roles} if roles else {}),
        **shared,
        "aud": client.id,
        "token_use": "id",
        "exp": now + lifetime(client.settings, "IdToken"),
        "jti": directory.cloud.new_uuid(),
    }
    for name, value in (details.get("claimsToAddOrOverride") or {}).items():
        if name not in _FIXED:
            identity[name] = value
    for name in details.get("claimsToSuppress") or ():
        if name not in _FIXED:
            identity.pop(name, None)
    access = {
        "sub": user.sub,
        **grouped,
        "iss": pool.issuer,
        "client_id": client.id,
        **shared,
        "token_use": "access",
        "scope": SCOPE,
        "exp": now + lifetime(client.settings, "AccessToken"),
        "jti": directory.cloud.new_uuid(),
        "username": user.username,
    }
    return {
        "AccessToken": jws.sign(access, pool.access_key.private, pool.access_key.kid),
        "ExpiresIn": lifetime(client.settings, "AccessToken"),
        "TokenType": "Bearer",
        "IdToken": jws.sign(identity, pool.id_key.private, pool.id_key.kid),
    }


def _preferred(pool: UserPool, user: User) -> str | None:
    """The role of the group with the lowest precedence, if that is one role.

    AWS, "Adding groups to a user pool": two groups of equal precedence with different roles
    leave the claim out.
    """
    ranked = [g for g in pool.groups_of(user) if g.role_arn]
    if not ranked:
        return None
    best = ranked[0].precedence
    roles = {group.role_arn for group in ranked if group.precedence == best}
    return roles.pop() if len(roles) == 1 else None


def _profile(attributes: dict[str, str]) -> dict[str, Any]:
    """User attributes as ID token claims, typed as OpenID Connect says."""
    typed: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in ("email_verified", "phone_number_verified"):
            typed[name] = value == "true"
        elif name == "updated_at":
            typed[name] = int(float(value))
        elif name == "address":
            typed[name] = {"formatted": value}
        elif name != "sub":
            typed[name] = value
    return typed


def _trigger(
    directory: Directory,
    pool: UserPool,
    client: AppClient,
    user: User,
    groups: list[str],
    roles: list[str],
    source: str,
    metadata: dict[str, str] | None,
) -> dict[str, Any]:
    configuration = {
        "groupsToOverride": groups,
        "iamRolesToOverride": roles,
        "preferredRole": _preferred(pool, user),
    }
    answer = triggers.fire(
        directory, pool, "PreTokenGeneration", f"TokenGeneration_{source}", user.username,
        user.attributes, client.id,
        {"groupConfiguration": configuration, "clientMetadata": metadata or {}},
        {"claimsOverrideDetails": None},
    )  # fmt: skip
    return answer.get("claimsOverrideDetails") or {}


class TokenVerifier:
    """Verifies tokens of one cloud's pools, remembering signatures it has already checked."""

    def __init__(self, directory: Directory, capacity: int = 1024) -> None:
        self._directory = directory
        self._capacity = capacity
        self._signed: OrderedDict[tuple[str, str], str] = OrderedDict()

    def verify(self, pool: UserPool, token: str) -> dict[str, Any]:
        """The claims of a trustworthy token; raises :class:`TokenRejected`.

        Only what cannot change is remembered: that this pool's key signed these bytes.
        Expiry and audience are looked at every time.
        """
        known = self._signed.get((pool.id, token))
        if known is None:
            known = self._check_signature(pool, token)
            self._signed[pool.id, token] = known
            if len(self._signed) > self._capacity:
                self._signed.popitem(last=False)
        else:
            self._signed.move_to_end((pool.id, token))
        claims: dict[str, Any] = json.loads(known)
        self._check_claims(pool, claims)
        return claims

    def forget(self, pool_id: str) -> None:
        """Drop what is remembered about a deleted pool."""
        for key in [key for key in self._signed if key[0] == pool_id]:
            del self._signed[key]

    def _check_signature(self, pool: UserPool, token: str) -> str:
        try:
            parsed = jws.parse(token)
        except jws.Malformed as error:
            raise TokenRejected(f"malformed: {error}") from None
        if (algorithm := parsed.header.get("alg")) != "RS256":
            raise TokenRejected(f"algorithm {algorithm!r} is not RS256")
        kid = parsed.header.get("kid")
        keys = {key.kid: key for key in (pool.id_key, pool.access_key)}
        if not isinstance(kid, str) or kid not in keys:
            raise TokenRejected(self._foreign(pool, kid))
        if not jws.verified(parsed, keys[kid].public):
            raise TokenRejected("tampered: signature does not match")
        expected = pool.id_key if parsed.claims.get("token_use") == "id" else pool.access_key
        if keys[kid] is not expected:
            raise TokenRejected("signed by the pool's key for the other kind of token")
        return json.dumps(parsed.claims)

    def _foreign(self, pool: UserPool, kid: object) -> str:
        for other in self._directory.pools.values():
            if other is not pool and kid in (other.id_key.kid, other.access_key.kid):
                return f"signed by another pool's key ({other.id})"
        return "signed by an unknown key"

    def _check_claims(self, pool: UserPool, claims: dict[str, Any]) -> None:
        if claims.get("iss") != pool.issuer:
            raise TokenRejected(f"issued by {claims.get('iss')!r}, not by this pool")
        late = self._directory.now() - claims["exp"]
        if late >= 0:
            raise TokenRejected(f"expired {late:.0f} s ago")
        use = claims.get("token_use")
        if use not in ("id", "access"):
            raise TokenRejected(f"token_use is {use!r}")
        audience = claims.get("aud" if use == "id" else "client_id")
        if audience not in pool.clients:
            raise TokenRejected(f"made for {audience!r}, which is no client of the pool")
