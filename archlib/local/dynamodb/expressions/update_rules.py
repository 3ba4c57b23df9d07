"""What an update may say: clauses, functions, types that can be added and deleted.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB".
"""

from __future__ import annotations

from typing import Final

from archlib.local.dynamodb.expressions.condition_rules import FUNCTIONS as _OF_CONDITIONS
from archlib.local.dynamodb.expressions.path_rules import check_apart
from archlib.local.dynamodb.expressions.placeholders import Placeholders, Resolved, type_of
from archlib.local.dynamodb.expressions.problems import Problems
from archlib.local.dynamodb.expressions.tokens import Malformed
from archlib.local.dynamodb.expressions.tree import (
    Action,
    Call,
    Operand,
    Path,
    Sum,
    Value,
    calls,
    paths,
)

Clauses = tuple[tuple[str, tuple[Action, ...]], ...]

_OPERANDS: Final = 2  # of either function
_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_SPELT: Final = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "NULL": "NULL",
    "BOOL": "BOOLEAN",
    "L": "LIST",
    "M": "MAP",
}
_GIVEN: Final = {"ADD": frozenset({"N", "NS", "SS", "BS"}), "DELETE": frozenset({"NS", "SS", "BS"})}


def check_update(clauses: Clauses, placeholders: Placeholders) -> None:
    """Refuse an update that cannot be meant.

    Raises:
        Malformed: it cannot; the message is DynamoDB's.
    """
    _Update(placeholders).check(clauses)


class _Update:
    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._problems = Problems(
            *("reserved", "unknown", "clause", "name", "value", "overlap", "conflict"),
            *("operand", "function"),
        )
        self._targets: list[Resolved] = []

    def check(self, clauses: Clauses) -> None:
        seen: set[str] = set()
        for word, actions in clauses:
            if word in seen:
                self._problems.add(
                    "clause", f'The "{word}" section can only be used once in an update expression;'
                )
            seen.add(word)
            for action in actions:
                self._action(action)
        check_apart(self._targets, self._problems)
        self._problems.raise_first()

    def _action(self, action: Action) -> None:
        given = action.given
        operands = given.operands if isinstance(given, Sum) else (given,) if given else ()
        for path in (action.path, *paths(operands)):
            self._problems.reserved(path)
            try:
                resolved = self._placeholders.path(path)
            except Malformed as missing:
                self._problems.add("name", str(missing))
            else:
                if path is action.path:
                    self._targets.append(resolved)
        for call in calls(operands):
            self._call(call)
        kinds = [self._type(operand) for operand in operands]
        if isinstance(given, Sum):
            self._allowed(given.sign, kinds, "N")
        if action.clause in _GIVEN and kinds[0] not in (None, *_GIVEN[action.clause]):
            self._problems.add(
                "operand",
                "Incorrect operand type for operator or function; operator: "
                f"{action.clause}, operand type: {_SPELT.get(str(kinds[0]), str(kinds[0]))}",
            )

    def _call(self, call: Call) -> None:
        if call.name not in _FUNCTIONS:
            known = call.name in _OF_CONDITIONS
            what = "The function is not allowed in an update expression" if known else None
            self._problems.add(
                "unknown", f"{what or 'Invalid function name'}; function: {call.name}"
            )
            return
        kinds = [self._type(operand) for operand in call.operands]
        if len(call.operands) != _OPERANDS:
            self._problems.add(
                "function",
                "Incorrect number of operands for operator or function; operator or function: "
                f"{call.name}, number of operands: {len(call.operands)}",
            )
        elif call.name == "list_append":
            self._allowed(call.name, kinds, "L")
        elif not isinstance(call.operands[0], Path):
            self._problems.add(
                "function",
                f"Operator or function requires a document path; operator or function: {call.name}",
            )
        if any(isinstance(one, Call) and one.name == "list_append" for one in call.operands):
            self._problems.add(
                "function",
                "The function is not allowed to be used this way in an expression; "
                "function: list_append",
            )

    def _type(self, operand: Operand) -> str | None:
        """The type of a value; what paths and functions give is known with the item only."""
        if not isinstance(operand, Value):
            return None
        try:
            return type_of(self._placeholders.value(operand))
        except Malformed as missing:
            self._problems.add("value", str(missing))
            return None

    def _allowed(self, name: str, kinds: list[str | None], wanted: str) -> None:
        for kind in kinds:
            if kind not in (None, wanted):
                self._problems.add(
                    "function",
                    "Incorrect operand type for operator or function; operator or function: "
                    f"{name}, operand type: {kind}",
                )
