"""Verification codes: six digits from the cloud's seed, one use, an expiry, and quotas.

AWS, "Quotas in Amazon Cognito", sections on code validity (a confirmation or attribute code
24 hours, a forgotten-password code one hour) and on calls per user and hour.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.local.cognito import refusals

if TYPE_CHECKING:
    from archlib.local.cognito.directory import Directory, User

SIGN_UP = "sign-up"
RECOVERY = "forgot-password"

#: Seconds for which a code of a purpose is good; attribute codes have the default.
VALIDITY: Mapping[str, float] = {RECOVERY: 3600.0}
DEFAULT_VALIDITY = 24 * 3600.0

#: Calls that one user may make in any hour. For ForgotPassword AWS allows 5 to 20, by risk.
HOURLY_QUOTA: Mapping[str, int] = {
    "ConfirmSignUp": 15,
    "ConfirmForgotPassword": 15,
    "VerifyUserAttribute": 15,
    "ResendConfirmationCode": 5,
    "ForgotPassword": 5,
    "GetUserAttributeVerificationCode": 5,
    "ChangePassword": 5,
}


@dataclass(frozen=True)
class Code:
    """A code that was sent, for the value ``about`` (an address, so that a change voids it)."""

    digits: str
    expires: float
    about: str


def attribute_purpose(name: str) -> str:
    """The purpose of a code that verifies the attribute ``name``."""
    return f"attribute {name}"


def issue(directory: Directory, user: User, purpose: str, about: str) -> str:
    """A fresh code; an earlier one for the same purpose is void."""
    digits = directory.cloud.new_id("cognito-code", 6, "0123456789")
    lifetime = VALIDITY.get(purpose, DEFAULT_VALIDITY)
    user.codes[purpose] = Code(digits, directory.now() + lifetime, about)
    return digits


def redeem(directory: Directory, user: User, purpose: str, digits: str) -> Code:
    """Use a code up.

    Raises CodeMismatchException for a wrong one (it stays good for another try) and
    ExpiredCodeException for one too old, used, or never sent.
    """
    code = user.codes.get(purpose)
    if code is None or directory.now() >= code.expires:
        raise refusals.expired_code()
    if not hmac.compare_digest(code.digits.encode(), digits.encode()):
        raise refusals.bad_code()
    return user.codes.pop(purpose)


def count_call(directory: Directory, user: User, operation: str) -> None:
    """Count a call against the user's hourly quota; raises LimitExceededException."""
    now = directory.now()
    recent = [made for made in user.calls.get(operation, ()) if now - made < 3600.0]
    user.calls[operation] = recent
    if len(recent) >= HOURLY_QUOTA[operation]:
        raise refusals.too_many_attempts()
    recent.append(now)
