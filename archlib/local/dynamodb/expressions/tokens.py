"""Expression text as tokens, and the syntax error that names one of them.

Sources: Amazon DynamoDB Developer Guide, "Referring to item attributes when using expressions in
DynamoDB" (a name that can be written as it is begins with a letter and goes on with letters,
digits and underscores) and "Expression attribute names (aliases) in DynamoDB".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["word", "name", "value", "number", "sign", "end"]

_TOKEN: Final = re.compile(
    r"(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<number>[0-9]+)|(?P<space>\s+)|(?P<sign><>|<=|>=|.)",
    re.DOTALL,
)
END: Final = "<EOF>"


class Malformed(Exception):
    """What is wrong with an expression, as DynamoDB says it after ``Invalid …Expression:``."""


@dataclass(frozen=True)
class Token:
    """A piece of an expression; ``sign`` is whatever is no word, placeholder or number."""

    kind: Kind
    text: str
    start: int
    stop: int


class Tokens:
    """The tokens of one expression, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            Token(found.lastgroup, found[0], found.start(), found.end())  # type: ignore[arg-type]
            for found in _TOKEN.finditer(text)
            if found.lastgroup != "space"
        ]
        self._tokens.append(Token("end", END, len(text), len(text)))
        self._at = 0

    @property
    def next(self) -> Token:
        """The token that comes next; the last one is the end."""
        return self._tokens[self._at]

    @property
    def after_next(self) -> Token:
        """The token behind the next one."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Read a token."""
        token = self.next
        self._at += token.kind != "end"
        return token

    def is_sign(self, *signs: str) -> bool:
        """Whether one of the signs comes next."""
        return self.next.kind == "sign" and self.next.text in signs

    def is_word(self, *words: str) -> bool:
        """Whether one of the keywords comes next, in whatever case."""
        return self.next.kind == "word" and self.next.text.upper() in words

    def taken(self, sign: str) -> bool:
        """Read the sign if it comes next."""
        found = self.is_sign(sign)
        if found:
            self.take()
        return found

    def expect(self, sign: str) -> None:
        """Read the sign; raises :class:`Malformed` when another token comes."""
        if not self.taken(sign):
            raise self.unexpected()

    def expect_end(self) -> None:
        """Raise :class:`Malformed` unless everything has been read."""
        if self.next.kind != "end":
            raise self.unexpected()

    def unexpected(self) -> Malformed:
        """The syntax error at the next token; it quotes the tokens on both sides as well."""
        before, token = self._tokens[max(self._at - 1, 0)], self.next
        near = self._text[before.start : self.after_next.stop]
        return Malformed(f'Syntax error; token: "{token.text}", near: "{near}"')
