"""Password policy and password storage.

AWS, "Adding user pool password requirements": the five rules, their default of eight
characters of all four kinds, and what counts as a symbol (a blank does, if not at an end).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.cognito import srp
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cognito.directory import Directory, User, UserPool

SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
LONGEST = 256

#: What CreateUserPool assumes for members of PasswordPolicy that are not given.
DEFAULT_POLICY: Mapping[str, Any] = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}


def _symbol(password: str) -> bool:
    return any(c in SYMBOLS for c in password) or " " in password.strip()


#: Policy member, whether a password has it, and AWS's words when it has not, in AWS's order.
_RULES: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("RequireLowercase", lambda p: any("a" <= c <= "z" for c in p), "lowercase"),
    ("RequireUppercase", lambda p: any("A" <= c <= "Z" for c in p), "uppercase"),
    ("RequireNumbers", lambda p: any("0" <= c <= "9" for c in p), "numeric"),
    ("RequireSymbols", _symbol, "symbol"),
)


def check(pool: UserPool, password: str) -> None:
    """Raises InvalidPasswordException with the first rule that ``password`` breaks."""
    policy = pool.settings["Policies"]["PasswordPolicy"]
    if len(password) < policy["MinimumLength"]:
        raise _refused("Password not long enough")
    if len(password) > LONGEST:
        raise _refused("Password too long")
    for member, holds, kind in _RULES:
        if policy[member] and not holds(password):
            raise _refused(f"Password must have {kind} characters")


def _refused(reason: str) -> ApiRefusal:
    return ApiRefusal("InvalidPasswordException", f"Password did not conform with policy: {reason}")


def store(
    directory: Directory, pool: UserPool, user: User, password: str, *, temporary: bool = False
) -> None:
    """Check a new password against policy and history, and keep its verifier.

    Raises InvalidPasswordException, or PasswordHistoryPolicyViolationException when the
    policy's PasswordHistorySize is set and the password is one of the user's last ones.
    """
    check(pool, password)
    remembered = pool.settings["Policies"]["PasswordPolicy"].get("PasswordHistorySize", 0)
    identity = pool.identity(user.username)
    recent = [*user.past_verifiers, *([user.verifier] if user.verifier else [])][-remembered:]
    if remembered and any(old.matches(identity, password) for old in recent):
        raise ApiRefusal(
            "PasswordHistoryPolicyViolationException",
            "Password has previously been used. Please choose a different password.",
        )
    if user.verifier is not None:
        user.past_verifiers = [*user.past_verifiers, user.verifier][-24:]
    salt = int(directory.cloud.new_id("cognito-salt", 32, "0123456789abcdef"), 16)
    user.verifier = srp.verifier(identity, password, salt)
    user.modified = directory.now()
    user.temporary_until = None
    if temporary:
        config = pool.settings["AdminCreateUserConfig"]
        days = pool.settings["Policies"]["PasswordPolicy"].get(
            "TemporaryPasswordValidityDays", config.get("UnusedAccountValidityDays", 7)
        )
        user.temporary_until = directory.now() + days * 86400.0


def temporary(directory: Directory, pool: UserPool) -> str:
    """A password that meets the policy, as AdminCreateUser makes when none is given."""
    length = max(8, pool.settings["Policies"]["PasswordPolicy"]["MinimumLength"])
    new = directory.cloud.new_id
    start = (
        new("cognito-password", 1, "abcdefghijkmnpqrstuvwxyz")
        + new("cognito-password", 1, "ABCDEFGHJKLMNPQRSTUVWXYZ")
        + new("cognito-password", 1, "23456789")
        + new("cognito-password", 1, "!@#%&*?-_")
    )
    return start + new("cognito-password", length - 4, "abcdefghijkmnpqrstuvwxyz23456789")
