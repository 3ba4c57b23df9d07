"""What is wrong with an expression that has no syntax error, and what of it is said.

DynamoDB names one problem, and not always the first: each expression has an order of kinds.
"""

from __future__ import annotations

import functools

from archlib.local.dynamodb.expressions.tokens import Malformed
from archlib.local.dynamodb.expressions.tree import Path


class Problems:
    """The first problem of each kind; ``order`` says which kind is named before which."""

    def __init__(self, *order: str) -> None:
        self._order = order
        self._found: dict[str, str] = {}

    def add(self, kind: str, message: str) -> None:
        """Note a problem; later ones of its kind do not matter."""
        assert kind in self._order
        self._found.setdefault(kind, message)

    def raise_first(self) -> None:
        """Raise :class:`Malformed` with the problem that DynamoDB would name."""
        for kind in self._order:
            if kind in self._found:
                raise Malformed(self._found[kind])

    def reserved(self, path: Path) -> None:
        """Note a word that can only be written with a placeholder.

        Source: Amazon DynamoDB Developer Guide, "Reserved words in DynamoDB".
        """
        for part in path.parts:
            if isinstance(part, str) and part.upper() in reserved_words():
                message = f"Attribute name is a reserved keyword; reserved keyword: {part}"
                self.add("reserved", message)


@functools.cache
def reserved_words() -> frozenset[str]:
    """The words that DynamoDB keeps for itself, in capitals."""
    from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

    return frozenset(ReservedKeywords.get_reserved_keywords())
