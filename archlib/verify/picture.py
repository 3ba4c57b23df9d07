"""The verdict that comes with every scenario: the picture is true."""

from __future__ import annotations

from archlib.architecture import Requirement
from archlib.verify.arrows import Coverage
from archlib.verify.check import Run
from archlib.verify.evidence import Evidence, Finding, Verdict, met, not_met, unknown

PICTURE = Requirement(
    "PICTURE",
    "The picture is true",
    "Every arrow of the diagram is taken by a flow, and no flow takes a hop it does not draw.",
    "design",
)

_TITLES = {
    "flows-end": "Every flow goes to its end",
    "arrows-taken": "Every arrow is taken",
    "no-undrawn-hop": "No hop is undrawn",
}


def verdict(coverage: Coverage, run: Run) -> Verdict:
    """Whether flows took every arrow and nothing else, all to their ends."""
    return _verdict(_ended(run), _taken(coverage), _drawn(coverage))


def not_drawn() -> Verdict:
    """The verdict where nothing could be deployed, so that no flow went anywhere."""
    return _verdict(*(unknown("nothing is deployed") for _ in _TITLES))


def _verdict(*evidence: Evidence) -> Verdict:
    findings = zip(_TITLES.items(), evidence, strict=True)
    return Verdict(PICTURE, tuple(Finding(*check, seen) for check, seen in findings))


def _ended(run: Run) -> Evidence:
    stopped = [r for r in run.flows.values() if r.error is not None]
    if not stopped:
        return met(f"all {len(run.flows)} flows went to their end")
    first = stopped[0]
    hops = first.steps[-1].hops if first.steps else ()
    said = f"flow “{first.flow.name}” {first.error}"
    if behind := run.behind(hops, [first.flow.name]):
        said += f"; behind it: {behind}"
    return unknown(said) if first.unsupported else not_met(said, hops)


def _taken(coverage: Coverage) -> Evidence:
    if coverage.missing:
        names = ", ".join(f"{c.source} → {c.target} ({c.verb})" for c in coverage.missing)
        return not_met(f"no flow takes {names}")
    return met(f"all {sum(1 for hops in coverage.taken.values() if hops)} arrows were taken")


def _drawn(coverage: Coverage) -> Evidence:
    if not coverage.undrawn:
        return met(f"all {sum(map(len, coverage.taken.values()))} hops are drawn")
    source, target, hop = coverage.undrawn[0]
    more = f" and {len(coverage.undrawn) - 1} more" if len(coverage.undrawn) > 1 else ""
    hops = tuple(hop for _, _, hop in coverage.undrawn)
    return not_met(f"{source} → {target}: {hop} is not drawn{more}", hops)
