"""Acts are done, written down, and done again."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import archlib
from archlib.local.patches import Patches
from archlib.local.served.acts import Act, Asked, AskedTogether, CalledDax, Rested, Resumed
from archlib.local.served.state import lines
from archlib.local.served.state.digest import digest, summary
from archlib.local.served.state.file import StateFile, StateLost
from archlib.local.served.state.held_time import HeldTime, KeptClock
from archlib.local.served.state.randomness import Randomness
from archlib.local.served.wall_clock import real_time

if TYPE_CHECKING:
    from archlib.local.served.front import Front

log = logging.getLogger(__name__)

#: Differences that are told in words; all are counted.
TOLD = 5
_REQUESTS = (Asked, AskedTogether, CalledDax)


@dataclass(frozen=True)
class Restored:
    """What was done again: how many requests and other acts, in how many seconds, from how many
    bytes. ``differences`` are the first acts that came out otherwise than they had, in words;
    ``different`` counts them all. ``cut_off``: a crash had left a line unfinished.
    """

    requests: int
    others: int
    seconds: float
    size: int
    different: int
    differences: tuple[str, ...]
    cut_off: bool


class Keeper:
    """Keeps one served cloud's state in a file.

    :meth:`begin` or :meth:`restore` come first; then every act is done by :meth:`doing`. All of it
    happens in the cloud's thread, or while its gate is held.
    """

    def __init__(self, path: Path) -> None:
        """Raises :class:`UsageError` for a file that cannot be one, or is another server's."""
        self._file = StateFile(path)
        try:
            self._header = self._file.header()
        except BaseException:
            self._file.close()
            raise
        self._time = HeldTime()
        self._patches = Patches()
        self._front: Front | None = None
        self._seen = 0
        self._ports: dict[str, int] = {}

    @property
    def is_new(self) -> bool:
        """Whether there is nothing to restore."""
        return self._header is None

    @property
    def region(self) -> str | None:
        """Where the cloud was that is restored."""
        return None if self._header is None else str(self._header["region"])

    @property
    def seed(self) -> int | None:
        """What decided that cloud's ids."""
        return None if self._header is None else int(self._header["seed"])

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._file.size

    def clock(self, start: datetime, moved: Callable[[float], None]) -> KeptClock:
        """The clock that the cloud must have."""
        return KeptClock(start, moved, self._time)

    # -- beginning --------------------------------------------------------------------------------

    def begins(self) -> datetime:
        """When the cloud begins: now, or when the one did that is restored."""
        if self._header is None:
            return datetime.fromtimestamp(real_time(), UTC)
        return datetime.fromtimestamp(self._header["begun"], UTC)

    def starting(self, begun: datetime, start: Callable[[], None]) -> None:
        """Start a cloud at an instant."""
        with self._time.at(begun.timestamp()):
            start()

    def begin(self, front: Front, begun: datetime) -> None:
        """Keep a new cloud from now on; what was in the file is gone."""
        cloud = front.cloud
        header = {
            "archlib": archlib.__version__, "region": cloud.region, "seed": cloud.seed,
            "begun": begun.timestamp(), "entropy": os.urandom(16).hex(),
        }  # fmt: skip
        self._file.begin(header)
        self._header = header
        self._attach(front)

    def restore(self, front: Front, *, catch_up: bool, progress: Callable[[str], None]) -> Restored:
        """Do again what the file tells, in a cloud that has just begun as that one had.

        The clock goes on from where it stood, or with ``catch_up`` from where it would stand by
        now. Raises :class:`UsageError` for a file that is not as it was written.
        """
        self._attach(front)
        begun, requests, others, different = time.perf_counter(), 0, 0, 0
        told: list[str] = []
        last = self._begun()
        for number, fields in self._file.acts():
            try:
                act = lines.read(fields)
                last, known = float(fields["at"]), (fields["now"], fields["digest"])
                front.cloud.ports.update(fields.get("ports", {}))
            except (KeyError, TypeError, ValueError) as error:
                raise self._file.wrong(number, f"this line tells of nothing: {error}") from None
            if number % 50 == 0:
                progress(f"restore line {number}")
            outcome = self._done(act, last)
            requests, others = _counted(act, requests, others)
            if (front.clock.time(), digest(outcome)) != known:
                different += 1
                if len(told) < TOLD:
                    told.append(f"line {number}: {_name(act)}: {_otherwise(fields, outcome)}")
        self._noticed()
        if not catch_up:
            self.doing(Resumed(last))
        seconds = time.perf_counter() - begun
        return Restored(
            requests, others, seconds, self._file.size, different, tuple(told), self._file.cut_off
        )

    def _begun(self) -> float:
        assert self._header is not None
        return float(self._header["begun"])

    def _attach(self, front: Front) -> None:
        assert self._header is not None
        self._patches.undo()
        self._front = front
        self._randomness = Randomness(str(self._header["entropy"]), front.cloud.turns)
        self._randomness.install(self._patches)
        self._noticed()

    def _noticed(self) -> None:
        front = self._front
        assert front is not None
        self._ports = dict(front.cloud.ports)
        self._seen = cast(KeptClock, front.clock).ran

    # -- keeping ----------------------------------------------------------------------------------

    def doing(self, act: Act) -> Any:
        """Do an act and write it down; whatever it raises, its doer gets.

        Raises :class:`StateLost` when it has been done and cannot be written down.
        """
        at = real_time()
        outcome = self._done(act, at)
        if not isinstance(act, Rested) or self._something_ran():
            self._write(act, at, outcome)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _done(self, act: Act, at: float) -> Any:
        """What comes of an act; an error as a value."""
        assert self._front is not None
        with self._time.at(at), self._randomness.dealing():
            try:
                return act.do(self._front)
            except Exception as error:
                return error

    def _write(self, act: Act, at: float, outcome: Any) -> None:
        front = self._front
        assert front is not None
        fields = {"at": at, **lines.written(act)}
        ports = front.cloud.ports
        if ports != self._ports:
            fields["ports"] = dict(ports)
        fields.update(now=front.clock.time(), answer=summary(outcome), digest=digest(outcome))
        self._noticed()
        self._file.append(fields)

    def _something_ran(self) -> bool:
        assert self._front is not None
        return cast(KeptClock, self._front.clock).ran != self._seen

    def close(self) -> None:
        """Note the time, and let go of the file; the system's random bytes are back."""
        try:
            if self._front is not None:
                at = real_time()
                self._write(Rested(), at, self._done(Rested(), at))
        except StateLost as lost:
            log.error("%s", lost)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is."""
        self._front = None
        self._patches.undo()
        self._file.close()


def _counted(act: Act, requests: int, others: int) -> tuple[int, int]:
    if isinstance(act, _REQUESTS):
        return requests + (len(act.asked) if isinstance(act, AskedTogether) else 1), others
    return requests, others + 1


def _name(act: Act) -> str:
    if isinstance(act, Asked):
        return f"{act.request.method} {act.request.url.partition('?')[0]}"
    return type(act).__name__


def _otherwise(fields: dict[str, Any], outcome: Any) -> str:
    was, is_ = fields["answer"], summary(outcome)
    return f"{was} as before, but not the same" if was == is_ else f"{is_} instead of {was}"
