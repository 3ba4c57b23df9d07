"""Faults: every known damage is done to a template, and the check that must notice it is asked."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archlib.errors import UsageError, VerificationError
from archlib.verify.check import Fault
from archlib.verify.cloud import Clouds, local
from archlib.verify.evidence import Evidence, Outcome, unknown
from archlib.verify.run import Progress, Report, verify
from archlib.verify.scenario import Scenario

if TYPE_CHECKING:
    from archlib.template import Template


@dataclass(frozen=True)
class Caught:
    """What became of one fault: whether its check noticed it, and what the check saw.

    ``applies`` is False for a fault that does not fit the template: what it damages is not there.
    """

    fault: Fault
    evidence: Evidence
    applies: bool = True

    @property
    def noticed(self) -> bool:
        """Whether the check it names says "not met"."""
        return self.applies and self.evidence.outcome is Outcome.NOT_MET

    @property
    def missed(self) -> bool:
        """Whether the template was damaged and the check did not notice."""
        return self.applies and not self.noticed

    def __str__(self) -> str:
        mark = "caught" if self.noticed else "MISSED" if self.applies else "no fit"
        return f"  {mark:<8} {self.fault.name}: {self.evidence.observed}"


def damaged(template: Template, fault: Fault) -> Template:
    """A copy of a template with one fault in it; :class:`KeyError` if it does not fit.

    Raises :class:`VerificationError` for a fault that damages nothing or fails otherwise.
    """
    body, where = copy.deepcopy(template.body), f"fault “{fault.name}”"
    try:
        fault.damage(body)
    except (KeyError, IndexError) as missing:
        raise KeyError(*missing.args) from missing
    except Exception as error:
        raise VerificationError(
            f"it cannot be done to {template.name}: {type(error).__name__}: {error}", where=where
        ) from error
    if body == template.body:
        raise VerificationError(f"it leaves {template.name} as it was", where=where)
    # Emitted anew: the text that was read, if any, is not damaged.
    return replace(template, name=f"{template.name} with {fault.name}", body=body, text=None)


def try_faults(
    scenario: Scenario,
    template: Template | None = None,
    *,
    only: Iterable[str] | None = None,
    clouds: Clouds = local,
    progress: Progress = lambda _: None,
) -> list[Caught]:
    """Try all faults (or the named ones) on a template, each with just the check it names.

    A fault that does not fit somebody else's template is told so; one that does not fit the
    scenario's own is a mistake in the scenario (:class:`VerificationError`). Raises
    :class:`UsageError` for a fault that the scenario does not know.
    """
    results = []
    for fault in _chosen(scenario, only):
        progress(f"fault {fault.name}")
        try:
            broken = damaged(whole(scenario, fault, template), fault)
        except KeyError as missing:
            reason = f"does not apply: the template has no {missing}"
            if template is None or fault.variant:
                raise VerificationError(reason, where=f"fault “{fault.name}”") from missing
            results.append(Caught(fault, unknown(reason), applies=False))
            continue
        report = judge(scenario, fault, broken, template, clouds)
        results.append(Caught(fault, _evidence(report, fault)))
    return results


def whole(scenario: Scenario, fault: Fault, template: Template | None = None) -> Template:
    """What a fault damages: ``template`` (by default the scenario's own), or its variant."""
    from archlib.template import emit

    if fault.variant:
        return emit(scenario.variants[fault.variant]()).template
    return template or emit(scenario.architecture()).template


def judge(
    scenario: Scenario,
    fault: Fault,
    broken: Template,
    template: Template | None = None,
    clouds: Clouds = local,
) -> Report:
    """The report of the check that must notice a fault; ``broken`` is what it damaged."""
    if fault.variant:
        variants = {fault.variant: broken}
        only = [fault.caught_by]
        return verify(scenario, template, only=only, variants=variants, clouds=clouds)
    return verify(scenario, broken, only=[fault.caught_by], clouds=clouds)


def _chosen(scenario: Scenario, only: Iterable[str] | None) -> tuple[Fault, ...]:
    if only is None:
        return scenario.faults
    table = {fault.name: fault for fault in scenario.faults}
    names = list(dict.fromkeys(only))
    if strangers := [name for name in names if name not in table]:
        raise UsageError(
            f"{scenario.name} has no fault called {', '.join(strangers)}",
            hint=f"its faults are {', '.join(table)}",
        )
    return tuple(table[name] for name in names)


def _evidence(report: Report, fault: Fault) -> Evidence:
    """What the named check saw; if it could see nothing, why the template did not deploy."""
    evidence = report.finding(fault.caught_by).evidence
    if evidence.outcome is Outcome.UNKNOWN and report.undeployed is not None:
        return report.undeployed
    return evidence
