"""What expressions are made of, as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """A document path: words, ``#`` placeholders, and indexes of lists."""

    parts: tuple[str | int, ...]


@dataclass(frozen=True)
class Value:
    """A ``:`` placeholder."""

    placeholder: str


@dataclass(frozen=True)
class Call:
    """A function with its operands."""

    name: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Sum:
    """Two operands of SET with ``+`` or ``-`` between them."""

    sign: str
    operands: tuple[Operand, Operand]


Operand = Path | Value | Call


@dataclass(frozen=True)
class Comparison:
    """A comparator, ``BETWEEN`` or ``IN`` with its operands."""

    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Logical:
    """Conditions under ``AND``, ``OR`` or ``NOT``."""

    operator: str
    conditions: tuple[Condition, ...]


Condition = Comparison | Logical | Call


@dataclass(frozen=True)
class Action:
    """One action of an update expression: clause, path, and what it is given."""

    clause: str
    path: Path
    given: Operand | Sum | None

    @property
    def operators(self) -> int:
        """How many functions it has, and whether it adds or subtracts."""
        if self.given is None:
            return 0
        if isinstance(self.given, Sum):
            return 1 + sum(1 for _ in calls(self.given.operands))
        return sum(1 for _ in calls((self.given,)))


def leaves(condition: Condition) -> Iterator[Comparison | Call]:
    """The conditions below AND, OR and NOT, in the order in which they are written."""
    if isinstance(condition, Logical):
        for inner in condition.conditions:
            yield from leaves(inner)
    else:
        yield condition


def operators(condition: Condition) -> int:
    """How many comparators, functions and logical operators a condition has."""
    if isinstance(condition, Logical):
        own = max(len(condition.conditions) - 1, 1)
        return own + sum(map(operators, condition.conditions))
    return (0 if isinstance(condition, Call) else 1) + _functions(condition)


def _functions(leaf: Comparison | Call) -> int:
    return sum(1 for _ in calls((leaf,) if isinstance(leaf, Call) else leaf.operands))


def calls(operands: tuple[Operand, ...]) -> Iterator[Call]:
    """Every function among the operands, the inner ones before the one they are given to."""
    for operand in operands:
        if isinstance(operand, Call):
            yield from calls(operand.operands)
            yield operand


def paths(operands: tuple[Operand, ...]) -> Iterator[Path]:
    """Every document path among the operands and in their functions."""
    for operand in operands:
        if isinstance(operand, Path):
            yield operand
        elif isinstance(operand, Call):
            yield from paths(operand.operands)
