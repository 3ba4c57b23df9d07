"""What a page for people brings to a served cloud; :mod:`archlib.console` is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from archlib.local.http import HttpResponse
from archlib.local.served.answers import Answer
from archlib.local.served.listener import Arrived
from archlib.local.trace import Hop


class Pages(Protocol):
    """Answers below ``/_archlib/console/``, in the listener's event loop."""

    def front(self) -> HttpResponse:
        """The page at ``/``."""

    async def serve(self, arrived: Arrived, path: str) -> Answer:
        """Answer a request; ``path`` is what follows ``console/``. Raises :class:`Mistake`."""

    def told(self, hop: Hop) -> Mapping[str, Any]:
        """What is told of a hop besides what it says itself."""
