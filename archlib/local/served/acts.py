"""Everything that a served cloud is asked to do and that may change it, as data.

An act is done in the cloud's thread, one after the other: the front (:mod:`.front`)
knows how. As acts are data, they can be written down as they happen and done again
(:mod:`archlib.local.served.state`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from archlib.local.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from archlib.local.dax.service import OutsideCall
    from archlib.local.deploy.deployment import Deployment
    from archlib.local.served.front import Front
    from archlib.template import Asset, Template


class Act(Protocol):
    """Something to be done."""

    def do(self, front: Front) -> Any:
        """Do it, in the cloud's thread."""


#: Does an act, in the cloud's thread, and sees to whatever has to go with it.
Doing = Callable[[Act], Any]


@dataclass(frozen=True)
class Asked:
    """A request; ``proxied``: its client takes the server for a proxy."""

    request: HttpRequest
    proxied: bool

    def do(self, front: Front) -> HttpResponse:
        """Answer it."""
        return front.answer(self.request, self.proxied)


@dataclass(frozen=True)
class AskedTogether:
    """The requests of clients that act at the same time, in the order of their turns."""

    asked: tuple[Asked, ...]

    def do(self, front: Front) -> list[HttpResponse]:
        """Answer them, in turns."""
        return front.answer_together(self.asked)


@dataclass(frozen=True)
class Advanced:
    """Somebody lets virtual ``seconds`` pass."""

    seconds: float

    def do(self, front: Front) -> None:
        """Let them pass."""
        front.clock.advance(seconds=self.seconds)


@dataclass(frozen=True)
class Deployed:
    """Whoever started the server deploys a template; see :meth:`LocalCloud.deploy`."""

    template: Template
    stack_name: str
    parameters: dict[str, str]
    assets: Sequence[Asset]

    def do(self, front: Front) -> Deployment:
        """Deploy it; raises what :meth:`LocalCloud.deploy` raises."""
        made = front.cloud.deploy(
            self.template,
            stack_name=self.stack_name,
            parameters=self.parameters,
            assets=self.assets,
        )
        front.control.deployments[self.stack_name] = made
        return made


@dataclass(frozen=True)
class CalledDax:
    """A DAX client outside calls a cluster, in a thread of its connection that holds the gate."""

    called: OutsideCall

    def do(self, front: Front) -> bytes | None:
        """Answer it; None hangs up."""
        return self.called.do(front.cloud)


@dataclass(frozen=True)
class Rested:
    """Time passes while nobody asks anything."""

    def do(self, front: Front) -> None:
        """Do what is due."""
        front.clock.catch_up()


@dataclass(frozen=True)
class Resumed:
    """The cloud goes on in another process; it stood still since the real instant ``last``."""

    last: float

    def do(self, front: Front) -> None:
        """Set the clock."""
        front.clock.resume(self.last)
