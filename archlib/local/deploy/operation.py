"""What one operation on a stack works with: its host, its undo list, its failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archlib.local.deploy.stack import Deployed


@dataclass(frozen=True)
class Host:
    """What the engine needs of the cloud around it."""

    account: str
    region: str
    client: Callable[[str], Any]
    now: Callable[[], datetime]
    new_id: Callable[[int, str], str]
    new_uuid: Callable[[], str]


@dataclass
class Undo:
    """Changes made so far in one operation, newest last."""

    steps: list[tuple[str, Deployed, Deployed | None]] = field(default_factory=list)


class Failed(Exception):
    """An operation stops here; the events have been written."""

    def __init__(self, logical_ids: list[str], why: str | None = None) -> None:
        self.logical_ids = logical_ids
        self.why = why
        super().__init__(", ".join(logical_ids))

    def summary(self, verb: str) -> str:
        """What the stack's own event says."""
        if self.why is not None:
            return f"{self.why.rstrip('.')}."
        return f"The following resource(s) failed to {verb}: [{', '.join(self.logical_ids)}]."
