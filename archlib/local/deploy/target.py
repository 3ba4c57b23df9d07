"""Where a template is deployed to, as deploying sees it: this process's cloud, or one elsewhere."""

from __future__ import annotations

from typing import Any, Protocol


class Target(Protocol):
    """An account in a region, with clients that may do everything there.

    ``seed`` decides the keys that deploying makes.
    """

    @property
    def account(self) -> str:
        """The account's number."""

    @property
    def region(self) -> str:
        """Where stacks are made."""

    @property
    def seed(self) -> int:
        """What decides generated keys."""

    def client(self, service: str) -> Any:
        """A boto3 client of whoever deploys."""

    def control(self, service: str) -> Any:
        """A boto3 client for what deploying does besides the stack, as unseen as it can be."""
