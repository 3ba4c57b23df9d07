"""Measuring hops: how often a function ran, what a table read, how often a cache hit."""

from __future__ import annotations

from collections.abc import Iterable

from archlib.local.trace import Hop
from archlib.verify.check import Run
from archlib.verify.flow import Step
from archlib.verify.resources import of_type

_READS = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:Scan")
_CACHED = ("dax:GetItem", "dax:Query", "dax:BatchGetItem", "dax:Scan")


def invocations(run: Run, step: Step) -> int:
    """How many times a step reached the function."""
    functions = [
        run.deployment.arn_of(name) for name in of_type(run.template.body, "AWS::Lambda::Function")
    ]
    return sum(1 for arn in functions if arn for _ in step.hops_to(arn))


def read_units(hops: Iterable[Hop]) -> float:
    """Read capacity units that hops consumed at tables."""
    return sum(float(h.detail.get("capacity_units") or 0) for h in hops if h.action in _READS)


def hit_ratio(hops: Iterable[Hop]) -> float | None:
    """Hits among the reads that asked a DAX cluster; None if none did."""
    asked = [hop.cache for hop in hops if hop.action in _CACHED]
    return asked.count("hit") / len(asked) if asked else None
