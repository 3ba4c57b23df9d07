"""Checks: code that yields evidence for a requirement, from the template or from flows."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archlib.errors import VerificationError
from archlib.verify.arrows import Places
from archlib.verify.cause import cause
from archlib.verify.evidence import Evidence, Outcome, not_met, unknown
from archlib.verify.flow import FlowRun, Step

if TYPE_CHECKING:
    from archlib.architecture import Architecture
    from archlib.local.deploy.deployment import Deployment
    from archlib.local.trace import Hop
    from archlib.template import Template


class StepMissing(Exception):
    """A step that a check needs failed or was never reached; carries the evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        super().__init__(evidence.observed)


@dataclass(frozen=True)
class Run:
    """What a check may look at: the template, where it was deployed, and how the flows went.

    ``deployed`` is None for a template that could not be deployed; ``variants`` holds the
    deployments of the scenario's variants by name.
    """

    architecture: Architecture
    template: Template
    deployed: Deployment | None
    flows: Mapping[str, FlowRun]
    variants: Mapping[str, Deployment]

    def name(self, end: str) -> str:
        """What readers call an end of a hop: its component, or else the end itself."""
        for deployment in self.variants.values():
            if (component := Places(self.architecture, deployment).component(end)) is not None:
                return component
        return end

    def behind(self, hops: Iterable[Hop], flows: Iterable[str]) -> str | None:
        """What broke inside where a client got 500 or more: in ``hops``, else in the ``flows``."""
        runs = [self.flows[name] for name in flows if name in self.flows]
        ours = {id(hop) for hop in hops}
        for chosen in (lambda hop: id(hop) in ours, lambda hop: True):
            for run in runs:
                if found := cause(filter(chosen, run.hops), run.hops, self.name):
                    return found
        return None

    @property
    def deployment(self) -> Deployment:
        """Where the template was deployed; raises :class:`StepMissing` when it was not."""
        if self.deployed is None:
            raise StepMissing(unknown("nothing is deployed"))
        return self.deployed

    def flow(self, name: str) -> FlowRun:
        """The run of a flow; :class:`VerificationError` if the check forgot to declare it."""
        if name not in self.flows:
            raise VerificationError(f"flow “{name}” was not run", hint="name it in the check")
        return self.flows[name]

    def step(self, flow: str, name: str) -> Step:
        """A step that went well; raises :class:`StepMissing` when it failed or is missing."""
        run = self.flow(flow)
        for step in run.steps:
            if step.name == name:
                if step.error is not None:
                    raise StepMissing(_failed(run, f"“{name}” failed: {step.error}", step))
                return step
        if run.error is None:
            raise VerificationError(f"flow “{flow}” has no step “{name}”")
        raise StepMissing(unknown(f"“{name}” was not reached: flow “{flow}” {run.error}"))

    def needed(self, flow: str, name: str) -> Step:
        """A step that has to be reached: a flow that stops before it is evidence against."""
        run = self.flow(flow)
        if run.error is not None and name not in {step.name for step in run.steps}:
            self.completed(flow)
        return self.step(flow, name)

    def completed(self, name: str) -> FlowRun:
        """A flow that went to its end; raises :class:`StepMissing` when it stopped early."""
        run = self.flow(name)
        if run.error is not None:
            step = run.steps[-1] if run.steps else None
            raise StepMissing(_failed(run, f"flow “{name}” {run.error}", step))
        return run


def _failed(run: FlowRun, what: str, step: Step | None) -> Evidence:
    if run.unsupported:
        return unknown(what)
    return not_met(what, step.hops if step else ())


@dataclass(frozen=True)
class Check:
    """One check of one requirement. ``flows`` are the flows it needs; ids are unique."""

    id: str
    requirement: str
    title: str
    judge: Callable[[Run], Evidence]
    flows: tuple[str, ...] = ()

    def evidence(self, run: Run) -> Evidence:
        """Judge; what cannot be decided for want of a step comes back as such.

        Where a client of its flows got an answer of 500 or more, which says nothing, the evidence
        adds what broke behind it. Raises :class:`VerificationError`, which names the check, when
        its judge is broken.
        """
        found = self._judged(run)
        if found.outcome is Outcome.MET:
            return found
        if behind := run.behind(found.hops, self.flows):
            return replace(found, observed=f"{found.observed}; behind it: {behind}")
        return found

    def _judged(self, run: Run) -> Evidence:
        where = f"check “{self.id}”"
        try:
            found = self.judge(run)
        except StepMissing as missing:
            return missing.evidence
        except VerificationError as error:
            place = f"{where}, {error.where}" if error.where else where
            raise VerificationError(error.message, where=place, hint=error.hint) from error
        except Exception as error:
            raise VerificationError(
                f"its judge failed with {type(error).__name__}: {error}",
                where=where,
                hint=f"raised at {_place(error)}",
            ) from error
        if not isinstance(found, Evidence):
            raise VerificationError(f"its judge returned no evidence but {found!r}", where=where)
        return found


def _place(error: Exception) -> str:
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{Path(last.filename).name}, line {last.lineno}"


@dataclass(frozen=True)
class Fault:
    """A deliberate damage to a template that ``caught_by`` (a check's id) must notice.

    ``damage`` edits the template's body in place and raises :class:`KeyError` when what it
    means to damage is not there. With ``variant`` it is the scenario's build of that name that
    is damaged, for a check that looks at that one.
    """

    name: str
    title: str
    damage: Callable[[dict[str, object]], None]
    caught_by: str
    variant: str = ""


def checks_table(checks: tuple[Check, ...]) -> Mapping[str, Check]:
    """Checks by id; :class:`VerificationError` on a duplicate."""
    table: dict[str, Check] = {}
    for check in checks:
        if check.id in table:
            raise VerificationError(f"two checks are called {check.id}")
        table[check.id] = check
    return table


__all__ = ["Check", "Evidence", "Fault", "Outcome", "Run", "StepMissing", "checks_table"]
