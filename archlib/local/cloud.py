"""LocalCloud: entering and leaving the cloud that lives in this process.

Entering freezes time, puts fake credentials into the environment, walls off the network,
starts moto and every data plane. Leaving restores the process to what it was.
"""

from __future__ import annotations

import importlib
import random
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from archlib.errors import ArchlibError
from archlib.local import environment, moto_backend
from archlib.local.api import Api
from archlib.local.clients import Clients
from archlib.local.clock import Clock
from archlib.local.http import HttpHosts
from archlib.local.identity import (
    ADMIN_KEY,
    CONTROL_KEY,
    LOCAL_SECRET,
    RAW_KEY,
    Credentials,
    Identities,
)
from archlib.local.moto_call import MotoCalls
from archlib.local.network import Network
from archlib.local.outbox import Outbox
from archlib.local.pace import unhurried_collector
from archlib.local.patches import Patches
from archlib.local.plane import PLANES, Plane
from archlib.local.process_time import ProcessTime, sleep_virtually
from archlib.local.trace import Trace
from archlib.local.turns import Turns

if TYPE_CHECKING:
    from archlib.local.deploy.deployment import Deployment
    from archlib.local.keys.ring import RsaRing
    from archlib.template import Asset, Template

P = TypeVar("P")

#: The instant at which every cloud begins unless told otherwise.
EPOCH = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)

ACCOUNT = "123456789012"

_active: LocalCloud | None = None


