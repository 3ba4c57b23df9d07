"""What a plane says of itself: which behaviour it honours, refuses, or has of its own.

A plane's package has a module ``coverage`` with a :class:`Coverage` called ``COVERAGE``. Lists
that exist as tables of the code are put there by reference; sentences are for the rest. The page
``docs/coverage.md`` is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Answer(Enum):
    """How the local cloud stands to a behaviour of AWS."""

    HONOURED = "honoured"
    REFUSED = "refused"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Behaviour:
    """One behaviour of AWS; ``note`` says what of it, or where it is refused."""

    name: str
    answer: Answer
    note: str = ""


@dataclass(frozen=True)
class Coverage:
    """What one part of the local cloud does.

    ``listings`` are tables of the code by title; ``refused`` are the API operations that it
    answers with :class:`~archlib.errors.Unsupported`: service -> operation -> what it would be.
    """

    title: str
    behaviours: tuple[Behaviour, ...]
    listings: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, Mapping[str, str]]

    def of(self, answer: Answer) -> tuple[Behaviour, ...]:
        """The behaviours with one answer, in the order in which they are declared."""
        return tuple(one for one in self.behaviours if one.answer is answer)


def honours(name: str, note: str = "") -> Behaviour:
    """Behaves as AWS documents it."""
    return Behaviour(name, Answer.HONOURED, note)


def refuses(name: str, note: str = "") -> Behaviour:
    """Raises :class:`~archlib.errors.Unsupported` and says so."""
    return Behaviour(name, Answer.REFUSED, note)


def differs(name: str, note: str = "") -> Behaviour:
    """Is accepted, and is not what AWS would do; a verdict must not rest on it."""
    return Behaviour(name, Answer.DIFFERS, note)


def coverage(
    title: str,
    *behaviours: Behaviour,
    listings: Mapping[str, tuple[str, ...]] | None = None,
    refused: Mapping[str, Mapping[str, str]] | None = None,
) -> Coverage:
    """A :class:`Coverage`."""
    return Coverage(title, behaviours, listings or {}, refused or {})
