"""What a finished sign-in hands out: a refresh token and what it is exchanged for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from archlib.local.api import Result
from archlib.local.cognito import refusals, tokens, triggers
from archlib.local.cognito.attempt import Attempt, opaque
from archlib.local.cognito.directory import AppClient, Directory, Grant, User, UserPool


def granted(attempt: Attempt, user: User, source: str) -> Result:
    """Tokens for a user who proved everything; ``source`` is PreTokenGeneration's."""
    directory, pool, client = attempt.directory, attempt.pool, attempt.client
    metadata = dict(attempt.metadata)
    triggers.fire(
        directory, pool, "PostAuthentication", "PostAuthentication_Authentication", user.username,
        {**user.attributes, "cognito:user_status": user.status}, client.id,
        {"newDeviceUsed": False, "clientMetadata": metadata}, {},
    )  # fmt: skip
    now = directory.now()
    grant = Grant(
        user.username, client.id, directory.cloud.new_uuid(), int(now),
        now + tokens.lifetime(client.settings, "RefreshToken"),
    )  # fmt: skip
    made: dict[str, Any] = tokens.mint(directory, pool, client, user, grant, source, metadata)
    refresh = _refresh_token(directory)
    pool.grants[refresh] = grant
    return {"ChallengeParameters": {}, "AuthenticationResult": {**made, "RefreshToken": refresh}}


def refreshed(
    directory: Directory,
    pool: UserPool,
    client: AppClient,
    token: str,
    metadata: Mapping[str, str],
) -> Result:
    """New ID and access tokens for a refresh token; raises NotAuthorizedException."""
    grant = pool.grants.get(token)
    user = pool.users.get(grant.username) if grant else None
    if grant is None or user is None or grant.client_id != client.id:
        raise refusals.unauthorized("Invalid Refresh Token")
    if grant.revoked:
        raise refusals.unauthorized("Refresh Token has been revoked")
    if directory.now() >= grant.expires:
        raise refusals.unauthorized("Refresh Token has expired")
    if not user.enabled:
        raise refusals.unauthorized("User is disabled.")
    fresh = tokens.mint(directory, pool, client, user, grant, "RefreshTokens", dict(metadata))
    return {"ChallengeParameters": {}, "AuthenticationResult": fresh}


def _refresh_token(directory: Directory) -> str:
    """An opaque text shaped like the encrypted JWT that Cognito hands out."""
    header = '{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    parts = [base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")]
    parts += [opaque(directory, length) for length in (171, 16, 240, 22)]
    return ".".join(parts)
