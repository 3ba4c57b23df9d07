"""The cloud in which a template is judged, as verification sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from archlib.verify.flow import Hops, Inbox

if TYPE_CHECKING:
    from archlib.local.deploy.deployment import Deployment
    from archlib.template import Asset, Template


class Passing(Protocol):
    """A clock that somebody may advance."""

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Let time pass."""


class Together(Protocol):
    """Who lets clients act at the same time."""

    def together(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run the calls so; their results, in order."""


class Cloud(Protocol):
    """An empty cloud: the local one of this process, or one that is served in another.

    While it is active, boto3's default session and plain HTTP by the real names lead to it.
    """

    @property
    def region(self) -> str:
        """Where stacks are made."""

    @property
    def administrator(self) -> str:
        """The ARN of whoever deploys and operates: not a part of what is drawn."""

    @property
    def outbox(self) -> Inbox:
        """The messages that the cloud would have sent."""

    @property
    def clock(self) -> Passing:
        """Its time."""

    @property
    def trace(self) -> Hops:
        """What happened in it."""

    @property
    def turns(self) -> Together:
        """Clients at the same time."""

    def client(self, service: str) -> Any:
        """A boto3 client of the administrator; ``region`` may be given."""

    def deploy(
        self, template: Template, *, stack_name: str, assets: Iterable[Asset] = ()
    ) -> Deployment:
        """Create a stack; raises :class:`DeploymentError` with the reasons."""


#: Gives an empty cloud each time, active in the block.
Clouds = Callable[[], AbstractContextManager[Cloud]]


def local() -> AbstractContextManager[Cloud]:
    """A local cloud in this process."""
    from archlib.local import LocalCloud

    return LocalCloud()
