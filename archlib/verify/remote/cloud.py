"""The served cloud itself: entered and left, deployed to, emptied."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from archlib.errors import ArchlibError, UsageError
from archlib.local import environment, moto_backend
from archlib.local.network import Network
from archlib.local.patches import Patches
from archlib.local.process_time import ProcessTime
from archlib.verify.remote import seams
from archlib.verify.remote.surface import Surface, no_served_cloud
from archlib.verify.remote.views import RemoteClock, RemoteOutbox, RemoteTrace, RemoteTurns

if TYPE_CHECKING:
    from archlib.local.deploy.deployment import Deployment
    from archlib.template import Asset, Template

#: What client libraries read: where the proxy is, and whose certificates are good.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY")
_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
#: What a served cloud tells of itself.
_ACCESS = frozenset({
    "account", "region", "seed", "administrator", "access_key_id", "secret_access_key",
    "certificate",
})  # fmt: skip
_NO_PROXY = "localhost,127.0.0.1,::1"


class Remotely:
    """Gives the cloud that is served at ``url``, empty each time: for :func:`verify`.

    The first time it must be as it was started, or ``reset`` say that whatever is in it may go.
    """

    def __init__(self, url: str, *, reset: bool = False) -> None:
        self._url = url
        self._reset = reset

    def __call__(self) -> RemoteCloud:
        """The cloud, to be entered."""
        return RemoteCloud(self._url, reset=self._reset)


class RemoteCloud:
    """A served cloud as a context: ``with RemoteCloud("http://127.0.0.1:4566") as cloud: …``.

    Entering empties it, and so does leaving, unless somebody else has made a stack meanwhile.
    Inside, this process has no keys but the served cloud's, its clients take that cloud for
    their proxy and trust its certificates, nothing but loopback can be reached, and the process's
    own idea of the time is the cloud's. Leaving restores the process.

    Raises :class:`UsageError` where no cloud is served, and for one that is not empty, unless
    ``reset`` is given.
    """

    def __init__(self, url: str, *, reset: bool = False) -> None:
        self._surface = Surface(url)
        self._reset = reset
        self._stacks: list[str] = []
        self._clients: dict[tuple[str, str], Any] = {}
        self._patches = Patches()
        self._time = ProcessTime()
        self._leaving: ExitStack | None = None
        self.trace = RemoteTrace(self._surface)
        self.outbox = RemoteOutbox(self._surface)
        self.clock = RemoteClock(self._surface, self._time.move_to)
        self.turns = RemoteTurns(self._surface)

    # -- entering and leaving -------------------------------------------------------------

    def __enter__(self) -> RemoteCloud:
        from archlib.local.cloud import active

        if active():
            raise ArchlibError("a local cloud is active in this process", hint="stop() it first")
        access = self._surface.get("access")
        if not access.keys() >= _ACCESS:
            raise no_served_cloud(self._surface.endpoint)
        if access["certificate"] is None:
            raise UsageError(
                "the served cloud has no TLS, by which the real host names are reached",
                where=self._surface.endpoint,
                hint="start it without --no-tls",
            )
        self.account: str = access["account"]
        self.region: str = access["region"]
        self.seed: int = access["seed"]
        self.administrator: str = access["administrator"]
        self._keys = {
            "aws_access_key_id": access["access_key_id"],
            "aws_secret_access_key": access["secret_access_key"],
        }
        self._surface.post("reset", force=self._reset)
        # Every step is undone by its own entry, whatever becomes of the others.
        with ExitStack() as leaving:
            leaving.callback(self._empty)
            self._enter(leaving, access["certificate"])
            self._leaving = leaving.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leaving.close()

    def _enter(self, leaving: ExitStack, certificate: str) -> None:
        folder = leaving.enter_context(tempfile.TemporaryDirectory(prefix="archlib-remote-"))
        bundle = Path(folder) / "ca.pem"
        bundle.write_text(certificate)
        leaving.callback(environment.restore, environment.current())
        environment.isolate(self.region)
        os.environ.update(
            dict.fromkeys(_PROXIES, self._surface.endpoint)
            | dict.fromkeys(_BUNDLES, str(bundle))
            # One attempt, so that a refusal is seen as it is.
            | {"NO_PROXY": _NO_PROXY, "AWS_MAX_ATTEMPTS": "1"}
        )
        leaving.callback(self._time.release)
        self._time.follow(self.clock.time())
        leaving.callback(self._patches.undo)
        Network().guard(self._patches)
        seams.install(self._patches)
        self._session = moto_backend.outside_session(self.region)
        self._patches.set(importlib.import_module("boto3"), "DEFAULT_SESSION", self._session)
        leaving.callback(self._close_clients)

    def _close_clients(self) -> None:
        clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def _empty(self) -> None:
        # What somebody else has made meanwhile, or a server that is gone, is not ours to mend.
        with suppress(UsageError):
            self._surface.post("reset", own=self._stacks)

    # -- what verification needs ---------------------------------------------------------------

    def client(self, service: str, *, region: str | None = None) -> Any:
        """A boto3 client of the administrator."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=key[1], **self._keys)
        return self._clients[key]

    def control(self, service: str) -> Any:
        """The same: from outside everything is seen."""
        return self.client(service)

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

        self._stacks.append(stack_name)
        return deploy(self, template, stack_name, parameters or {}, tuple(assets))
