"""A cloud that answers any client: started, deployed to, stopped."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archlib.local.cloud import LocalCloud
from archlib.local.identity import ADMIN_KEY, LOCAL_SECRET, Credentials
from archlib.local.served.acts import Deployed, Rested
from archlib.local.served.certificates import Authority
from archlib.local.served.control import Control
from archlib.local.served.front import Front
from archlib.local.served.life import Life
from archlib.local.served.listener import Arrived, Listener, bound
from archlib.local.served.state import Restored, StateLost
from archlib.local.served.tenancy import Tenancy
from archlib.local.served.worker import Worker

if TYPE_CHECKING:
    from aiohttp import web

    from archlib.local.deploy.deployment import Deployment
    from archlib.local.http import HttpResponse
    from archlib.template import Asset, Template

T = TypeVar("T")

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
#: Bytes of a request's body; what is longer is answered with 413.
BODY_LIMIT = 256 * 1024 * 1024
#: Seconds between two looks at the clock while nobody asks anything.
TICK = 0.25
#: Seconds that stopping waits for answers under way, and for a call that does not end.
PATIENCE = 3.0


def preload() -> None:
    """Import what a cloud needs, much of it not before a plane asks for it: start one, and stop.

    A served cloud that is started afterwards answers within a fraction of a second.
    """
    with LocalCloud():
        pass


class ServedCloud:
    """A :class:`LocalCloud` behind real sockets: ``with ServedCloud() as served: …``.

    ``port`` 0 takes any free one, as does ``tls_port``; None for ``tls_port`` serves no TLS.
    ``ca_folder`` keeps the certificate authority from one run to the next. The cloud lives in a
    thread of its own: :meth:`within` runs something there. One served cloud in a process.

    ``state`` is a file that keeps what is done (:mod:`archlib.local.served.state`): where it
    exists, starting restores the cloud, and :attr:`restored` tells how that went. With ``catch_up``
    the time counts that has passed since. What is done by :meth:`within` is not kept.
    """

    def __init__(
        self,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        tls_port: int | None = 0,
        region: str | None = None,
        seed: int = 7,
        ca_folder: Path | None = None,
        body_limit: int = BODY_LIMIT,
        state: Path | None = None,
        catch_up: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.host = host
        self._wanted = (port, tls_port)
        self._ca_folder = ca_folder
        self._body_limit = body_limit
        self.state = state
        self._catch_up = catch_up
        self._progress = progress
        self._life = Life(region, seed, state)
        self.cloud = self._life.cloud
        self.authority: Authority | None = None
        #: The address on which it listens, once it does: names and short forms are resolved.
        self.address = ""
        self.port = 0
        self.tls_port: int | None = None

    # -- coming and going ---------------------------------------------------------------------

    def __enter__(self) -> ServedCloud:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> ServedCloud:
        """Start the cloud and listen.

        Raises :class:`UsageError` for a port that is taken and for a state that is not as it was.
        """
        port, tls_port = self._wanted
        self._plain = bound(self.host, port)
        try:
            self._secure = (
                None if tls_port is None else bound(self.host, tls_port, option="--tls-port")
            )
            try:
                self._begin()
            except BaseException:
                if self._secure is not None:
                    self._secure.close()
                raise
        except BaseException:
            self._plain.close()
            self._life.abandon()
            raise
        return self

    def _begin(self) -> None:
        self.address, self.port = self._plain.getsockname()[:2]
        if self._secure is not None:
            self.tls_port = self._secure.getsockname()[1]
            self.authority = Authority(self._ca_folder)
        self._worker = Worker("archlib-cloud")
        try:
            self._worker.call(self._begin_life)
            self._listen()
        except BaseException:
            self._worker.close(PATIENCE)
            if self.authority is not None:
                self.authority.close()
            raise

    def _begin_life(self) -> None:
        self._life.begin(self._worker, self._let, catch_up=self._catch_up, progress=self._progress)

    def _let(self, front: Front) -> None:
        """Let clients begin with an empty cloud, and again with one that is emptied."""
        tenancy = Tenancy(self.cloud, self.ca_file, self._renew)
        front.control.offer("GET", "access", tenancy.access)
        front.control.offer("POST", "reset", tenancy.reset)

    async def _renew(self, look: Callable[[], None]) -> None:
        before = self.control

        def renew() -> None:
            look()
            self._life.renew()

        await self._worker.awaited(renew)
        self.control.pages = before.pages
        before.stopping.set()

    async def _serve(self, arrived: Arrived) -> HttpResponse | web.StreamResponse:
        return await self._life.front.serve(arrived)

    def _serves(self, host: str) -> bool:
        return self._life.front.serves(host)

    def _listen(self) -> None:
        ready = threading.Event()
        trouble: list[BaseException] = []
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(ready, trouble)),
            name="archlib-listener",
            daemon=True,
        )
        self._thread.start()
        ready.wait()
        if trouble:
            self._thread.join()
            self._worker.call(self._life.end)
            raise trouble[0]

    async def _run(self, ready: threading.Event, trouble: list[BaseException]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        listener = Listener(self._serve, self._serves, self.authority, self._body_limit)
        try:
            await listener.start(self._plain, self._secure)
        except BaseException as error:
            trouble.append(error)
            return
        finally:
            ready.set()
        ticking = asyncio.create_task(self._tick())
        await self._stopping.wait()
        self.control.stopping.set()
        ticking.cancel()
        await listener.stop(PATIENCE)

    async def _tick(self) -> None:
        """Let what is due happen while nobody asks."""
        told = ""
        while True:
            await asyncio.sleep(TICK)
            if not self._worker.idle:
                continue
            try:
                await self._worker.awaited(lambda: self._life.do(Rested()))
            except StateLost as lost:
                # Nothing is done any more, until the cloud is emptied: to be said once.
                if str(lost) != told:
                    told = str(lost)
                    log.error("%s", lost)
            except Exception as error:
                log.error("what was due failed", exc_info=error)

    def stop(self) -> None:
        """Answer what is under way, close every port, leave the cloud."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(4 * PATIENCE)
        try:
            self._worker.submit(self._life.end).result(PATIENCE)
        except TimeoutError:
            log.error("a call that does not end keeps the cloud from stopping")
        self._worker.close(0 if self._worker.busy else PATIENCE)
        self._plain.close()
        if self._secure is not None:
            self._secure.close()
        if self.authority is not None:
            self.authority.close()

    # -- what is served -----------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The AWS API and everything else, without TLS."""
        return f"http://{self._shown}:{self.port}"

    @property
    def tls_endpoint(self) -> str | None:
        """The same with TLS; its authority's certificate is :attr:`ca_file`."""
        return None if self.tls_port is None else f"https://{self._shown}:{self.tls_port}"

    @property
    def _shown(self) -> str:
        host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.address, self.host)
        return f"[{host}]" if ":" in host and not host.startswith("[") else host

    @property
    def ca_file(self) -> Path | None:
        """The certificate that clients must trust for TLS."""
        return None if self.authority is None else self.authority.ca_file

    @property
    def credentials(self) -> Credentials:
        """The administrator's keys: they open this cloud and nothing else."""
        return Credentials(ADMIN_KEY, LOCAL_SECRET)

    @property
    def restored(self) -> Restored | None:
        """How restoring the state went; None for a cloud that has just begun."""
        return self._life.restored

    @property
    def region(self) -> str:
        """Where things are deployed by default."""
        return self.cloud.region

    @property
    def control(self) -> Control:
        """The server's own surface."""
        return self._life.front.control

    async def awaited(self, call: Callable[[], T]) -> T:
        """Look at something in the cloud's thread, from the listener's event loop.

        Whatever ids looking draws, those to come stay as they are.
        """

        def look() -> T:
            with self.cloud.looking():
                return call()

        return await self._worker.awaited(look)

    def within(self, call: Callable[[], T]) -> T:
        """Run something in the cloud's thread, between two requests."""
        return self._worker.call(call)

    def deploy(
        self,
        template: Template,
        *,
        stack_name: str,
        parameters: dict[str, str] | None = None,
        assets: Iterable[Asset] = (),
    ) -> Deployment:
        """Create a stack; see :meth:`LocalCloud.deploy`."""
        act = Deployed(template, stack_name, dict(parameters or {}), tuple(assets))
        made: Deployment = self.within(lambda: self._life.do(act))
        return made
