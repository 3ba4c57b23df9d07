"""MyTodoList: a mobile app's to-dos and files, with no server to manage."""

from __future__ import annotations

from functools import partial

from archlib.scenarios.mytodolist.architecture import architecture
from archlib.scenarios.mytodolist.checks import CHECKS
from archlib.scenarios.mytodolist.faults import FAULTS
from archlib.scenarios.mytodolist.flows import FLOWS
from archlib.verify import Scenario

SCENARIO = Scenario(
    name="mytodolist",
    title="MyTodoList",
    architecture=architecture,
    flows=FLOWS,
    checks=CHECKS,
    faults=FAULTS,
    variants={"without-dax": partial(architecture, dax=False)},
)
