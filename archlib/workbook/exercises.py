"""Exercises as a reader sees them: the question, folded hints, the marked answer."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from archlib.errors import UsageError
from archlib.verify.exercise import Exercise, Marked, Unfit
from archlib.workbook.cells import GREEN, RED
from archlib.workbook.cells import Chip as _Chip
from archlib.workbook.exhibit import Exhibit, Framed, Prose
from archlib.workbook.markup import Html, element, join


def exercises(scenario: str) -> dict[str, Exercise]:
    """A scenario's exercises by id: ``EXERCISES`` in its module ``exercises``."""
    from archlib.scenarios import SCENARIOS

    name = f"{SCENARIOS[scenario]}.exercises"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return {}
    return {one.id: one for one in module.EXERCISES}


def named(scenario: str, name: str) -> Exercise:
    """One exercise; raises :class:`UsageError` for an unknown name."""
    known = exercises(scenario)
    if name not in known:
        hint = f"known: {', '.join(known)}" if known else f"{scenario} has no exercises"
        raise UsageError(f"there is no exercise called {name!r}", hint=hint)
    return known[name]


def asked(exercise: Exercise) -> Exhibit:
    """The question with its hints folded away."""
    folded = "".join(
        f"<details><summary>Hint {k}</summary>\n\n{hint}\n\n</details>\n"
        for k, hint in enumerate(exercise.hints, 1)
    )
    body = f"{exercise.question}\n\nYour answer: {exercise.form}"
    plain = "\n".join(f"Hint {k}: {hint}" for k, hint in enumerate(exercise.hints, 1))
    return Prose(
        f"**Exercise: {exercise.title}**\n\n{body}\n\n{folded}",
        f"Exercise: {exercise.title}\n\n{body}\n\n{plain}",
    )


@dataclass(frozen=True, repr=False)
class Result(Framed):
    """A marked answer on one line."""

    exercise: Exercise
    marked: Marked | None

    @property
    def right(self) -> bool:
        """Whether there is an answer and it is right."""
        return self.marked is not None and self.marked.right

    def _parts(self) -> tuple[str, str, str]:
        if self.marked is None:
            title = self.exercise.title
            return "your turn", "#1d4ed8", f"{title}: put your answer in place of None and run."
        if self.marked.right:
            return "✓ right", GREEN, self.marked.because
        return "✕ not yet", RED, self.marked.because

    def html(self) -> Html:
        """A chip and what was seen."""
        word, color, because = self._parts()
        return element("p", join(_Chip(word, color).html(), because, between=" "))

    def text(self) -> str:
        """The same in words."""
        word, _, because = self._parts()
        return f"{word}: {because}"


def mark(exercise: Exercise, answer: Any) -> Result:
    """Run an answer; None is no answer yet."""
    if answer is None:
        return Result(exercise, None)
    try:
        return Result(exercise, exercise.judge(answer))
    except Unfit as unfit:
        return Result(exercise, Marked(False, str(unfit)))
