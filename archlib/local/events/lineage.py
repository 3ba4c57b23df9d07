"""Where an event comes from: the chain of resources and functions that led to it.

AWS: "Lambda recursive loop detection": events sent by a function through a supported service
carry a count of the invocations in their chain of requests; a function that would run more
than about 16 times within one chain is not invoked. The count is lost where a service does not
take part. A chain that goes on for ever without AWS noticing would be no use in a cloud whose
client waits for it to come to rest; it is an error here, which names the loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from archlib.errors import ArchlibError
from archlib.local.functions.execution import running

#: "Lambda ... stops the next invocation after approximately 16" in one chain of requests.
RECURSION_LIMIT = 16

#: Rounds through one function after which a chain that AWS would let go on is an error here.
ENDLESS = 250


@dataclass(frozen=True)
class Lineage:
    """A chain of requests: ARNs, oldest first; ``tracked`` is where Lambda's count begins."""

    trail: tuple[str, ...] = ()
    tracked: int = 0

    def then(self, arn: str) -> Lineage:
        """The chain, one link longer."""
        return Lineage((*self.trail, arn), self.tracked)

    def untracked(self) -> Lineage:
        """The chain after a service that does not hand Lambda's count on."""
        return Lineage(self.trail, len(self.trail))

    def is_recursive(self, function_arn: str) -> bool:
        """Whether Lambda would refuse to run the function once more in this chain."""
        return self.trail[self.tracked :].count(function_arn) >= RECURSION_LIMIT

    def check_end(self, function_arn: str) -> None:
        """Raise :class:`ArchlibError`, naming the loop, when the chain has no end in sight."""
        rounds = self.trail.count(function_arn)
        if rounds < ENDLESS:
            return
        last = len(self.trail) - 1 - self.trail[::-1].index(function_arn)
        loop = (*self.trail[last:], function_arn)
        raise ArchlibError(
            f"a trigger feeds itself: {rounds} rounds through {' -> '.join(loop)}",
            where=function_arn,
            hint="on AWS this would run, and cost, until somebody stops it",
        )


ROOT = Lineage()
_carried: ContextVar[Lineage | None] = ContextVar("archlib_lineage", default=None)


@dataclass
class Lineages:
    """Chains of the invocations under way, by request id."""

    _by_request: dict[str, Lineage] = field(default_factory=dict)

    def note(self, request_id: str, lineage: Lineage) -> None:
        """An event was queued for a function under this request id."""
        if request_id:
            self._by_request[request_id] = lineage

    def present(self) -> Lineage:
        """The chain of whatever is going on: the root for a client's own call."""
        execution = running()
        if execution is not None and execution.request_id in self._by_request:
            return self._by_request[execution.request_id]
        return _carried.get() or ROOT


@contextmanager
def carrying(lineage: Lineage) -> Iterator[None]:
    """Whatever is sent or invoked in the block belongs to this chain."""
    token = _carried.set(lineage)
    try:
        yield
    finally:
        _carried.reset(token)
