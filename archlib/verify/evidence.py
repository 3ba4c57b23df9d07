"""Evidence and verdicts: what was observed, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from archlib.architecture import Requirement
from archlib.local.trace import Hop


class Outcome(Enum):
    """Three values: what cannot be decided is unknown, never a guess."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Evidence:
    """What one check observed, in a line a reviewer can read.

    ``hops`` are the calls it rests on, ``resources`` the logical ids.
    """

    outcome: Outcome
    observed: str
    hops: tuple[Hop, ...] = ()
    resources: tuple[str, ...] = ()


def met(observed: str, hops: Iterable[Hop] = (), resources: Iterable[str] = ()) -> Evidence:
    """Evidence that a requirement holds."""
    return Evidence(Outcome.MET, observed, tuple(hops), tuple(resources))


def not_met(observed: str, hops: Iterable[Hop] = (), resources: Iterable[str] = ()) -> Evidence:
    """Evidence that a requirement does not hold."""
    return Evidence(Outcome.NOT_MET, observed, tuple(hops), tuple(resources))


def unknown(reason: str) -> Evidence:
    """Nothing could be observed, and why."""
    return Evidence(Outcome.UNKNOWN, reason)


def judged(
    holds: bool,
    yes: str,
    no: str,
    hops: Iterable[Hop] = (),
    resources: Iterable[str] = (),
) -> Evidence:
    """``met(yes)`` if ``holds`` else ``not_met(no)``."""
    return (met if holds else not_met)(yes if holds else no, hops, resources)


@dataclass(frozen=True)
class Finding:
    """One check's evidence."""

    check: str
    title: str
    evidence: Evidence


@dataclass(frozen=True)
class Verdict:
    """A requirement with the findings that decide it."""

    requirement: Requirement
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Not met if any check says so; else unknown if any is; else met."""
        outcomes = {finding.evidence.outcome for finding in self.findings}
        if Outcome.NOT_MET in outcomes:
            return Outcome.NOT_MET
        if Outcome.UNKNOWN in outcomes or not outcomes:
            return Outcome.UNKNOWN
        return Outcome.MET

    @property
    def reason(self) -> str:
        """The evidence that decides: the first finding with the verdict's own outcome."""
        for finding in self.findings:
            if finding.evidence.outcome is self.outcome:
                return finding.evidence.observed
        return "no check was run"
