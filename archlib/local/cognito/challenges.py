"""Challenges: what Cognito demands in the middle of a sign-in, and the answers to it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping

from archlib.local.api import Result
from archlib.local.cognito import passwords, refusals, schema
from archlib.local.cognito.attempt import (
    Attempt,
    check_state,
    deadline,
    judge,
    opaque,
    prune,
    take,
)
from archlib.local.cognito.directory import Session, User, UserPool
from archlib.local.cognito.grants import granted
from archlib.local.refusal import ApiRefusal

_TIMESTAMP = re.compile(
    "(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"([1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d [A-Z]{1,5} \d{4}"
)


def passed(attempt: Attempt, user: User) -> Result:
    """The password is right: tokens, or the demand for a new password."""
    if user.status != "FORCE_CHANGE_PASSWORD":
        return granted(attempt, user, "Authentication")
    session = opaque(attempt.directory, 160)
    prune(attempt)
    attempt.pool.sessions[session] = Session(
        user.username, attempt.client.id, "NEW_PASSWORD_REQUIRED", deadline(attempt)
    )
    missing = [f"userAttributes.{name}" for name in _missing(attempt.pool, user)]
    shown = {name: value for name, value in user.attributes.items() if name != "sub"}
    return {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": session,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": json.dumps(missing),
            "userAttributes": json.dumps(shown),
        },
    }


def _missing(pool: UserPool, user: User) -> list[str]:
    return [
        entry["Name"]
        for entry in pool.settings["SchemaAttributes"]
        if entry["Required"] and not user.attributes.get(entry["Name"])
    ]


def _answer_password_verifier(attempt: Attempt) -> Result:
    block = attempt.parameter("PASSWORD_CLAIM_SECRET_BLOCK")
    signature = attempt.parameter("PASSWORD_CLAIM_SIGNATURE")
    timestamp = attempt.parameter("TIMESTAMP")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise refusals.invalid("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    attempt.user()
    session = take(attempt, block, "PASSWORD_VERIFIER")
    user = attempt.pool.users.get(session.username or "")
    if user is None or session.exchange is None:
        raise refusals.bad_credentials()
    check_state(attempt, user)
    try:
        proof = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        proof = b""
    secret_block = base64.b64decode(block)
    # A password changed since the first step makes the old exchange worthless.
    current = session.exchange.verifier == user.verifier
    proven = session.exchange.proves(session.identity, secret_block, timestamp, proof)
    judge(attempt, user, current and proven)
    return passed(attempt, user)


def _answer_new_password(attempt: Attempt) -> Result:
    if attempt.session is None:
        raise refusals.invalid("Missing required parameter Session")
    password = attempt.parameter("NEW_PASSWORD")
    named = attempt.user()
    session = attempt.pool.sessions.get(attempt.session)
    user = attempt.pool.users.get((session.username if session else None) or "")
    if session is None or user is None or user is not named:
        raise ApiRefusal("CodeMismatchException", "Invalid session for the user.")
    prefix = "userAttributes."
    changes = {
        name.removeprefix(prefix): value
        for name, value in attempt.parameters.items()
        if name.startswith(prefix)
    }
    schema.check_writer(attempt.client, changes)
    schema.check(attempt.pool, changes, complete=False)
    missing = [n for n in _missing(attempt.pool, user) if not changes.get(n)]
    if missing:
        raise refusals.invalid(f"Invalid attributes given, {', '.join(missing)} is missing")
    passwords.check(attempt.pool, password)
    take(attempt, attempt.session, "NEW_PASSWORD_REQUIRED")
    passwords.store(attempt.directory, attempt.pool, user, password)
    user.attributes.update(changes)
    user.status = "CONFIRMED"
    return granted(attempt, user, "NewPasswordChallenge")


ANSWERS: Mapping[str, Callable[[Attempt], Result]] = {
    "PASSWORD_VERIFIER": _answer_password_verifier,
    "NEW_PASSWORD_REQUIRED": _answer_new_password,
}