class LocalCloud:
    """A cloud in this process: ``with LocalCloud() as cloud:`` or ``start()`` and ``stop()``.

    ``region`` is where things are deployed by default, ``seed`` decides every generated id,
    ``start`` the virtual instant at which the cloud begins. ``planes`` is for tests that need
    only a part of the cloud; ``clock`` makes a clock of another kind (a served cloud's runs along
    with real time), ``keep_hops`` bounds the trace. Only one cloud can be active in a process at
    a time.
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        seed: int = 7,
        start: datetime = EPOCH,
        planes: Iterable[str] = PLANES,
        clock: Callable[[datetime, Callable[[float], None]], Clock] = Clock,
        keep_hops: int | None = None,
    ) -> None:
        self.account = ACCOUNT
        self.region = region
        self.seed = seed
        self._start_at = start
        self._plane_names = tuple(planes)
        self._make_clock = clock
        self._keep_hops = keep_hops
        self._planes: list[Plane] = []
        self._patches = Patches()
        self._depth = 0
        self._depth_lock = threading.Lock()
        self._leaving: ExitStack | None = None
        self._reset()

    def _reset(self) -> None:
        self._random = random.Random(self.seed)
        self._process_time = ProcessTime()
        self.clock = self._make_clock(self._start_at, self._process_time.move_to)
        self.trace = Trace(self.clock.time, self.clock.reckoned, keep=self._keep_hops)
        self.network = Network()
        self.api = Api(self)
        self.http = HttpHosts(self)
        self.identities = Identities(self.account, self.clock.time)
        self.turns = Turns()
        self.outbox = Outbox()
        self.gate: AbstractContextManager[Any] = nullcontext()
        self.take: Callable[[Any], Any] = lambda called: called.do(self)
        self.ports: dict[str, int] = {}
        self.served = False
        self._rsa_keys: RsaRing | None = None

    # -- entering and leaving -------------------------------------------------------------

    def __enter__(self) -> LocalCloud:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, at: datetime | None = None) -> LocalCloud:
        """Enter; returns the cloud itself. Raises :class:`ArchlibError` if one is active.

        One that was stopped begins anew, ``at`` another instant if that is given.
        """
        global _active
        if _active is not None:
            raise ArchlibError(
                "a local cloud is already active in this process", hint="stop() it first"
            )
        moto_backend.load()
        self._start_at = at or self._start_at
        self._reset()
        # Every step is undone by its own entry, whatever becomes of the others.
        with ExitStack() as leaving:
            leaving.callback(_forget_active)
            _active = self
            self._enter(leaving)
            self._leaving = leaving.pop_all()
        return self

    def stop(self) -> None:
        """Leave: every patch, variable, thread and socket of the cloud is gone afterwards.

        A plane that fails to stop keeps nothing else from being undone; its error comes out
        at the end.
        """
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leaving.close()

    def open_to_clients(
        self, gate: AbstractContextManager[Any], take: Callable[[Any], Any]
    ) -> None:
        """Expect clients outside this process; their threads hold ``gate`` while they are served.

        ``take`` takes what they ask besides HTTP: something that :meth:`do` can be called of, with
        the cloud. Endpoints that are told from now on (of DAX clusters) lead to loopback addresses.
        """
        self.gate, self.take, self.served = gate, take, True

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Whoever only looks leaves the ids to come as they are, though looking draws some."""
        state = self._random.getstate()
        with moto_backend.undrawn():
            try:
                yield
            finally:
                self._random.setstate(state)

    @property
    def running(self) -> bool:
        """Whether the cloud has been started and not been stopped."""
        return self._leaving is not None or _active is self

    def _enter(self, leaving: ExitStack) -> None:
        leaving.enter_context(unhurried_collector())
        leaving.callback(environment.restore, environment.current())
        environment.isolate(self.region)
        leaving.callback(moto_backend.stop)
        moto_backend.start(self.seed)
        leaving.callback(self._process_time.release)
        self._process_time.freeze(self._start_at)
        leaving.callback(self._patches.undo)
        sleep_virtually(self._patches, self._slept)
        self.network.guard(self._patches)
        self.http.intercept(self._patches)
        self._intercept_botocore()
        leaving.callback(self._clients.close)
        for name in self._plane_names:
            module, _, attribute = name.partition(":")
            plane: Plane = getattr(importlib.import_module(module), attribute)()
            self._planes.append(plane)
            try:
                plane.start(self)
            except BaseException:
                with suppress(Exception):  # half started: what matters is why it did not start
                    self._stop_plane(plane)
                raise
            leaving.callback(self._stop_plane, plane)

    def _stop_plane(self, plane: Plane) -> None:
        self._planes.remove(plane)
        plane.stop()

    @property
    def administrator(self) -> str:
        """The ARN of whoever deploys: the default caller, allowed everything."""
        return self.identities.resolve(ADMIN_KEY).arn

    # -- clients ---------------------------------------------------------------------------

    def client(
        self,
        service: str,
        *,
        region: str | None = None,
        credentials: Credentials | None = None,
        unsigned: bool = False,
    ) -> Any:
        """A boto3 client; without ``credentials`` it is the administrator who deploys."""
        chosen = credentials or Credentials(ADMIN_KEY, LOCAL_SECRET)
        return self._client(service, region or self.region, chosen, unsigned)

    def control(self, service: str, *, region: str | None = None) -> Any:
        """A client for the control plane: handlers run, IAM and the trace do not see it."""
        key = Credentials(CONTROL_KEY, LOCAL_SECRET)
        return self._client(service, region or self.region, key, False)

    def raw(self, service: str, *, region: str | None = None) -> Any:
        """A client straight to moto: no handlers, no IAM, no trace."""
        key = Credentials(RAW_KEY, LOCAL_SECRET)
        return self._client(service, region or self.region, key, False)

    def on_behalf(self, service: str, region: str) -> tuple[Any, MotoCalls]:
        """For calls over the wire: a client that signs as the caller being served (see
        :mod:`archlib.local.on_behalf`), and moto without a client in between."""
        return self._clients.on_behalf(service, region)

    def unseen(self, client: Any, operation: str, params: Mapping[str, Any]) -> Any:
        """A client's call as it would be without this cloud's seam: moto's part of it."""
        moto_backend.attach(client)
        return self._make_api_call(client, operation, params)

    def _client(self, service: str, region: str, credentials: Credentials, unsigned: bool) -> Any:
        if not self.running:
            raise ArchlibError(
                f"no {service} client: this local cloud is not running", hint="start() it first"
            )
        return self._clients.get(service, region, credentials, unsigned=unsigned)

    # -- ids, planes, deployments ------------------------------------------------------------

    def new_id(
        self, kind: str, length: int = 10, alphabet: str = "abcdefghijklmnopqrstuvwxyz0123456789"
    ) -> str:
        """A seeded id. ``kind`` says what it is for; equal seeds and histories give equal ids."""
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def new_uuid(self) -> str:
        """A seeded UUID (version 4 by form)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    @property
    def rsa_keys(self) -> RsaRing:
        """The cloud's RSA keys: whoever needs one takes the next."""
        from archlib.local.keys.ring import RsaRing

        if self._rsa_keys is None:
            self._rsa_keys = RsaRing(self.seed)
        return self._rsa_keys

    def plane(self, cls: type[P]) -> P:
        """The running plane of a class; raises :class:`KeyError` when it is not started."""
        for plane in self._planes:
            if isinstance(plane, cls):
                return plane
        raise KeyError(cls.__name__)

    def deploy(
        self,
        template: Template,
        *,
        stack_name: str,
        parameters: dict[str, str] | None = None,
        assets: Iterable[Asset] = (),
    ) -> Deployment:
        """Upload ``assets``, create the stack, wait for it; see :mod:`archlib.local.deploy`."""
        from archlib.local.deploy.deployment import deploy

        return deploy(self, template, stack_name, parameters or {}, tuple(assets))

    @contextmanager
    def activity(self) -> Iterator[None]:
        """Mark a client's call; queued work runs when the outermost one has ended."""
        with self._depth_lock:
            self._depth += 1
        try:
            yield
        finally:
            with self._depth_lock:
                self._depth -= 1
                idle = self._depth == 0
            if idle:
                self.clock.settle()

    # -- seams -------------------------------------------------------------------------------

    def _slept(self, seconds: float) -> None:
        if self._depth:
            self.clock.sleep(seconds)
        else:
            self.clock.advance(seconds=seconds)

    def _intercept_botocore(self) -> None:
        import boto3
        import botocore.client
        from botocore.useragent import UserAgentString

        base: Any = botocore.client.BaseClient
        original = self._make_api_call = base._make_api_call

        def call(client: Any, operation_name: str, api_params: Any) -> Any:
            moto_backend.attach(client)
            return self.api.call(
                client,
                operation_name,
                api_params,
                lambda params: original(client, operation_name, params),
            )

        self._patches.set(base, "_make_api_call", call)
        # Nobody here reads what a client says of itself, and saying it is a twentieth of a call.
        said = UserAgentString.from_environment().to_string()
        self._patches.set(UserAgentString, "to_string", lambda agent: said)
        session = moto_backend.session(self.region)
        self._patches.set(boto3, "DEFAULT_SESSION", session)
        self._clients = Clients(session)


def active() -> bool:
    """Whether a local cloud is active in this process."""
    return _active is not None


def _forget_active() -> None:
    global _active
    _active = None
