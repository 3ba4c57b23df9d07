"""How much may be sent: recipients in 24 hours, and recipients a second.

Source: Amazon SES Developer Guide, "Service quotas in Amazon SES" and "Managing your Amazon SES
sending limits": the sandbox allows 200 in 24 hours (rolling) and one a second; quotas count
recipients, not messages; mail to the simulator does not count for the day but for the rate.
What production access grants varies; ours is the customary beginning.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DAY: Final = 86_400.0


@dataclass(frozen=True)
class Limits:
    """``daily`` recipients in 24 hours, ``rate`` recipients a second."""

    daily: float
    rate: float


SANDBOX: Final = Limits(200.0, 1.0)
PRODUCTION: Final = Limits(50_000.0, 14.0)


class Quota:
    """What one account has sent in one region."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sent: deque[tuple[float, int]] = deque()
        self._tokens: float | None = None
        self._filled = now()

    @property
    def last_day(self) -> int:
        """Recipients of the last 24 hours."""
        while self._sent and self._sent[0][0] <= self._now() - DAY:
            self._sent.popleft()
        return sum(count for _, count in self._sent)

    def refuses(self, limits: Limits, recipients: int) -> str | None:
        """Why a message may not be sent now, in SES's words; None if it may.

        A message with more recipients than a second allows goes out and is paid for by waiting.
        """
        if self.last_day + recipients > limits.daily:
            return "Daily message quota exceeded."
        if self._available(limits) < 1:
            return "Maximum sending rate exceeded."
        return None

    def take(self, limits: Limits, recipients: int, counted: int) -> None:
        """Book a message: ``recipients`` for the rate, ``counted`` of them for the day."""
        self._tokens = self._available(limits) - recipients
        if counted:
            self._sent.append((self._now(), counted))

    def _available(self, limits: Limits) -> float:
        now = self._now()
        held = limits.rate if self._tokens is None else self._tokens
        # A hair's breadth: sums of seconds are no exact numbers.
        self._tokens = min(limits.rate, held + (now - self._filled) * limits.rate + 1e-9)
        self._filled = now
        return self._tokens
