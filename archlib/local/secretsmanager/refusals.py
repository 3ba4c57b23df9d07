"""How Secrets Manager says no.

Sources: AWS Secrets Manager API Reference, the errors of each operation; the wording as its
clients see it.
"""

from __future__ import annotations

from archlib.local.refusal import ApiRefusal


def no_secret() -> ApiRefusal:
    """A secret that is not there."""
    return ApiRefusal(
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
    )


def no_value(what: str) -> ApiRefusal:
    """A version without a value, or none at all: ``staging label: AWSCURRENT``."""
    return ApiRefusal(
        "ResourceNotFoundException",
        f"Secrets Manager can't find the specified secret value for {what}",
    )


def marked() -> ApiRefusal:
    """A secret that is scheduled for deletion."""
    return request(
        "You can't perform this operation on the secret because it was marked for deletion."
    )


def request(message: str) -> ApiRefusal:
    """A request that does not fit the state of the secret."""
    return ApiRefusal("InvalidRequestException", message)


def parameter(message: str) -> ApiRefusal:
    """A parameter that is not valid."""
    return ApiRefusal("InvalidParameterException", message)


def exists(message: str) -> ApiRefusal:
    """Something of that name is there already."""
    return ApiRefusal("ResourceExistsException", message)


def token_used(token: str, arn: str) -> ApiRefusal:
    """A client request token that stands for another value."""
    return exists(
        f"You can't use ClientRequestToken {token} because that value is already in use for a "
        f"version of secret {arn}."
    )


def limit(message: str) -> ApiRefusal:
    """A quota that is used up."""
    return ApiRefusal("LimitExceededException", message)
