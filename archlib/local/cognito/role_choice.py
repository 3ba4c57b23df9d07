"""Which role an identity gets: the default ones, rules on claims, or the token's own.

AWS, "Using role-based access control": rules are tried in order; with ``Token`` the claim
``cognito:preferred_role`` decides, or the only one of ``cognito:roles``; what neither decides
is left to AmbiguousRoleResolution.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archlib.local.cognito import refusals
from archlib.local.cognito.identity_pools import IdentityPool
from archlib.local.cognito.logins import Login
from archlib.local.refusal import ApiRefusal

#: MatchType -> (claim, value) -> whether the rule applies.
MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda claim, value: claim == value,
    "Contains": lambda claim, value: value in claim,
    "StartsWith": lambda claim, value: claim.startswith(value),
    "NotEqual": lambda claim, value: claim != value,
}


def chosen(pool: IdentityPool, logins: tuple[Login, ...], custom: str | None) -> str:
    """The role's ARN.

    Raises InvalidIdentityPoolConfigurationException when none is configured, and
    NotAuthorizedException when the mapping denies or ``custom`` is not among the token's roles.
    """
    if not logins:
        return _default(pool, "unauthenticated")
    login = logins[0]
    roles = [str(role) for role in login.claims.get("cognito:roles", ())]
    mapping = pool.role_mappings.get(f"{login.provider}:{login.client_id}")
    if custom is not None:
        if mapping is None or mapping["Type"] != "Token" or custom not in roles:
            raise refusals.unauthorized(f"CustomRoleArn {custom} is not a role of the token.")
        return custom
    if mapping is None:
        return _default(pool, "authenticated")
    role = _KINDS[mapping["Type"]](mapping, login.claims, roles)
    if role is not None:
        return role
    if mapping["AmbiguousRoleResolution"] == "Deny":
        raise refusals.unauthorized("No role could be chosen for the identity; access is denied.")
    return _default(pool, "authenticated")


def bad_configuration() -> ApiRefusal:
    """No role, a missing role, or one whose trust policy does not let the identity in."""
    return ApiRefusal(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )


def _default(pool: IdentityPool, kind: str) -> str:
    if kind not in pool.roles:
        raise bad_configuration()
    return pool.roles[kind]


def _by_token(_: Mapping[str, Any], claims: Mapping[str, Any], roles: list[str]) -> str | None:
    preferred = claims.get("cognito:preferred_role")
    if preferred:
        return str(preferred)
    return roles[0] if len(roles) == 1 else None


def _by_rules(mapping: Mapping[str, Any], claims: Mapping[str, Any], _: list[str]) -> str | None:
    for rule in mapping["RulesConfiguration"]["Rules"]:
        claim = claims.get(rule["Claim"])
        if claim is None:
            continue
        text = ",".join(map(str, claim)) if isinstance(claim, list) else _text(claim)
        if MATCHES[rule["MatchType"]](text, rule["Value"]):
            return str(rule["RoleARN"])
    return None


def _text(claim: object) -> str:
    return str(claim).lower() if isinstance(claim, bool) else str(claim)


_KINDS = {"Token": _by_token, "Rules": _by_rules}
