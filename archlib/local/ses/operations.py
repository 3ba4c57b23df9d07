"""What every group of API operations works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archlib.local.api import ApiCall, Handler
from archlib.local.clock import Clock
from archlib.local.ses.account import Account
from archlib.local.ses.sending import Sending
from archlib.local.ses.verification import Verification


@dataclass(frozen=True)
class Services:
    """The parts of the plane; ``tokens`` makes a domain's three DKIM tokens."""

    account_in: Callable[[str], Account]
    sending: Sending
    verification: Verification
    tokens: Callable[[], tuple[str, ...]]
    clock: Clock


class Operations:
    """A group of operations of one API version."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        raise NotImplementedError

    def _account(self, call: ApiCall) -> Account:
        return self._services.account_in(call.region)
