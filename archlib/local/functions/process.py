"""The process that function code believes to be alone in.

:class:`Process` holds, for one execution environment, everything that on AWS belongs to the
process: environment variables, standard output, the logging tree, the random generator, the
module search path, the working directory. :meth:`Process.running` puts it in force for the
length of a block and then restores the host exactly, whatever the block raised.

While function code runs, ``time.sleep`` spends virtual time, ``random`` and ``uuid`` draw from
the cloud's seed, and what cannot be honoured inside one process (forking, starting programs,
alarm signals) raises :class:`~archlib.errors.Unsupported`. ``secrets`` and ``os.urandom`` stay
real, as cryptography needs them to be. AWS: "Understanding the Lambda execution environment
lifecycle"; "Defined runtime environment variables".
"""

from __future__ import annotations

import io
import linecache
import os
import random
import signal
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, NoReturn

from archlib.errors import Unsupported
from archlib.local.functions import alone, waiting
from archlib.local.functions.execution import current_execution, inside
from archlib.local.functions.host import (
    HostState,
    LoggingTree,
    default_filters,
    filters_changed,
    resynchronize,
)
from archlib.local.functions.modules import ModuleSpace
from archlib.local.functions.output import LambdaHandler, StandardOutput

Sleep = Callable[[float], None]

#: Variables of the host that botocore must go on seeing: they keep it off the user's files.
KEPT_VARIABLES = (
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_CONFIG_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_SHARED_CREDENTIALS_FILE",
)

_STREAMS = ("stdout", "stderr", "__stdout__", "__stderr__")

_ONE_PROCESS = "the local cloud runs functions inside its own process"

_RANDOM_FUNCTIONS = tuple(
    name
    for name in random.__all__
    if name[0].islower() and getattr(getattr(random, name), "__self__", None) is not None
)


