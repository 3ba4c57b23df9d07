"""Sign-in: flows, challenges, tokens. Every proof is really checked.

AWS, "Authentication flows", API references of InitiateAuth and RespondToAuthChallenge. A
sign-in that USER_SRP_AUTH begins has no Session: its state hangs on the SECRET_BLOCK.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.cognito import passwords, refusals, schema, srp, tokens, triggers
from archlib.local.cognito.app_clients import allows, check_secret_hash
from archlib.local.cognito.directory import (
    AppClient,
    Directory,
    Grant,
    Session,
    User,
    UserPool,
)
from archlib.local.refusal import ApiRefusal

_OPAQUE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TIMESTAMP = re.compile(
    "(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"([1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d [A-Z]{1,5} \d{4}"
)


@dataclass(frozen=True)
class Attempt:
    """One call of a sign-in operation: where, by which client, with which parameters."""

    directory: Directory
    pool: UserPool
    client: AppClient
    parameters: Mapping[str, str]
    metadata: Mapping[str, str]
    session: str | None = None

    def parameter(self, name: str) -> str:
        """A parameter that must be there; raises InvalidParameterException."""
        value = self.parameters.get(name)
        if not value:
            raise refusals.invalid(f"Missing required parameter {name}")
        return value

    @property
    def hides_users(self) -> bool:
        """Whether a missing user must look like a wrong password."""
        return bool(self.client.settings["PreventUserExistenceErrors"] == "ENABLED")

    def user(self) -> User | None:
        """The user of USERNAME, its SECRET_HASH checked; None for a missing, hidden one."""
        name = self.parameter("USERNAME")
        user = self.pool.find(name)
        names = (name, user.username) if user else (name,)
        check_secret_hash(self.client, names, self.parameters.get("SECRET_HASH"))
        if user is None and not self.hides_users:
            raise refusals.no_such_user()
        return user


def _with_password(attempt: Attempt) -> Result:
    password = attempt.parameter("PASSWORD")
    user = attempt.user()
    if user is None:
        raise refusals.bad_credentials()
    _before(attempt, user)
    identity = attempt.pool.identity(user.username)
    _judge(attempt, user, user.verifier is not None and user.verifier.matches(identity, password))
    return _passed(attempt, user)


def _with_srp(attempt: Attempt) -> Result:
    try:
        client_public = int(attempt.parameter("SRP_A"), 16)
    except ValueError:
        raise refusals.invalid("SRP_A is not a hexadecimal number.") from None
    user = attempt.user()
    if user is None:
        username, stored = _simulated(attempt.pool, attempt.parameters["USERNAME"])
    else:
        _before(attempt, user)
        if user.verifier is None:
            raise refusals.bad_credentials()
        username, stored = user.username, user.verifier
    private = int(attempt.directory.cloud.new_id("cognito-srp", 64, "0123456789abcdef"), 16)
    try:
        exchange = srp.begin(stored, client_public, private)
    except ValueError:
        raise refusals.bad_credentials() from None
    block = base64.b64encode(_opaque(attempt.directory, 180).encode()).decode()
    _prune(attempt)
    attempt.pool.sessions[block] = Session(
        user.username if user else None,
        attempt.client.id,
        "PASSWORD_VERIFIER",
        _deadline(attempt),
        exchange,
        attempt.pool.identity(username),
    )
    return {
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "SALT": f"{stored.salt:x}",
            "SECRET_BLOCK": block,
            "SRP_B": f"{exchange.public:x}",
            "USERNAME": username,
            "USER_ID_FOR_SRP": username,
        },
    }


def _with_refresh_token(attempt: Attempt) -> Result:
    token = attempt.parameter("REFRESH_TOKEN")
    pool = attempt.pool
    grant = pool.grants.get(token)
    user = pool.users.get(grant.username) if grant else None
    if attempt.client.secret is not None or attempt.parameters.get("SECRET_HASH"):
        names = (user.username, user.sub) if user else ("",)
        check_secret_hash(attempt.client, names, attempt.parameters.get("SECRET_HASH"))
    return refreshed(attempt.directory, pool, attempt.client, token, attempt.metadata)


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


def _custom(attempt: Attempt) -> Result:
    raise Unsupported(
        "the local Cognito does not imitate CUSTOM_AUTH",
        where=f"client {attempt.client.id} of {attempt.pool.id}",
    )


@dataclass(frozen=True)
class Flow:
    """How a sign-in begins, what the client must allow, and what is said when it does not."""

    begin: Callable[[Attempt], Result]
    allowed_by: str
    refusal: str


_NOT_ENABLED = "Auth flow not enabled for this client"
_SRP = Flow(_with_srp, "ALLOW_USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client.")
_REFRESH = Flow(_with_refresh_token, "ALLOW_REFRESH_TOKEN_AUTH", _NOT_ENABLED)
_CUSTOM = Flow(_custom, "ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client.")
_ADMIN = Flow(_with_password, "ALLOW_ADMIN_USER_PASSWORD_AUTH", _NOT_ENABLED)
_SHARED = {
    "USER_SRP_AUTH": _SRP,
    "REFRESH_TOKEN_AUTH": _REFRESH,
    "REFRESH_TOKEN": _REFRESH,
    "CUSTOM_AUTH": _CUSTOM,
}

#: Operation -> flow name -> flow; a flow not listed is "not supported" there, as on AWS.
FLOWS: Mapping[str, Mapping[str, Flow]] = {
    "InitiateAuth": {
        **_SHARED,
        "USER_PASSWORD_AUTH": Flow(
            _with_password,
            "ALLOW_USER_PASSWORD_AUTH",
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
    },
    "AdminInitiateAuth": {
        **_SHARED,
        "ADMIN_USER_PASSWORD_AUTH": _ADMIN,
        "ADMIN_NO_SRP_AUTH": _ADMIN,
    },
}


def initiate(directory: Directory, call: ApiCall) -> Result:
    """InitiateAuth and AdminInitiateAuth."""
    pool, client = _place(directory, call)
    parameters = call.params.get("AuthParameters", {})
    attempt = Attempt(directory, pool, client, parameters, call.params.get("ClientMetadata", {}))
    flow = FLOWS[call.operation].get(call.params["AuthFlow"])
    if flow is None:
        raise refusals.invalid("Initiate Auth method not supported.")
    if not allows(client, flow.allowed_by):
        raise refusals.invalid(flow.refusal)
    return flow.begin(attempt)


def _answer_password_verifier(attempt: Attempt) -> Result:
    block = attempt.parameter("PASSWORD_CLAIM_SECRET_BLOCK")
    signature = attempt.parameter("PASSWORD_CLAIM_SIGNATURE")
    timestamp = attempt.parameter("TIMESTAMP")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise refusals.invalid("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    attempt.user()
    session = _take(attempt, block, "PASSWORD_VERIFIER")
    user = attempt.pool.users.get(session.username or "")
    if user is None or session.exchange is None:
        raise refusals.bad_credentials()
    _check_state(attempt, user)
    try:
        proof = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        proof = b""
    secret_block = base64.b64decode(block)
    # A password changed since the first step makes the old exchange worthless.
    current = session.exchange.verifier == user.verifier
    proven = session.exchange.proves(session.identity, secret_block, timestamp, proof)
    _judge(attempt, user, current and proven)
    return _passed(attempt, user)


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
    _take(attempt, attempt.session, "NEW_PASSWORD_REQUIRED")
    passwords.store(attempt.directory, attempt.pool, user, password)
    user.attributes.update(changes)
    user.status = "CONFIRMED"
    return _tokens(attempt, user, "NewPasswordChallenge")


ANSWERS: Mapping[str, Callable[[Attempt], Result]] = {
    "PASSWORD_VERIFIER": _answer_password_verifier,
    "NEW_PASSWORD_REQUIRED": _answer_new_password,
}


def respond(directory: Directory, call: ApiCall) -> Result:
    """RespondToAuthChallenge and AdminRespondToAuthChallenge."""
    pool, client = _place(directory, call)
    name = call.params["ChallengeName"]
    if name not in ANSWERS:
        raise Unsupported(
            f"the local Cognito does not imitate the challenge {name}", where=f"pool {pool.id}"
        )
    attempt = Attempt(
        directory, pool, client, call.params.get("ChallengeResponses", {}),
        call.params.get("ClientMetadata", {}), call.params.get("Session"),
    )  # fmt: skip
    return ANSWERS[name](attempt)


def _place(directory: Directory, call: ApiCall) -> tuple[UserPool, AppClient]:
    if "UserPoolId" not in call.params:
        return directory.public(call)
    pool = directory.administered(call)
    client = pool.clients.get(call.params["ClientId"])
    if client is None:
        raise refusals.no_such_client(call.params["ClientId"])
    return pool, client


def _before(attempt: Attempt, user: User) -> None:
    triggers.fire(
        attempt.directory, attempt.pool, "PreAuthentication", "PreAuthentication_Authentication",
        user.username, {**user.attributes, "cognito:user_status": user.status},
        attempt.client.id, {"validationData": dict(attempt.metadata)}, {},
    )  # fmt: skip
    _check_state(attempt, user)


def _check_state(attempt: Attempt, user: User) -> None:
    if not user.enabled:
        raise refusals.unauthorized("User is disabled.")
    if user.lockout.locked(attempt.directory.now()):
        raise refusals.unauthorized("Password attempts exceeded")
    if user.status == "RESET_REQUIRED":
        raise ApiRefusal("PasswordResetRequiredException", "Password reset required for the user")


def _judge(attempt: Attempt, user: User, proven: bool) -> None:
    if not proven:
        user.lockout.failed(attempt.directory.now())
        raise refusals.bad_credentials()
    user.lockout.succeeded()
    if user.status == "UNCONFIRMED":
        raise ApiRefusal("UserNotConfirmedException", "User is not confirmed.")
    expiry = user.temporary_until
    if expiry is not None and attempt.directory.now() >= expiry:
        raise refusals.unauthorized(
            "Temporary password has expired and must be reset by an administrator."
        )


def _passed(attempt: Attempt, user: User) -> Result:
    """The password is right: tokens, or the demand for a new password."""
    if user.status != "FORCE_CHANGE_PASSWORD":
        return _tokens(attempt, user, "Authentication")
    session = _opaque(attempt.directory, 160)
    _prune(attempt)
    attempt.pool.sessions[session] = Session(
        user.username, attempt.client.id, "NEW_PASSWORD_REQUIRED", _deadline(attempt)
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


def _tokens(attempt: Attempt, user: User, source: str) -> Result:
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


def _refresh_token(directory: Directory) -> str:
    """An opaque text shaped like the encrypted JWT that Cognito hands out."""
    header = '{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    parts = [base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")]
    parts += [_opaque(directory, length) for length in (171, 16, 240, 22)]
    return ".".join(parts)


def _opaque(directory: Directory, length: int) -> str:
    return directory.cloud.new_id("cognito-opaque", length, _OPAQUE)


def _deadline(attempt: Attempt) -> float:
    return float(attempt.directory.now() + 60 * attempt.client.settings["AuthSessionValidity"])


def _prune(attempt: Attempt) -> None:
    """Forget challenges that nobody answered within a day of their deadline."""
    limit = attempt.directory.now() - 86400.0
    sessions = attempt.pool.sessions
    for key in [key for key, session in sessions.items() if session.expires < limit]:
        del sessions[key]


def _take(attempt: Attempt, key: str, challenge: str) -> Session:
    """Use a challenge up; raises NotAuthorizedException for a used, foreign or late one."""
    session = attempt.pool.sessions.pop(key, None)
    if session is None or session.challenge != challenge or session.client_id != attempt.client.id:
        raise refusals.unauthorized("Invalid session for the user.")
    if attempt.directory.now() >= session.expires:
        raise refusals.unauthorized("Invalid session for the user, session is expired.")
    return session


def _simulated(pool: UserPool, name: str) -> tuple[str, srp.Verifier]:
    """The name and verifier of a user that does not exist, the same at every attempt.

    AWS, "Managing user existence error responses": the same salt and internal user id, in
    UUID form, for the same user name and pool.
    """
    digest = hashlib.sha256(f"{pool.id}\0{pool.folded(name)}".encode()).hexdigest()
    username = "-".join(
        (digest[:8], digest[8:12], f"4{digest[13:16]}", f"8{digest[17:20]}", digest[20:32])
    )
    return username, srp.verifier(pool.identity(username), digest, int(digest[32:], 16))


OPERATIONS = {
    "InitiateAuth": initiate,
    "AdminInitiateAuth": initiate,
    "RespondToAuthChallenge": respond,
    "AdminRespondToAuthChallenge": respond,
}
