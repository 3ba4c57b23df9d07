"""The scenarios, by the name each has everywhere."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from archlib.errors import UsageError

if TYPE_CHECKING:
    from archlib.verify import Scenario

#: Name -> module that holds ``SCENARIO``. A new scenario is a new line here.
SCENARIOS = {
    "mytodolist": "archlib.scenarios.mytodolist",
    "myblog": "archlib.scenarios.myblog",
    "paid-content": "archlib.scenarios.paid_content",
}


def scenario(name: str) -> Scenario:
    """Load a scenario; raises :class:`UsageError` for an unknown name."""
    if name not in SCENARIOS:
        raise UsageError(
            f"there is no scenario called {name!r}", hint=f"known: {', '.join(SCENARIOS)}"
        )
    found: Scenario = importlib.import_module(SCENARIOS[name]).SCENARIO
    return found
