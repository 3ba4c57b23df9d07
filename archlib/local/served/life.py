"""The cloud behind a server, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from archlib.errors import UsageError
from archlib.local.client_hints import unless_virtual
from archlib.local.cloud import LocalCloud
from archlib.local.regions import check_region
from archlib.local.served.acts import Act, CalledDax
from archlib.local.served.front import Front
from archlib.local.served.state import Keeper, Restored
from archlib.local.served.wall_clock import WallClock, real_time
from archlib.local.served.worker import Worker

REGION = "us-east-1"
#: Hops of the trace that are kept at least: many times those of any verification, some 50 MB.
KEPT_HOPS = 50_000


class Life:
    """Everything here happens in the worker's thread, but for making one.

    ``state`` is the file that keeps what is done, if any. Raises :class:`UsageError` for a file
    that cannot be, for one that is of another region, and for a region that does not exist.
    """

    def __init__(self, region: str | None, seed: int, state: Path | None) -> None:
        if region is not None:
            check_region(region)
        self._keeper = None if state is None else Keeper(state)
        keeper = self._keeper
        clock = WallClock if keeper is None else keeper.clock
        if keeper is not None and not keeper.is_new:
            if region not in (None, keeper.region):
                keeper.abandon()
                raise UsageError(f"the cloud of {state} is in {keeper.region}, not in {region}")
            region, seed = keeper.region, keeper.seed
        self.cloud = LocalCloud(
            region=region or REGION, seed=seed, clock=clock, keep_hops=KEPT_HOPS
        )
        #: How restoring went; None for a cloud that has just begun.
        self.restored: Restored | None = None
        self.front: Front

    def begin(
        self,
        worker: Worker,
        told: Callable[[Front], None],
        *,
        catch_up: bool,
        progress: Callable[[str], None],
    ) -> None:
        """Start the cloud, or restore it; ``told`` is told of the front of this and of later ones.

        Raises :class:`UsageError` for a state that is not as it was written.
        """
        self._worker, self._told = worker, told
        keeper = self._keeper
        if keeper is None or keeper.is_new:
            return self._anew()
        with keeper.held(keeper.begun):
            self._start(keeper.begun)
        try:
            self.restored = keeper.restore(self.front, catch_up=catch_up, progress=progress)
        except BaseException:
            self.cloud.stop()
            raise

    def renew(self) -> None:
        """Put a new cloud in the place of this one; nothing of it is left."""
        self.cloud.stop()
        self._anew()

    def _anew(self) -> None:
        keeper, begun = self._keeper, datetime.fromtimestamp(real_time(), UTC)
        if keeper is None:
            return self._start(begun)
        with keeper.held(begun):
            self._start(begun)
        keeper.begin(self.front, begun)

    def _start(self, begun: datetime) -> None:
        cloud = self.cloud.start(begun)
        clock = cast(WallClock, cloud.clock)
        cloud.identities.virtual_now = unless_virtual(clock.virtual_now)
        cloud.identities.virtual_then = unless_virtual(clock.virtual_then)
        gate: AbstractContextManager[Any] = self._worker.gate
        cloud.open_to_clients(gate, lambda called: self.do(CalledDax(called)))
        self.front = Front(cloud, clock, self._worker, self.do)
        self._told(self.front)

    def do(self, act: Act) -> Any:
        """Do an act, and keep it where state is kept."""
        return act.do(self.front) if self._keeper is None else self._keeper.doing(act)

    def end(self) -> None:
        """Stop the cloud."""
        if self._keeper is not None:
            self._keeper.close()
        self.cloud.stop()

    def abandon(self) -> None:
        """Let go of what was held by one that has not begun."""
        if self._keeper is not None:
            self._keeper.abandon()