class ProcessExit(BaseException):
    """``os._exit`` in function code: the process would be gone."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def _exit(status: int = 0) -> NoReturn:
    raise ProcessExit(status)


def _keep_signal(number: int, handler: object) -> object:
    """``signal.signal``: Lambda sends no signal to functions without extensions."""
    return signal.SIG_DFL


def _start_in_context(thread: threading.Thread, start: Callable[[threading.Thread], None]) -> None:
    """Start a thread of function code in a copy of the context: its calls nest in the trace."""
    context, run, execution = copy_context(), thread.run, current_execution.get()

    def contained() -> None:
        try:
            context.run(run)
        except BaseException:
            # What goes wrong after the invocation is nobody's to see; on AWS it is frozen then.
            if execution is None or not execution.finished:
                raise

    thread.run = contained  # type: ignore[method-assign]
    start(thread)


class _Random(random.Random):
    """The generator behind ``random`` and ``uuid`` in function code."""

    def uuid4(self) -> uuid.UUID:
        return uuid.UUID(int=self.getrandbits(128), version=4)


#: The processes that the calling thread has put in force, the innermost last.
_stage: ContextVar[tuple[Process, ...]] = ContextVar("archlib_stage", default=())


@contextmanager
def off_stage() -> Iterator[None]:
    """Give the process back to the host for the block, while function code waits in it."""
    stage = _stage.get()
    for process in reversed(stage):
        process._leave()
    try:
        yield
    finally:
        for process in stage:
            process._enter()


class Process:
    """Process-wide state of one execution environment.

    ``variables`` is the environment as function code finds it at its first line; ``seed`` feeds
    ``random`` and ``uuid``; ``sleep`` replaces ``time.sleep``; ``level`` is the application log
    level, if one is configured. ``refused`` remembers the last thing that had to be refused, in
    case the code swallowed the exception.
    """

    refused: Unsupported | None = None

    def __init__(
        self,
        space: ModuleSpace,
        variables: Mapping[str, str],
        *,
        seed: int,
        sleep: Sleep,
        json_logs: bool = False,
        level: int | None = None,
    ) -> None:
        from archlib.local.moto_backend import loader

        self.output = StandardOutput()
        self.handler = LambdaHandler(self.output, json_logs)
        self.space = space
        # As os.environ stores them: encoded, where the platform's environment is bytes.
        self._variables: dict[Any, Any] = {
            os.environ.encodekey(key): os.environ.encodevalue(value)
            for key, value in variables.items()
        }
        self._random = _Random(seed)
        self._node = self._random.getrandbits(47) | 1 << 40
        self._ticks = 0
        self._directory = str(space.package.task)
        self._session: Any = None
        self._create_loader = loader
        self._logging = LoggingTree(self.handler, level)
        self._path: list[str] | None = None
        self._filters: Any = default_filters()
        self._swaps = self._table(sleep)

    def __getitem__(self, name: str) -> str:
        return str(os.environ.decodevalue(self._variables[os.environ.encodekey(name)]))

    def get(self, name: str) -> str | None:
        """A variable's value; None for one that function code has taken away."""
        value = self._variables.get(os.environ.encodekey(name))
        return None if value is None else str(os.environ.decodevalue(value))

    def set(self, name: str, value: str) -> None:
        """Set a variable between invocations (the trace id changes with each)."""
        self._variables[os.environ.encodekey(name)] = os.environ.encodevalue(value)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Put this process's state in force for the block."""
        stage = _stage.get()
        token = _stage.set((*stage, self))
        try:
            self._enter()
            try:
                yield
            finally:
                self._leave()
        finally:
            _stage.reset(token)

    def _enter(self) -> None:
        import boto3

        # First of all: nothing has been changed yet if the directory is gone.
        self._host = HostState()
        os.chdir(self._directory)
        if self._path is None:
            # Inside another function's invocation, its package is not the host's.
            root = str(self.space.package.task.parents[1])
            self.space.path = [entry for entry in sys.path if not entry.startswith(root)]
            self._path = [*self.space.package.path, *self.space.path]
        self._before = dict(self._variables)
        swaps = (
            *self._swaps,
            (sys, "path", self._path),
            (boto3, "DEFAULT_SESSION", self._session),
            (warnings, "filters", self._filters),
        )
        self._saved = [(owner, name, vars(owner)[name]) for owner, name, _ in swaps]
        self.space.enter()
        self._logging.enter()
        for owner, name, value in swaps:
            setattr(owner, name, value)
        filters_changed()

    def _leave(self) -> None:
        # First of all: function code may have taken modules away that this needs.
        self.space.leave()
        import boto3

        self._session = boto3.DEFAULT_SESSION
        self._path = sys.path
        self._filters = warnings.filters
        for owner, name, value in reversed(self._saved):
            setattr(owner, name, value)
        filters_changed()
        self._logging.leave()
        self._host.restore()
        if self._variables != self._before:
            resynchronize(self._before, self._variables)

    def _table(self, sleep: Sleep) -> tuple[tuple[Any, str, Any], ...]:
        import botocore.session

        start, nothing = threading.Thread.start, io.StringIO()
        table = (
            (os.environ, "_data", self._variables),
            (os, "environ", os.environ),
            (sys, "stdin", nothing),
            (sys, "__stdin__", nothing),
            *((sys, name, self.output) for name in _STREAMS),
            (linecache, "cache", self.space.linecache),
            (botocore.session, "create_loader", lambda *_, **__: self._create_loader()),
            (time, "sleep", sleep),
            (uuid, "uuid1", inside(self._uuid1, uuid.uuid1)),
            (uuid, "uuid4", inside(self._random.uuid4, uuid.uuid4)),
            *(
                (random, name, inside(getattr(self._random, name), getattr(random, name)))
                for name in _RANDOM_FUNCTIONS
            ),
            (threading.Thread, "start", lambda thread: _start_in_context(thread, start)),
            *waiting.swaps(),
            (warnings, "_showwarnmsg_impl", self._show_warning),
            (signal, "signal", inside(_keep_signal, signal.signal)),
            *alone.swaps(self._refusing, self.output.write_bytes, _exit),
        )
        return tuple(swap for swap in table if swap[1] in vars(swap[0]))

    def _refusing(self, what: str) -> Callable[..., NoReturn]:
        def refuse(*_: object, **__: object) -> NoReturn:
            self.refused = Unsupported(f"{what} in function code", hint=_ONE_PROCESS)
            raise self.refused

        return refuse

    def _uuid1(self, node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        """A version 1 UUID from virtual time, with a count for calls at the same instant."""
        self._ticks += 1
        moment = time.time_ns() // 100 + 0x01B21DD213814000 + self._ticks
        sequence = 0 if clock_seq is None else clock_seq
        fields = (
            moment & 0xFFFFFFFF, (moment >> 32) & 0xFFFF, (moment >> 48) & 0x0FFF,
            (sequence >> 8) & 0x3F, sequence & 0xFF, self._node if node is None else node,
        )  # fmt: skip
        return uuid.UUID(fields=fields, version=1)

    def _show_warning(self, message: warnings.WarningMessage) -> None:
        self.output.write(
            warnings.formatwarning(
                message.message,
                message.category,
                message.filename,
                message.lineno,
                message.line,
            )
        )
