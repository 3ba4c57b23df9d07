"""UpdateExpression, read.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB".
"""

from __future__ import annotations

from typing import Final

from archlib.local.dynamodb.expressions.operands import Reader
from archlib.local.dynamodb.expressions.tree import Action, Operand, Sum

CLAUSES: Final = frozenset({"SET", "REMOVE", "ADD", "DELETE"})


def parse_update(text: str) -> tuple[tuple[str, tuple[Action, ...]], ...]:
    """Read the clauses with their actions, in the order in which they are written.

    Raises:
        Malformed: it has a syntax error.
    """
    reader = _Updates(text, CLAUSES)
    clauses = [reader.clause()]
    while reader.tokens.next.kind != "end":
        clauses.append(reader.clause())
    return tuple(clauses)


class _Updates(Reader):
    def clause(self) -> tuple[str, tuple[Action, ...]]:
        if not self.tokens.is_word(*CLAUSES):
            raise self.tokens.unexpected()
        word = self.tokens.take().text.upper()
        actions = [self._action(word)]
        while self.tokens.taken(","):
            actions.append(self._action(word))
        return word, tuple(actions)

    def _action(self, clause: str) -> Action:
        path = self.path()
        if clause == "SET":
            self.tokens.expect("=")
            return Action(clause, path, self._assigned())
        return Action(clause, path, None if clause == "REMOVE" else self.value())

    def _assigned(self) -> Operand | Sum:
        """A sum may stand in brackets as a whole, and so may each of its operands."""
        if self.tokens.is_sign("("):
            self.tokens.take()
            self.deeper()
            first = self._assigned()
            self.tokens.expect(")")
            self.back()
        else:
            first = self.operand()
        if isinstance(first, Sum) or not self.tokens.is_sign("+", "-"):
            return first
        return Sum(self.tokens.take().text, (first, self.operand()))
