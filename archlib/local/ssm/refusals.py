"""How Parameter Store says no.

Sources: AWS Systems Manager API Reference, the errors of the parameter operations; AWS Systems
Manager User Guide, "Managing parameter tiers", "Working with parameter labels", "Working with
parameter versions in Parameter Store" (the wording).
"""

from __future__ import annotations

from archlib.local.refusal import ApiRefusal


def invalid(message: str) -> ApiRefusal:
    """A parameter of the request that cannot be meant."""
    return ApiRefusal("ValidationException", message)


def not_found() -> ApiRefusal:
    """A parameter that is not there; AWS says no more than that."""
    return ApiRefusal("ParameterNotFound", "")


def no_version(selector: str, name: str) -> ApiRefusal:
    """A version or label that a parameter does not have."""
    what = "version" if selector.isdecimal() else "label"
    return ApiRefusal(
        "ParameterVersionNotFound",
        f"Systems Manager could not find {what} {selector} of {name}. Verify the {what} and try "
        "again.",
    )
