"""Lockout after wrong passwords, in virtual time.

AWS, "Things to know about authentication with user pools", section "Lockout behavior for
failed sign-in attempts": after five failures the user is locked out for a second, and each
further failure doubles that, up to about 15 minutes; attempts during a lockout change
nothing; a success, or 15 minutes without an attempt after a lockout, start over.
"""

from __future__ import annotations

from dataclasses import dataclass

FREE_FAILURES = 5
LONGEST = 900.0


@dataclass
class Lockout:
    """The failures of one user. Times are virtual epoch seconds."""

    failures: int = 0
    until: float = 0.0
    last: float = 0.0

    def locked(self, now: float) -> bool:
        """Whether a sign-in is refused without looking at the password."""
        return now < self.until

    def failed(self, now: float) -> None:
        """Count a wrong password."""
        if self.failures >= FREE_FAILURES and now - max(self.last, self.until) >= LONGEST:
            self.failures = 0
        self.failures += 1
        self.last = now
        if self.failures >= FREE_FAILURES:
            self.until = now + min(2.0 ** (self.failures - FREE_FAILURES), LONGEST)

    def succeeded(self) -> None:
        """Forget all failures."""
        self.failures, self.until, self.last = 0, 0.0, 0.0
