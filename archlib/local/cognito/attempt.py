"""One call of a sign-in operation, and the checks that every flow shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archlib.local.cognito import refusals, triggers
from archlib.local.cognito.app_clients import check_secret_hash
from archlib.local.cognito.directory import AppClient, Directory, Session, User, UserPool
from archlib.local.refusal import ApiRefusal

_OPAQUE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


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


def before(attempt: Attempt, user: User) -> None:
    """The PreAuthentication trigger, then :func:`check_state`."""
    triggers.fire(
        attempt.directory, attempt.pool, "PreAuthentication", "PreAuthentication_Authentication",
        user.username, {**user.attributes, "cognito:user_status": user.status},
        attempt.client.id, {"validationData": dict(attempt.metadata)}, {},
    )  # fmt: skip
    check_state(attempt, user)


def check_state(attempt: Attempt, user: User) -> None:
    """Raises what disabled, locked-out and reset users hear, whatever they prove."""
    if not user.enabled:
        raise refusals.unauthorized("User is disabled.")
    if user.lockout.locked(attempt.directory.now()):
        raise refusals.unauthorized("Password attempts exceeded")
    if user.status == "RESET_REQUIRED":
        raise ApiRefusal("PasswordResetRequiredException", "Password reset required for the user")


def judge(attempt: Attempt, user: User, proven: bool) -> None:
    """Count a failed proof, or forget failures and look at what only the owner may hear."""
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


def opaque(directory: Directory, length: int) -> str:
    """A text from the cloud's seed that means something to Cognito only."""
    return directory.cloud.new_id("cognito-opaque", length, _OPAQUE)


def deadline(attempt: Attempt) -> float:
    """When a challenge begun now runs out (AuthSessionValidity, in minutes)."""
    return float(attempt.directory.now() + 60 * attempt.client.settings["AuthSessionValidity"])


def prune(attempt: Attempt) -> None:
    """Forget challenges that nobody answered within a day of their deadline."""
    limit = attempt.directory.now() - 86400.0
    sessions = attempt.pool.sessions
    for key in [key for key, session in sessions.items() if session.expires < limit]:
        del sessions[key]


def take(attempt: Attempt, key: str, challenge: str) -> Session:
    """Use a challenge up; raises NotAuthorizedException for a used, foreign or late one."""
    session = attempt.pool.sessions.pop(key, None)
    if session is None or session.challenge != challenge or session.client_id != attempt.client.id:
        raise refusals.unauthorized("Invalid session for the user.")
    if attempt.directory.now() >= session.expires:
        raise refusals.unauthorized("Invalid session for the user, session is expired.")
    return session
