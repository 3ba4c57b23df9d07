"""What the condition of a Query may be: one comparison with values for each part of the key.

Source: Amazon DynamoDB Developer Guide, "Key condition expressions for the Query operation in
DynamoDB".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from archlib.local.dynamodb.expressions.conditions import parse_condition
from archlib.local.dynamodb.expressions.placeholders import (
    Placeholders,
    Resolved,
    invalid,
    type_of,
)
from archlib.local.dynamodb.expressions.tree import (
    Call,
    Comparison,
    Condition,
    Logical,
    Path,
    Value,
)

_OPERATORS: Final = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with", "AND"})
#: A comparator as it reads from the other side.
_TURNED: Final = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: With these the key must be written first; a comparator may be turned round.
_KEY_FIRST: Final = frozenset({"BETWEEN", "begins_with"})


def check_key_condition(condition: Condition, placeholders: Placeholders) -> None:
    """Refuse what is a condition but none on keys; raises :class:`ApiRefusal`."""
    seen: set[Resolved] = set()
    for leaf in _parts(condition):
        key = _key(leaf, placeholders)
        if key in seen:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        seen.add(key)


def _parts(condition: Condition) -> Iterator[Comparison | Call]:
    name = condition.name if isinstance(condition, Call) else condition.operator
    if name not in _OPERATORS:
        raise invalid(f"Invalid operator used in KeyConditionExpression: {name}")
    if isinstance(condition, Logical):
        for inner in condition.conditions:
            yield from _parts(inner)
    else:
        yield condition


def _key(leaf: Comparison | Call, placeholders: Placeholders) -> Resolved:
    name = leaf.name if isinstance(leaf, Call) else leaf.operator
    if any(isinstance(operand, Call) for operand in leaf.operands):
        raise invalid("KeyConditionExpressions cannot contain nested operations")
    prefix = "Invalid condition in KeyConditionExpression: "
    paths = [operand for operand in leaf.operands if isinstance(operand, Path)]
    if name in _KEY_FIRST and not isinstance(leaf.operands[0], Path):
        raise invalid(f"{prefix}{name} operator must have the key attribute as its first operand")
    if not paths:
        raise invalid(f"{prefix}No key attribute specified")
    if len(paths) > 1:
        raise invalid(f"{prefix}Multiple attribute names used in one condition")
    if len(paths[0].parts) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    return placeholders.path(paths[0])


def plain(params: Mapping[str, Any], types: Mapping[str, str]) -> str:
    """A Query's condition in the one form that moto reads: key first, no brackets.

    ``types`` are those of the key's attributes. Raises :class:`ApiRefusal` for a value that has
    another one.
    """
    placeholders = Placeholders(params)
    parts = _parts(parse_condition(params["KeyConditionExpression"]).condition)
    return " AND ".join(_plain(leaf, placeholders, types) for leaf in parts)


def _plain(leaf: Comparison | Call, placeholders: Placeholders, types: Mapping[str, str]) -> str:
    turned = isinstance(leaf.operands[0], Value)
    key, *values = reversed(leaf.operands) if turned else leaf.operands
    assert isinstance(key, Path)
    expected = types.get(str(placeholders.path(key)[0]))
    given: list[str] = []
    for value in values:
        assert isinstance(value, Value)
        if expected is not None and type_of(placeholders.value(value)) != expected:
            raise invalid(
                "One or more parameter values were invalid: Condition parameter type does not "
                "match schema type"
            )
        given.append(value.placeholder)
    name = str(key.parts[0])
    if isinstance(leaf, Call):
        return f"{leaf.name}({name}, {given[0]})"
    operator = _TURNED[leaf.operator] if turned else leaf.operator
    return f"{name} {operator} {' AND '.join(given)}"
