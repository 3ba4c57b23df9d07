"""What the exercises of all scenarios do with an answer: take it in, deploy it, judge it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.verify import Outcome, Report, Scenario, Site, verify
from archlib.verify.exercise import Unfit
from archlib.verify.faulty import damaged

if TYPE_CHECKING:
    from archlib.local import LocalCloud

Body = dict[str, Any]


# -- answers of the right kind -------------------------------------------------------------------


def named(answer: Any, names: Sequence[str], each: str = "an answer") -> Mapping[str, Any]:
    """An answer with something for each name; raises :class:`Unfit` for any other."""
    if not isinstance(answer, Mapping) or sorted(answer) != sorted(names):
        raise Unfit(f"a dict with {each} for each of " + ", ".join(map(repr, names)))
    return answer


def first_difference(
    given: Mapping[str, Any], seen: Mapping[str, Any], why: Mapping[str, str]
) -> str | None:
    """What is wrong with the first answer that is not what was seen; None if all are right."""
    for name, found in seen.items():
        if given[name] != found:
            return f"{name}: not {given[name]!r}. {why[name]}"
    return None


def statement(answer: Any, needed: Sequence[str], asked: Sequence[str]) -> Body:
    """A policy statement that has the ``needed`` elements; raises :class:`Unfit` for any other.

    ``asked`` are all the elements that the question wants.
    """
    if not isinstance(answer, Mapping):
        raise Unfit(f"a statement is a dict with {', '.join(asked[:-1])} and {asked[-1]}")
    if lacking := [key for key in needed if key not in answer]:
        raise Unfit(f"the statement has no {' and no '.join(lacking)}")
    return dict(answer)


def function_of(answer: Any, what: str) -> Callable[..., Any]:
    """An answer that can be called, and stops with :class:`Unfit` instead of its own mistakes.

    ``what`` says what kind of function is asked for.
    """
    if not callable(answer):
        raise Unfit(what)

    def called(*given: Any) -> Any:
        try:
            return answer(*given)
        except Exception as error:
            raise Unfit(f"your function stopped with {type(error).__name__}: {error}") from None

    return called


def everywhere(value: Any, text: Callable[[str], Any]) -> Any:
    """A value in which every text has gone through ``text``."""
    if isinstance(value, Mapping):
        return {key: everywhere(inner, text) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [everywhere(inner, text) for inner in value]
    return text(value) if isinstance(value, str) else value


def substituted(value: Any) -> Any:
    """``${…}`` in a text is CloudFormation's to fill in."""
    return everywhere(value, lambda text: {"Fn::Sub": text} if "${" in text else text)


# -- deployed and judged ---------------------------------------------------------------------------


@contextmanager
def deployed(
    scenario: Scenario, edit: Callable[[Body], None] = lambda body: None, variant: str = ""
) -> Iterator[tuple[LocalCloud, Site]]:
    """The design, or a variant of it, with its template edited, in a cloud of its own."""
    from archlib.local import LocalCloud
    from archlib.template import emit
    from archlib.verify import site

    emitted = emit(scenario.variants[variant]() if variant else scenario.architecture())
    body = copy.deepcopy(emitted.template.body)
    edit(body)
    template = replace(emitted.template, name="your template", body=body)
    with LocalCloud() as cloud:
        made = cloud.deploy(template, stack_name=scenario.name, assets=emitted.assets)
        yield cloud, site(cloud, made)


def judged(scenario: Scenario, edit: Callable[[Body], None], only: Sequence[str]) -> Report:
    """The design's template, edited, deployed and judged by some checks."""
    from archlib.template import emit

    template = emit(scenario.architecture()).template
    body = copy.deepcopy(template.body)
    edit(body)
    return verify(scenario, replace(template, name="your template", body=body), only=only)


def failure(report: Report) -> str | None:
    """The first evidence that speaks against the answer; None if all checks are met."""
    for verdict in report.verdicts:
        for finding in verdict.findings:
            if finding.evidence.outcome is not Outcome.MET:
                return f"“{finding.title}” does not hold: {finding.evidence.observed}"
    return None


# -- templates to be mended ------------------------------------------------------------------------


def broken(scenario: Scenario, fault: str) -> Body:
    """The template of an exercise “mend”: a working copy with one thing wrong."""
    from archlib.template import emit

    damage = next(one for one in scenario.faults if one.name == fault)
    return damaged(emit(scenario.architecture()).template, damage).body


def mended(answer: Any, body: Body) -> Body:
    """A broken template as the reader's function leaves it; raises :class:`Unfit` for none."""
    what = "a function that is given the template's body (a dict) and mends it in place"
    function_of(answer, what)(body)
    return body


def replaced_by(body: Body) -> Callable[[Body], None]:
    """An edit that puts ``body`` in a template's place."""

    def edit(old: Body) -> None:
        old.clear()
        old.update(body)

    return edit
