"""How long a change takes to another region.

Source: Amazon DynamoDB Developer Guide, "Global tables core concepts": changes are replicated
"typically within a second or less". Ours take exactly :data:`DEFAULT_LAG`, whatever the pair,
until an experiment says otherwise.
"""

from __future__ import annotations

from typing import Final

from archlib.errors import UsageError

DEFAULT_LAG: Final = 1.0
"""Virtual seconds from a write to its arrival in another region."""


class Lags:
    """Replication lag by pair of regions."""

    def __init__(self) -> None:
        self._lags: dict[tuple[str, str], float] = {}

    def of(self, source: str, target: str) -> float:
        """Virtual seconds from a write in ``source`` until it arrives in ``target``."""
        return self._lags.get((source, target), DEFAULT_LAG)

    def set(self, source: str, target: str, seconds: float) -> None:
        """Change the lag of one direction, for writes from now on."""
        if seconds < 0:
            raise UsageError(f"a replication lag cannot be negative (asked for {seconds} s)")
        self._lags[source, target] = seconds
