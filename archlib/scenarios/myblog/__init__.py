"""MyBlog.com: a blog for readers everywhere."""

from __future__ import annotations

from functools import partial

from archlib.scenarios.myblog.architecture import architecture
from archlib.scenarios.myblog.checks import CHECKS
from archlib.scenarios.myblog.faults import FAULTS
from archlib.scenarios.myblog.flows import FLOWS
from archlib.verify import Scenario

SCENARIO = Scenario(
    name="myblog",
    title="MyBlog.com",
    architecture=architecture,
    flows=FLOWS,
    checks=CHECKS,
    faults=FAULTS,
    variants={
        "without-dax": partial(architecture, dax=False),
        "oac": partial(architecture, access="oac"),
        "aurora": partial(architecture, database="aurora"),
    },
)
