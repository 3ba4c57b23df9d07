"""What holds for the exercises of every scenario: right answers pass, wrong ones are told why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from archlib.workbook import Workbook
from archlib.workbook.exercises import asked, exercises, named


class Marking:
    """Give ``scenario``, a ``right`` answer to each exercise, and wrong ones with what is told."""

    scenario: str
    right: Mapping[str, Any]
    wrong: Sequence[tuple[str, Any, str]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "told" in metafunc.fixturenames:
            metafunc.parametrize(("name", "answer", "told"), self.wrong)
        elif "name" in metafunc.fixturenames:
            metafunc.parametrize("name", self.right)

    @pytest.fixture(scope="class")
    @classmethod
    def book(cls) -> Workbook:
        return Workbook(cls.scenario)

    def test_every_exercise_has_an_answer_here(self):
        wrong = {name for name, *_ in self.wrong}
        assert set(exercises(self.scenario)) == set(self.right) == wrong

    @pytest.mark.slow
    def test_a_right_answer_passes(self, book, name):
        result = book.check(name, self.right[name])
        assert result.right, result
        assert "✓ right" in result._repr_html_()

    @pytest.mark.slow
    def test_a_wrong_answer_fails_with_a_reason(self, book, name, answer, told):
        result = book.check(name, answer)
        assert not result.right
        assert told in str(result)

    def test_no_answer_is_an_invitation(self, book, name):
        result = book.check(name, None)
        assert not result.right
        assert str(result).startswith("your turn")

    def test_a_question_comes_with_its_form_and_folded_hints(self, name):
        exercise = named(self.scenario, name)
        shown = asked(exercise)._repr_mimebundle_()
        assert shown["text/markdown"].count("<details>") == len(exercise.hints) >= 1
        assert exercise.form in shown["text/plain"]
