"""What a condition may say: functions, their operands, types that can be compared.

Source: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and
functions in DynamoDB"; Amazon DynamoDB API Reference, "Condition" (what can be compared).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from archlib.local.dynamodb.expressions.conditions import ParsedCondition
from archlib.local.dynamodb.expressions.placeholders import (
    Placeholders,
    shown,
    text_of,
    type_of,
)
from archlib.local.dynamodb.expressions.problems import Problems
from archlib.local.dynamodb.expressions.tokens import Malformed
from archlib.local.dynamodb.expressions.tree import (
    Call,
    Comparison,
    Operand,
    Path,
    Value,
    calls,
    leaves,
    paths,
)

#: Every function of conditions, with the number of its operands.
FUNCTIONS: Final = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
#: Functions that only an update expression may call.
_OF_UPDATES: Final = frozenset({"if_not_exists", "list_append"})
_ORDERED: Final = frozenset({"<", "<=", ">", ">="})
_COMPARABLE: Final = frozenset({"S", "N", "B"})
_TYPES: Final = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
_MAX_IN: Final = 100


def check_condition(parsed: ParsedCondition, placeholders: Placeholders) -> None:
    """Refuse a condition that cannot be meant.

    Raises:
        Malformed: it cannot; the message is DynamoDB's.
    """
    problems = Problems("brackets", "unknown", "misused", "reserved", "condition")
    if parsed.redundant:
        problems.add("brackets", "The expression has redundant parentheses;")
    for leaf in leaves(parsed.condition):
        operands = leaf.operands if isinstance(leaf, Comparison) else (leaf,)
        for call in calls(operands):
            if call.name not in FUNCTIONS:
                problems.add("unknown", _unknown(call.name))
        for name in _misused(leaf):
            problems.add(
                "misused",
                "The function is not allowed to be used this way in an expression; "
                f"function: {name}",
            )
        for path in paths(operands):
            problems.reserved(path)
        try:
            _Leaf(placeholders).check(leaf)
        except Malformed as wrong:
            problems.add("condition", str(wrong))
    problems.raise_first()


def _unknown(name: str) -> str:
    if name in _OF_UPDATES:
        return f"The function is not allowed in a condition expression; function: {name}"
    return f"Invalid function name; function: {name}"


def _misused(leaf: Comparison | Call) -> list[str]:
    """``size`` is no condition by itself; every other function is nothing else."""
    operands = leaf.operands
    inner = [call.name for call in calls(operands) if call.name != "size"]
    if isinstance(leaf, Call) and leaf.name == "size":
        inner.append(leaf.name)
    return inner


class _Leaf:
    """One condition; raises :class:`Malformed` at the first thing wrong, in DynamoDB's order."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders

    def check(self, leaf: Comparison | Call) -> None:
        wrong = Problems("undefined", "count", "distinct", "type")
        for operand in (leaf,) if isinstance(leaf, Call) else leaf.operands:
            self._resolve(operand, wrong)
        wrong.raise_first()
        inner = tuple(calls(leaf.operands if isinstance(leaf, Comparison) else (leaf,)))
        for call in inner:
            expected = FUNCTIONS.get(call.name)
            if expected is not None and expected != len(call.operands):
                wrong.add("count", _count(call))
        for one in (*inner, *((leaf,) if isinstance(leaf, Comparison) else ())):
            self._distinct(one, wrong)
        wrong.raise_first()
        for call in inner:
            if (rule := _TYPE_RULES.get(call.name)) is not None:
                rule(self, call)
        if isinstance(leaf, Comparison):
            self._compare(leaf)

    def _resolve(self, operand: Operand, wrong: Problems) -> None:
        try:
            if isinstance(operand, Path):
                self._placeholders.path(operand)
            elif isinstance(operand, Value):
                self._placeholders.value(operand)
            else:
                for inner in operand.operands:
                    self._resolve(inner, wrong)
        except Malformed as missing:
            wrong.add("undefined", str(missing))

    def _distinct(self, one: Comparison | Call, wrong: Problems) -> None:
        name = one.operator if isinstance(one, Comparison) else one.name
        first, *rest = one.operands
        if len(rest) != 1 or not isinstance(first, Path) or not isinstance(rest[0], Path):
            return
        if (path := self._placeholders.path(first)) == self._placeholders.path(rest[0]):
            wrong.add(
                "distinct",
                "The first operand must be distinct from the remaining operands for this operator "
                f"or function; operator: {name}, first operand: {text_of(path)}",
            )

    def _type(self, operand: Operand) -> str | None:
        """The type that an operand is known to have whatever the item holds."""
        if isinstance(operand, Value):
            return type_of(self._placeholders.value(operand))
        return "N" if isinstance(operand, Call) and operand.name == "size" else None

    def _needs_path(self, call: Call) -> None:
        if not isinstance(call.operands[0], Path):
            raise Malformed(
                f"Operator or function requires a document path; operator or function: {call.name}"
            )

    def _of_text(self, call: Call) -> None:
        for operand in call.operands:
            kind = self._type(operand)
            if kind not in (None, "S", "B"):
                raise _operand_type(call.name, str(kind))

    def _names_type(self, call: Call) -> None:
        operand = call.operands[1]
        kind = self._type(operand)
        if kind != "S" or not isinstance(operand, Value):
            raise _operand_type(call.name, kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
        named = self._placeholders.value(operand)["S"]
        if named not in _TYPES:
            raise Malformed(
                f"Invalid attribute type name found; type: {named}, valid types: "
                f"{{{','.join(_TYPES)}}}"
            )

    def _has_size(self, call: Call) -> None:
        kind = self._type(call.operands[0])
        if kind in ("N", "BOOL", "NULL"):
            raise _operand_type(call.name, str(kind))

    def _compare(self, leaf: Comparison) -> None:
        if leaf.operator == "IN" and len(leaf.operands) > _MAX_IN + 1:
            raise Malformed(
                "The IN operator is provided with too many operands; number of operands: "
                f"{len(leaf.operands) - 1}"
            )
        if leaf.operator == "BETWEEN":
            self._bounds(*leaf.operands[1:])
        if leaf.operator in _ORDERED or leaf.operator == "BETWEEN":
            for operand in leaf.operands:
                kind = self._type(operand)
                if kind is not None and kind not in _COMPARABLE:
                    raise Malformed(
                        "Incorrect operand type for operator or function; operator: "
                        f"{leaf.operator}, operand type: {kind}"
                    )

    def _bounds(self, low: Operand, high: Operand) -> None:
        if not isinstance(low, Value) or not isinstance(high, Value):
            return
        bottom, top = self._placeholders.value(low), self._placeholders.value(high)
        quoted = f"lower bound operand: {shown(bottom)}, upper bound operand: {shown(top)}"
        if type_of(bottom) != type_of(top):
            raise Malformed(
                f"The BETWEEN operator requires same data type for lower and upper bounds; {quoted}"
            )
        if type_of(bottom) in _COMPARABLE and _rank(bottom) > _rank(top):
            raise Malformed(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower "
                f"bound; {quoted}"
            )


_TYPE_RULES: Final[Mapping[str, Callable[[_Leaf, Call], None]]] = {
    "attribute_exists": _Leaf._needs_path,
    "attribute_not_exists": _Leaf._needs_path,
    "attribute_type": _Leaf._names_type,
    "begins_with": _Leaf._of_text,
    "size": _Leaf._has_size,
}


def _rank(value: Mapping[str, Any]) -> Any:
    kind = type_of(value)
    content = value[kind]
    if kind == "N":
        return Decimal(content)
    return content.encode() if isinstance(content, str) else bytes(content)


def _count(call: Call) -> str:
    return (
        "Incorrect number of operands for operator or function; operator or function: "
        f"{call.name}, number of operands: {len(call.operands)}"
    )


def _operand_type(name: str, kind: str) -> Malformed:
    return Malformed(
        "Incorrect operand type for operator or function; operator or function: "
        f"{name}, operand type: {kind}"
    )
