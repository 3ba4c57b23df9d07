"""Exercises: a question, hints, and a judge that runs the answer instead of comparing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archlib.errors import ArchlibError


@dataclass(frozen=True)
class Marked:
    """What became of an answer: whether it is right, and what was seen when it ran."""

    right: bool
    because: str


class Unfit(ArchlibError):
    """An answer of the wrong kind: a word where a number is asked for."""


@dataclass(frozen=True)
class Exercise:
    """A question. ``judge`` runs an answer in a cloud of its own.

    ``judge`` raises :class:`Unfit` for an answer that it cannot run at all. ``form`` says what
    an answer looks like, in one line.
    """

    id: str
    title: str
    question: str
    form: str
    hints: tuple[str, ...]
    judge: Callable[[Any], Marked]
