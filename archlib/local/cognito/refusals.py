"""Cognito's refusals, with the texts that its clients match on.

AWS documents the codes (user pools API reference, "Common Errors" of each operation) but not
the texts; these are the ones that real pools answer with.
"""

from __future__ import annotations

from archlib.local.refusal import ApiRefusal


def no_such_pool(pool_id: str) -> ApiRefusal:
    """The pool's id is unknown in this region."""
    return ApiRefusal("ResourceNotFoundException", f"User pool {pool_id} does not exist.")


def no_such_client(client_id: str) -> ApiRefusal:
    """The client's id is unknown in this region, or to this pool."""
    return ApiRefusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")


def no_such_user() -> ApiRefusal:
    """Told to administrators, and to clients with PreventUserExistenceErrors LEGACY."""
    return ApiRefusal("UserNotFoundException", "User does not exist.")


def bad_credentials() -> ApiRefusal:
    """Wrong password, or a user that must not be known to be missing."""
    return ApiRefusal("NotAuthorizedException", "Incorrect username or password.")


def bad_code() -> ApiRefusal:
    """The code is not the one that was sent."""
    return ApiRefusal(
        "CodeMismatchException", "Invalid verification code provided, please try again."
    )


def expired_code() -> ApiRefusal:
    """The code is too old, already used, or none was sent."""
    return ApiRefusal("ExpiredCodeException", "Invalid code provided, please request a code again.")


def too_many_attempts() -> ApiRefusal:
    """A per-user hourly quota is used up."""
    return ApiRefusal(
        "LimitExceededException", "Attempt limit exceeded, please try after some time."
    )


def unauthorized(message: str) -> ApiRefusal:
    """A NotAuthorizedException with this text."""
    return ApiRefusal("NotAuthorizedException", message)


def invalid(message: str) -> ApiRefusal:
    """An InvalidParameterException with this text."""
    return ApiRefusal("InvalidParameterException", message)
