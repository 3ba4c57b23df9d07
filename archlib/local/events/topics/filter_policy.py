"""Filter policies of subscriptions.

AWS: Amazon SNS Developer Guide, "Amazon SNS subscription filter policies", "Filter policy
constraints in Amazon SNS", "String value matching", "Numeric value matching".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archlib.local.events.operators import OPERATORS, PatternError
from archlib.local.events.pattern import Dialect, Pattern, compile_pattern
from archlib.local.refusal import ApiRefusal

SNS = Dialect("SNS filter policies", frozenset(OPERATORS), numbers_as_written=False)

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"

#: "A filter policy can have a maximum of five attribute names", "150 combinations of values",
#: 256 KB of text.
MOST_KEYS = 5
MOST_COMBINATIONS = 150


def check(text: str, scope: str) -> None:
    """Refuse a filter policy as SNS does; raises :class:`ApiRefusal` ``InvalidParameter``."""
    try:
        document = json.loads(text)
    except ValueError:
        raise _invalid("failed to parse JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("failed to parse JSON.")
    if not document:
        return
    if len(document) > MOST_KEYS:
        raise _invalid("Filter policy can not have more than 5 keys")
    if scope == ATTRIBUTES and any(isinstance(value, dict) for value in document.values()):
        raise ApiRefusal(
            "InvalidParameter",
            "Invalid parameter: Filter policy scope MessageAttributes does not support nested "
            "filter policy",
        )
    if _combinations(document, 1) > MOST_COMBINATIONS:
        raise _invalid("Filter policy is too complex")
    try:
        compile_pattern(text, SNS)
    except PatternError as error:
        raise _invalid(str(error)) from None


def matches(text: str, scope: str, body: str, attributes: Mapping[str, Any]) -> bool:
    """Whether a message passes a subscription's filter policy.

    ``attributes`` are in the form of a notification: ``{"Type": …, "Value": …}``.
    """
    if text in ("", "{}"):
        return True
    pattern: Pattern = compile_pattern(text, SNS)
    if scope == BODY:
        try:
            document = json.loads(body)
        except ValueError:
            return False
        return isinstance(document, dict) and pattern.matches(document)
    return pattern.matches({name: _value(one) for name, one in attributes.items()})


def _value(attribute: Mapping[str, Any]) -> Any:
    """An attribute as a JSON value; a binary one only exists."""
    kind, value = attribute["Type"], attribute["Value"]
    if kind.startswith("Number"):
        try:
            return json.loads(str(value))
        except ValueError:
            return value
    if kind == "String.Array":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return {} if kind.startswith("Binary") else value


def _combinations(document: Mapping[str, Any], depth: int) -> int:
    total = 1
    for name, value in document.items():
        if isinstance(value, dict):
            total *= _combinations(value, depth + 1)
        elif name == "$or" and isinstance(value, list):
            total *= sum(_combinations(one, depth) for one in value if isinstance(one, dict))
        elif isinstance(value, list):
            total *= max(len(value), 1) * depth
    return total


def _invalid(reason: str) -> ApiRefusal:
    return ApiRefusal("InvalidParameter", f"Invalid parameter: FilterPolicy: {reason}")
