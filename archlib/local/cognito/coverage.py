"""What the Cognito plane honours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.cognito.settings import CLIENT, IDENTITY_POOL, POOL


def _settings(table: Mapping[str, frozenset[Any] | None]) -> tuple[str, ...]:
    return tuple(
        path if allowed is None else f"{path} = {' or '.join(sorted(map(str, allowed)))}"
        for path, allowed in table.items()
    )


COVERAGE = coverage(
    "Amazon Cognito",
    honours("Sign-up, confirmation, recovery", "with codes that arrive in the outbox, expire, and "
            "are limited in number"),
    honours("Sign-in by password and by SRP", "every proof checked; lockout after failures"),
    honours("Refresh, revocation, global sign-out"),
    honours("Tokens", "RS256 with keys of each pool's own, AWS's claims, configured lifetimes, "
            "JWKS over HTTPS"),
    honours("App clients", "secrets and secret hashes, allowed flows, attribute permissions, "
            "hidden user existence"),
    honours("Password policies, required and custom attributes, aliases, e-mail as user name"),
    honours("Users made by administrators, temporary passwords, new-password challenge"),
    honours("Groups", "with roles and precedence, in the tokens"),
    honours("Lambda triggers", "those listed below"),
    honours("Identity pools", "enhanced and basic flow, guests with their scope-down policy, role "
            "mappings by rule and token"),
    honours("Credentials", "of STS by the role's trust policy; they expire and carry "
            "cognito-identity.amazonaws.com:sub, :aud and :amr"),
    refuses("Settings and values that are not listed below", "when a pool or client is made"),
    refuses("MFA, custom authentication, passkeys, hosted UI and OAuth, other identity providers, "
            "developer identities"),
    refuses("Cognito's API over HTTP", "it is reached through botocore; its JWKS by any client"),
    differs("Signing keys", "deterministic, and so no secret"),
    listings={
        "User pool settings": _settings(POOL),
        "App client settings": _settings(CLIENT),
        "Identity pool settings": _settings(IDENTITY_POOL),
    },
)  # fmt: skip
