"""ConditionExpression, FilterExpression and KeyConditionExpression, read.

Source: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and
functions in DynamoDB": syntax, and NOT before AND before OR.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from archlib.local.dynamodb.expressions.operands import Reader
from archlib.local.dynamodb.expressions.tokens import Token
from archlib.local.dynamodb.expressions.tree import (
    Comparison,
    Condition,
    Logical,
    Operand,
    Path,
    Value,
)

COMPARATORS: Final = ("=", "<>", "<", "<=", ">", ">=")
KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})


@dataclass(frozen=True)
class ParsedCondition:
    """A condition, and whether one pair of its brackets stands directly inside another."""

    condition: Condition
    redundant: bool


def parse_condition(text: str) -> ParsedCondition:
    """Read a condition.

    Raises:
        Malformed: it has a syntax error.
    """
    reader = _Conditions(text, KEYWORDS)
    condition = reader.condition(reader.either())
    reader.tokens.expect_end()
    return ParsedCondition(condition, reader.redundant)


class _Conditions(Reader):
    """A bracket may hold a condition or an operand: which one is known when it was read."""

    _last: tuple[int, Token] | None = None

    def condition(self, found: Condition | Operand) -> Condition:
        if isinstance(found, Path | Value):
            raise self.tokens.unexpected()
        return found

    def either(self) -> Condition | Operand:
        return self._joined("OR", lambda: self._joined("AND", self._negated))

    def _joined(self, word: str, part: Callable[[], Condition | Operand]) -> Condition | Operand:
        first = part()
        if not self.tokens.is_word(word):
            return first
        found = [self.condition(first)]
        while self.tokens.is_word(word):
            self.tokens.take()
            found.append(self.condition(part()))
        return Logical(word, tuple(found))

    def _negated(self) -> Condition | Operand:
        if not self.tokens.is_word("NOT"):
            return self._compared()
        self.tokens.take()
        return Logical("NOT", (self.condition(self._compared()),))

    def _compared(self) -> Condition | Operand:
        first = self._bracket() if self.tokens.is_sign("(") else self.operand()
        if isinstance(first, Comparison | Logical):
            return first
        if self.tokens.is_sign(*COMPARATORS):
            return Comparison(self.tokens.take().text, (first, self.operand()))
        if self.tokens.is_word("BETWEEN"):
            self.tokens.take()
            low = self.operand()
            if not self.tokens.is_word("AND"):
                raise self.tokens.unexpected()
            self.tokens.take()
            return Comparison("BETWEEN", (first, low, self.operand()))
        if self.tokens.is_word("IN"):
            self.tokens.take()
            return Comparison("IN", (first, *self.operands()))
        return first

    def _bracket(self) -> Condition | Operand:
        start = self.tokens.take().stop
        self.deeper()
        first = self.tokens.next
        inner = self.either()
        # The bracket that was closed last spans all that is in this one.
        self.redundant |= first.text == "(" and self._last == (first.stop, self.tokens.next)
        self.tokens.expect(")")
        self._last = (start, self.tokens.next)
        self.back()
        return inner
