"""Sign-in: flows, challenges, tokens. Every proof is really checked.

AWS, "Authentication flows", API references of InitiateAuth and RespondToAuthChallenge. A
sign-in that USER_SRP_AUTH begins has no Session: its state hangs on the SECRET_BLOCK.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.cognito import refusals, srp
from archlib.local.cognito.app_clients import allows, check_secret_hash
from archlib.local.cognito.attempt import Attempt, before, deadline, judge, opaque, prune
from archlib.local.cognito.challenges import ANSWERS, passed
from archlib.local.cognito.directory import AppClient, Directory, Session, UserPool
from archlib.local.cognito.grants import refreshed


def _with_password(attempt: Attempt) -> Result:
    password = attempt.parameter("PASSWORD")
    user = attempt.user()
    if user is None:
        raise refusals.bad_credentials()
    before(attempt, user)
    identity = attempt.pool.identity(user.username)
    judge(attempt, user, user.verifier is not None and user.verifier.matches(identity, password))
    return passed(attempt, user)


def _with_srp(attempt: Attempt) -> Result:
    try:
        client_public = int(attempt.parameter("SRP_A"), 16)
    except ValueError:
        raise refusals.invalid("SRP_A is not a hexadecimal number.") from None
    user = attempt.user()
    if user is None:
        username, stored = _simulated(attempt.pool, attempt.parameters["USERNAME"])
    else:
        before(attempt, user)
        if user.verifier is None:
            raise refusals.bad_credentials()
        username, stored = user.username, user.verifier
    private = int(attempt.directory.cloud.new_id("cognito-srp", 64, "0123456789abcdef"), 16)
    try:
        exchange = srp.begin(stored, client_public, private)
    except ValueError:
        raise refusals.bad_credentials() from None
    block = base64.b64encode(opaque(attempt.directory, 180).encode()).decode()
    prune(attempt)
    attempt.pool.sessions[block] = Session(
        user.username if user else None,
        attempt.client.id,
        "PASSWORD_VERIFIER",
        deadline(attempt),
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
