"""Distributing paid content: videos for those who paid."""

from __future__ import annotations

from functools import partial

from archlib.scenarios.paid_content.architecture import architecture
from archlib.scenarios.paid_content.checks import CHECKS
from archlib.scenarios.paid_content.faults import FAULTS
from archlib.scenarios.paid_content.flows import FLOWS
from archlib.verify import Scenario

SCENARIO = Scenario(
    name="paid-content",
    title="Distributing paid content",
    architecture=architecture,
    flows=FLOWS,
    checks=CHECKS,
    faults=FAULTS,
    variants={
        "oac": partial(architecture, access="oac"),
        "s3-links": partial(architecture, links="s3"),
        "parameter": partial(architecture, store="parameter"),
    },
)
