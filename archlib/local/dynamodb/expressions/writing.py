"""Expressions as text again, in the plain form that moto reads whatever their own was.

moto's own readers trip over tabs, brackets around operands and upper or lower case of keywords.
"""

from __future__ import annotations

from collections.abc import Iterable

from archlib.local.dynamodb.expressions.tree import (
    Action,
    Call,
    Comparison,
    Condition,
    Logical,
    Operand,
    Path,
    Sum,
    Value,
)

_JOINED = {"SET": " = ", "ADD": " ", "DELETE": " "}


def condition_text(condition: Condition) -> str:
    """A condition with brackets only where they mean something."""
    if isinstance(condition, Call):
        return operand_text(condition)
    if isinstance(condition, Comparison):
        return _comparison(condition)
    parts = [
        f"({condition_text(inner)})" if isinstance(inner, Logical) else condition_text(inner)
        for inner in condition.conditions
    ]
    return (
        f"NOT {parts[0]}" if condition.operator == "NOT" else f" {condition.operator} ".join(parts)
    )


def update_text(clauses: Iterable[tuple[str, Iterable[Action]]]) -> str:
    """An update, clause by clause."""
    return " ".join(f"{word} {', '.join(map(_action, actions))}" for word, actions in clauses)


def path_text(path: Path) -> str:
    """A document path."""
    first, *rest = path.parts
    more = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    return f"{first}{''.join(more)}"


def operand_text(operand: Operand) -> str:
    """A path, a placeholder or a function."""
    if isinstance(operand, Path):
        return path_text(operand)
    if isinstance(operand, Value):
        return operand.placeholder
    return f"{operand.name}({', '.join(map(operand_text, operand.operands))})"


def _comparison(one: Comparison) -> str:
    first, *rest = map(operand_text, one.operands)
    if one.operator == "IN":
        return f"{first} IN ({', '.join(rest)})"
    return f"{first} {one.operator} {' AND '.join(rest)}"


def _action(action: Action) -> str:
    path = path_text(action.path)
    if action.given is None:
        return path
    given = action.given
    if isinstance(given, Sum):
        value = f" {given.sign} ".join(map(operand_text, given.operands))
    else:
        value = operand_text(given)
    return f"{path}{_JOINED[action.clause]}{value}"
