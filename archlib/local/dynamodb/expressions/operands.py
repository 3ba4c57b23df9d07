"""Document paths, placeholders and functions, as all expressions have them.

Source: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and
functions in DynamoDB", "Syntax for filter and condition expressions".
"""

from __future__ import annotations

from typing import Final

from archlib.local.dynamodb.expressions.tokens import Malformed, Tokens
from archlib.local.dynamodb.expressions.tree import Call, Operand, Path, Value

#: How deep brackets may go. AWS names no number but the 4 KB that an expression may have.
MAX_DEPTH: Final = 32


class Reader:
    """Reads operands; ``keywords`` are the words that are no attribute's name here."""

    def __init__(self, text: str, keywords: frozenset[str]) -> None:
        self.tokens = Tokens(text)
        self.redundant = False
        self._keywords = keywords
        self._depth = 0

    def deeper(self) -> None:
        """Enter a bracket; raises :class:`Malformed` if there are too many around it."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Malformed(f"The expression is nested more than {MAX_DEPTH} levels deep;")

    def back(self) -> None:
        """Leave a bracket."""
        self._depth -= 1

    def operand(self) -> Operand:
        """A function, a value or a path, in brackets or not."""
        if self.tokens.is_sign("("):
            self.tokens.take()
            self.deeper()
            doubled = self.tokens.is_sign("(")
            inner = self.operand()
            self.tokens.expect(")")
            self.back()
            self.redundant |= doubled
            return inner
        if self.tokens.next.kind == "value":
            return self.value()
        after = self.tokens.after_next
        if self.tokens.next.kind == "word" and after.kind == "sign" and after.text == "(":
            return self._call()
        return self.path()

    def value(self) -> Value:
        """A ``:`` placeholder."""
        if self.tokens.next.kind != "value":
            raise self.tokens.unexpected()
        return Value(self.tokens.take().text)

    def path(self) -> Path:
        """Attributes of attributes, and elements of lists."""
        parts: list[str | int] = [self._attribute()]
        while self.tokens.is_sign(".", "["):
            if self.tokens.take().text == ".":
                parts.append(self._attribute())
                continue
            if self.tokens.next.kind != "number":
                raise self.tokens.unexpected()
            parts.append(int(self.tokens.take().text))
            self.tokens.expect("]")
        return Path(tuple(parts))

    def operands(self) -> tuple[Operand, ...]:
        """A bracket with operands."""
        self.tokens.expect("(")
        self.deeper()
        found = [self.operand()]
        while self.tokens.taken(","):
            found.append(self.operand())
        self.tokens.expect(")")
        self.back()
        return tuple(found)

    def _attribute(self) -> str:
        token = self.tokens.next
        if token.kind == "name" or (
            token.kind == "word" and token.text.upper() not in self._keywords
        ):
            return self.tokens.take().text
        raise self.tokens.unexpected()

    def _call(self) -> Call:
        if self.tokens.is_word(*self._keywords):
            raise self.tokens.unexpected()
        return Call(self.tokens.take().text, self.operands())
