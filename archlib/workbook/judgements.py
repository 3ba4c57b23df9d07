"""Verdicts, faults and ablations as a reader sees them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archlib.verify import Outcome, Report, Verdict
from archlib.verify.ablation import Ablation
from archlib.verify.faulty import Caught
from archlib.workbook.cells import lines, outcome
from archlib.workbook.exhibit import Page, Prose
from archlib.workbook.listing import Listing
from archlib.workbook.table import Table, table

if TYPE_CHECKING:
    from archlib.template import Template

#: Lines of context around a change, and lines of a difference that are shown at all.
CONTEXT, SHOWN = 3, 60


def verdicts(report: Report) -> Table:
    """Every requirement with its verdict and the evidence it rests on."""
    met = sum(verdict.outcome is Outcome.MET for verdict in report.verdicts)
    return table(
        f"{met} of {len(report.verdicts)} requirements met ({report.source})",
        ("requirement", "verdict", "evidence"),
        (
            (
                f"{verdict.requirement.id} {verdict.requirement.title}",
                outcome(verdict.outcome),
                lines(finding.evidence.observed for finding in verdict.findings),
            )
            for verdict in report.verdicts
        ),
    )


def caught(one: Caught, before: str, whole: Template, broken: Template) -> Page:
    """A fault: what it changes in the template, and what its check saw before and after."""
    seen = table(
        f"The check {one.fault.caught_by}",
        ("template", "verdict", "evidence"),
        (
            ("as designed", outcome(Outcome.MET), before),
            (f"with {one.fault.name}", outcome(one.evidence.outcome), one.evidence.observed),
        ),
    )
    return Page((difference(whole, broken, one.fault.title), seen))


def ablated(one: Ablation, whole: Template, rest: Template) -> Page:
    """A part taken out: which verdicts turned, and on what evidence."""
    changed = difference(whole, rest, f"Without {one.part}")
    count = len(one.before.verdicts)
    if not one.turned:
        words = f"None of {count} verdicts turned: nothing that was judged rests on this part."
        return Page((changed, Prose(words)))
    turned = table(
        f"{len(one.turned)} verdict{'s' * (len(one.turned) != 1)} turned",
        ("requirement", "before", "now", "evidence now"),
        (
            (
                f"{now.requirement.id} {now.requirement.title}",
                outcome(was.outcome if was else Outcome.MET),
                outcome(now.outcome),
                lines(_deciding(now)),
            )
            for was, now in one.turned
        ),
    )
    return Page((changed, turned))


def _deciding(verdict: Verdict) -> Iterator[str]:
    """The evidence that makes the outcome what it is, each line once."""
    yield from dict.fromkeys(
        finding.evidence.observed
        for finding in verdict.findings
        if finding.evidence.outcome is verdict.outcome
    )


def difference(before: Template, after: Template, caption: str) -> Listing:
    """What was taken out of and put into each resource, with a little of what stands around."""
    found = list(_differences(before.body["Resources"], after.body["Resources"]))
    if len(found) > SHOWN:
        found = [*found[:SHOWN], f"… and {len(found) - SHOWN} lines more"]
    return Listing("\n".join(found), "diff", caption)


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    from archlib.template.yaml_write import to_yaml

    for name in dict.fromkeys((*before, *after)):
        if before.get(name) == after.get(name):
            continue
        old, new = (
            to_yaml({name: _bare(side[name])}).splitlines() if name in side else []
            for side in (before, after)
        )
        if not new:
            # A resource that is gone: its name and what it was say enough.
            yield from (f"-{line}" for line in old[:2])
            yield "-  …"
            continue
        for line in list(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]:
            yield f" {name}:" if line.startswith("@@") else line


def _bare(resource: Any) -> Any:
    """Without metadata: who reads a change does not read where it came from."""
    return {key: value for key, value in resource.items() if key != "Metadata"}
