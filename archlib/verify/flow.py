"""Flows: named sequences of client steps, in plain boto3 and HTTP, valid for every cloud.

A flow is a function of a :class:`Site`. It marks its steps, so that checks can say which hops
belong to which step, and leaves in each step's ``result`` what the client saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from archlib.errors import Unsupported, UsageError, VerificationError
from archlib.local.trace import Hop


class Inbox(Protocol):
    """Where a person's mail arrives."""

    def latest_code(self, address: str) -> str:
        """The newest code sent to ``address``."""

    def to(self, address: str) -> Sequence[Any]:
        """The messages sent to ``address``, oldest first; each has ``subject`` and ``body``."""


class Hops(Protocol):
    """What happened, hop by hop."""

    def mark(self) -> int:
        """A place in it, for :meth:`since`."""

    def since(self, mark: int) -> tuple[Hop, ...]:
        """The finished hops that began after ``mark`` was taken; the same ones at each call."""


@dataclass(frozen=True)
class Step:
    """One step as it went: the client's ``result`` or ``error``, and the hops it caused."""

    name: str
    result: Any
    error: str | None
    hops: tuple[Hop, ...]

    def hops_to(self, target: str) -> tuple[Hop, ...]:
        """The hops whose target is ``target`` (an ARN) or something inside it."""
        return tuple(h for h in self.hops if within(h.target, target))


def within(arn: str, outer: str) -> bool:
    """Whether ``arn`` is ``outer`` or a part of it (object in bucket, index of table)."""
    return arn == outer or (arn.startswith(outer) and arn[len(outer)] in "/:")


@dataclass
class OpenStep:
    """A step under way; the flow sets ``result``."""

    name: str
    result: Any = None


class MissingOutput(UsageError, LookupError):
    """The template has no output of a name that a flow needs."""


class Outputs(dict[str, str]):
    """A deployment's outputs by name; :class:`MissingOutput` says which one there is not."""

    def __missing__(self, name: str) -> str:
        there = ", ".join(self) or "none"
        raise MissingOutput(f"the template has no output {name}", hint=f"its outputs: {there}")


class Site:
    """What a flow works with: a deployment's outputs, its clients, an inbox and the time.

    ``client(service, **options)`` gives a boto3 client where the deployment runs (options as
    for :func:`boto3.client`; without keys the client is unsigned, as an app on a phone is).
    ``operator`` gives a client with the administrator's rights, for what a flow must find in
    place or for an administrator's slip; such calls are not part of the drawn design. ``wait``
    lets time pass: virtual in a local cloud. ``at`` puts the clients of a block into a city: in a
    local cloud by the map; on AWS whoever runs the flow stands where he stands. ``together``
    runs calls as clients that act at the same time and gives their results in order.
    """

    def __init__(
        self,
        outputs: Mapping[str, str],
        client: Callable[..., Any],
        operator: Callable[..., Any],
        inbox: Inbox,
        wait: Callable[..., None],
        at: Callable[[str], AbstractContextManager[object]],
        trace: Hops,
        together: Callable[[Sequence[Callable[[], Any]]], list[Any]],
    ) -> None:
        self.outputs: Mapping[str, str] = Outputs(outputs)
        self.client = client
        self.operator = operator
        self.inbox = inbox
        self.wait = wait
        self.at = at
        self.together = together
        self._trace = trace
        self._steps: list[Step] = []
        self._operating: set[int] = set()
        self._failed: tuple[BaseException, str] | None = None

    @property
    def region(self) -> str:
        """The region of the deployment."""
        return self.outputs["Region"]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The finished steps."""
        return tuple(self._steps)

    def mark(self) -> int:
        """A place in the trace, for :meth:`since`."""
        return self._trace.mark()

    def since(self, mark: int) -> tuple[Hop, ...]:
        """The hops since a mark, without the operator's own."""
        return tuple(hop for hop in self._trace.since(mark) if hop.number not in self._operating)

    @contextmanager
    def operating(self) -> Iterator[None]:
        """Mark a block as the operator's doing: its hops are no part of the drawn design.

        Calls of ``operator`` clients need no mark; this is for what an operator does without
        them, such as following the link in a mail.
        """
        mark = self._trace.mark()
        try:
            yield
        finally:
            self._operating.update(range(mark, self._trace.mark()))

    @contextmanager
    def step(self, name: str) -> Iterator[OpenStep]:
        """Mark a step; an exception ends it, and the flow."""
        mark, step, error = self._trace.mark(), OpenStep(name), None
        try:
            yield step
        except BaseException as failure:
            error = f"{type(failure).__name__}: {failure}"
            # Of nested steps the innermost is the one that failed.
            if self._failed is None or self._failed[0] is not failure:
                self._failed = failure, name
            raise
        finally:
            self._steps.append(Step(name, step.result, error, self.since(mark)))

    def place_of(self, failure: BaseException) -> str:
        """Where in the flow an exception came from: a step, behind a step, or the start."""
        if self._failed is not None and self._failed[0] is failure:
            return f"at step “{self._failed[1]}”"
        return f"after step “{self._steps[-1].name}”" if self._steps else "at its start"


@dataclass(frozen=True)
class Flow:
    """A named flow. ``variant`` names the scenario's variant it runs against ("" is itself)."""

    name: str
    title: str
    run: Callable[[Site], None]
    variant: str = ""


@dataclass(frozen=True)
class FlowRun:
    """A flow as it went: its steps, and all its hops, those between steps too.

    ``error`` says where and why it stopped early.
    """

    flow: Flow
    steps: tuple[Step, ...]
    hops: tuple[Hop, ...] = ()
    error: str | None = None
    unsupported: bool = False


def perform(flow: Flow, site: Site) -> FlowRun:
    """Run a flow to its end, or to the step that fails.

    A failure is an observation, not an error of ours: the run says which step it was. An attempt
    to end the process (``sys.exit``) is a failure too. Raises :class:`VerificationError` for two
    steps of one name: nobody could say which of them a check means.
    """
    mark, error, unsupported = site.mark(), None, False
    try:
        flow.run(site)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:
        error = f"stopped {site.place_of(failure)}: {type(failure).__name__}: {failure}"
        unsupported = isinstance(failure, Unsupported)
    names = Counter(step.name for step in site.steps)
    if twice := [name for name, count in names.items() if count > 1]:
        raise VerificationError(f"two steps are called “{twice[0]}”", where=f"flow “{flow.name}”")
    return FlowRun(flow, site.steps, site.since(mark), error, unsupported)
