"""Parameter policies: an advanced parameter can be told when to go.

Source: AWS Systems Manager User Guide, "Assigning parameter policies in Parameter Store". The
policies that only notify need an event that nobody sends here, and are refused.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from archlib.errors import Unsupported
from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import refusals

_NOTIFYING = ("ExpirationNotification", "NoChangeNotification")


def expiration(text: str | None, tier: str) -> float | None:
    """The epoch second at which the parameter expires, None if it does not.

    Raises ValidationException for a standard parameter, InvalidPolicyTypeException,
    InvalidPolicyAttributeException, IncompatiblePolicyException.
    """
    found = _read(text)
    if found and tier != "Advanced":
        raise refusals.invalid(
            "Parameter policies are only supported for the advanced-parameter tier."
        )
    ends: list[float] = []
    for policy in found:
        kind = policy.get("Type") if isinstance(policy, dict) else None
        if kind in _NOTIFYING:
            raise Unsupported(
                f"the parameter policy {kind} is not imitated", where="ssm:PutParameter Policies"
            )
        if kind != "Expiration":
            raise ApiRefusal(
                "InvalidPolicyTypeException",
                f"The policy type isn't supported: {kind}. Parameter Store supports the following "
                "policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
            )
        ends.append(_instant(policy))
    if len(ends) > 1:
        raise ApiRefusal(
            "IncompatiblePolicyException",
            "You can't specify two Expiration policies for a parameter.",
        )
    return ends[0] if ends else None


def _read(text: str | None) -> list[Any]:
    if not text:
        return []
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise ApiRefusal("InvalidPolicyTypeException", "Policies must be a JSON array.")
    return found


def _instant(policy: dict[str, Any]) -> float:
    try:
        return datetime.fromisoformat(policy["Attributes"]["Timestamp"]).timestamp()
    except (KeyError, TypeError, ValueError):
        raise ApiRefusal(
            "InvalidPolicyAttributeException",
            "The attribute Timestamp of an Expiration policy must be an ISO 8601 instant.",
        ) from None
