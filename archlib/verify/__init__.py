"""Verification: flows run, checks look, requirements get their verdicts."""

from archlib.verify.check import Check, Fault, Run
from archlib.verify.evidence import (
    Evidence,
    Finding,
    Outcome,
    Verdict,
    judged,
    met,
    not_met,
    unknown,
)
from archlib.verify.flow import Flow, FlowRun, Inbox, Site, Step
from archlib.verify.run import Report, site, verify
from archlib.verify.scenario import Scenario

__all__ = [
    "Check",
    "Evidence",
    "Fault",
    "Finding",
    "Flow",
    "FlowRun",
    "Inbox",
    "Outcome",
    "Report",
    "Run",
    "Scenario",
    "Site",
    "Step",
    "Verdict",
    "judged",
    "met",
    "not_met",
    "site",
    "unknown",
    "verify",
]
