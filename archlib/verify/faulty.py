"""Faults: every known damage is done to a template, and the check that must notice it is asked."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archlib.verify.check import Fault
from archlib.verify.evidence import Evidence, Outcome
from archlib.verify.run import Progress, Report, verify
from archlib.verify.scenario import Scenario

if TYPE_CHECKING:
    from archlib.template import Template


@dataclass(frozen=True)
class Caught:
    """What became of one fault: whether its check noticed it, and what the check saw."""

    fault: Fault
    evidence: Evidence

    @property
    def noticed(self) -> bool:
        """Whether the check it names says "not met"."""
        return self.evidence.outcome is Outcome.NOT_MET

    def __str__(self) -> str:
        mark = "caught" if self.noticed else "MISSED"
        return f"  {mark:<8} {self.fault.name}: {self.evidence.observed}"


def damaged(template: Template, fault: Fault) -> Template:
    """A copy of a template with one fault in it; :class:`KeyError` if it does not fit."""
    body = copy.deepcopy(template.body)
    fault.damage(body)
    # Emitted anew: the text that was read, if any, is not damaged.
    return replace(template, name=f"{template.name} with {fault.name}", body=body, text=None)


def try_faults(
    scenario: Scenario,
    template: Template | None = None,
    *,
    only: Iterable[str] | None = None,
    progress: Progress = lambda _: None,
) -> list[Caught]:
    """Try all faults (or the named ones) on a template, each with just the check it names."""
    from archlib.template import emit

    whole = template or emit(scenario.architecture()).template
    names = None if only is None else set(only)
    results = []
    for fault in scenario.faults:
        if names is None or fault.name in names:
            progress(f"fault {fault.name}")
            report = verify(scenario, damaged(whole, fault), only=[fault.caught_by])
            results.append(Caught(fault, _evidence(report, fault)))
    return results


def _evidence(report: Report, fault: Fault) -> Evidence:
    """What the named check saw; if it could see nothing, why the template did not deploy."""
    evidence = report.finding(fault.caught_by).evidence
    if evidence.outcome is Outcome.UNKNOWN and report.undeployed is not None:
        return report.undeployed
    return evidence
