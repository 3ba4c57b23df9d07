"""How KMS says no.

Sources: AWS KMS API Reference, the errors of each operation; AWS Key Management Service Developer
Guide, "Key states of AWS KMS keys" (the wording of state errors).
"""

from __future__ import annotations

from archlib.local.refusal import ApiRefusal

UNREADABLE = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)


def no_key(arn: str) -> ApiRefusal:
    """A key that is not there."""
    return ApiRefusal("NotFoundException", f"Key '{arn}' does not exist")


def no_alias(arn: str) -> ApiRefusal:
    """An alias that is not there."""
    return ApiRefusal("NotFoundException", f"Alias {arn} is not found.")


def invalid_key_id(key_id: str) -> ApiRefusal:
    """Text that is no key id."""
    return ApiRefusal("NotFoundException", f"Invalid keyId '{key_id}'")


def invalid(message: str) -> ApiRefusal:
    """A parameter that cannot be meant."""
    return ApiRefusal("ValidationException", message)


def disabled(arn: str) -> ApiRefusal:
    """A key that is switched off."""
    return ApiRefusal("DisabledException", f"{arn} is disabled.")


def wrong_state(arn: str, what: str) -> ApiRefusal:
    """A key whose state forbids the operation: ``what`` is ``pending deletion``, for example."""
    return ApiRefusal("KMSInvalidStateException", f"{arn} is {what}.")


def wrong_usage(arn: str, usage: str, operation: str) -> ApiRefusal:
    """A key that is for something else."""
    return ApiRefusal(
        "InvalidKeyUsageException",
        f"{arn} key usage is {usage} which is not valid for {operation}.",
    )


def wrong_algorithm(algorithm: str, spec: str) -> ApiRefusal:
    """An algorithm that is none of the key's."""
    return ApiRefusal(
        "InvalidKeyUsageException",
        f"Algorithm {algorithm} and key spec {spec} are incompatible.",
    )


def unsupported_on(arn: str, why: str) -> ApiRefusal:
    """An operation that this kind of key does not have."""
    return ApiRefusal("UnsupportedOperationException", f"{arn} {why}")


def bad_ciphertext() -> ApiRefusal:
    """Ciphertext or encryption context that is not the one; KMS does not say which."""
    return ApiRefusal("InvalidCiphertextException", "")


def incorrect_key() -> ApiRefusal:
    """A ciphertext of another key."""
    return ApiRefusal(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )


def not_for_managed(arn: str) -> ApiRefusal:
    """What nobody but AWS may do to an AWS managed key."""
    return ApiRefusal(
        "AccessDeniedException",
        f"{arn} is an AWS managed key: you cannot manage it or change its policy.",
    )
