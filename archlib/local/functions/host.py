"""Parts of the process that cannot be swapped by setting one attribute.

Each is taken over when function code starts to run and given back when it ends; see
:mod:`archlib.local.functions.process`.
"""

from __future__ import annotations

import asyncio.events
import gc
import logging
import os
import socket
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any


def _umask() -> int:
    """The process's; it can be read by setting it only."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _collect(on: bool) -> None:
    (gc.enable if on else gc.disable)()


#: What the interpreter has one of, and function code may set: how it is read and written.
_HELD: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (socket.getdefaulttimeout, socket.setdefaulttimeout),
    (gc.isenabled, _collect),
    (_umask, os.umask),
)


class HostState:
    """What has no attribute to swap: working directory, running event loop, and :data:`_HELD`."""

    def __init__(self) -> None:
        try:
            self._directory: str | None = os.getcwd()
        except FileNotFoundError:
            self._directory = None
        self._zone = time.tzname
        self._held = [(write, read, read()) for read, write in _HELD]
        # A notebook's cells run inside an event loop; a Lambda handler may call asyncio.run.
        self._loop = asyncio.events._get_running_loop()
        if self._loop is not None:
            asyncio.events._set_running_loop(None)

    def restore(self) -> None:
        """Put it all back."""
        if self._directory is not None:
            with suppress(OSError):
                os.chdir(self._directory)
        for write, read, value in self._held:
            if read() != value:
                write(value)
        if time.tzname != self._zone:
            # The C library has an environment of its own, and has read the zone there.
            if (zone := os.environ.get("TZ")) is not None:
                os.putenv("TZ", zone)
            else:
                os.unsetenv("TZ")
            time.tzset()
        asyncio.events._set_running_loop(self._loop)


class LoggingTree:
    """The logging tree of an environment: root settings and all named loggers."""

    def __init__(self, handler: logging.Handler, level: int | None) -> None:
        self._mine: tuple[Any, ...] = ([handler], [], level or logging.WARNING, False, {}, 0)
        self._host: tuple[Any, ...] = ()

    def enter(self) -> None:
        """Put the environment's tree in force."""
        self._host = self._swap(self._mine)

    def leave(self) -> None:
        """Put the host's tree back; what function code changed is kept for next time."""
        self._mine = self._swap(self._host)

    @staticmethod
    def _swap(state: tuple[Any, ...]) -> tuple[Any, ...]:
        root, manager = logging.root, logging.Logger.manager
        old = (
            root.handlers, root.filters, root.level, root.disabled,
            manager.loggerDict, manager._disable,  # type: ignore[attr-defined]
        )  # fmt: skip
        stale = (old[2], old[5]) != (state[2], state[5])
        if stale:
            manager._clear_cache()  # type: ignore[attr-defined]
        (
            root.handlers, root.filters, root.level, root.disabled,
            manager.loggerDict, manager._disable,  # type: ignore[attr-defined]
        ) = state  # fmt: skip
        if stale:
            manager._clear_cache()  # type: ignore[attr-defined]
        return old


def filters_changed() -> None:
    """Tell the interpreter that ``warnings.filters`` is another list now."""
    if hasattr(warnings, "_filters_mutated"):
        warnings._filters_mutated()
    else:  # Python 3.14
        with warnings._lock:  # type: ignore[attr-defined]
            warnings._filters_mutated_lock_held()  # type: ignore[attr-defined]


def default_filters() -> list[Any]:
    """Python's own warning filters, whatever the host's tests made of them."""
    return [
        ("default", None, DeprecationWarning, "__main__", 0),
        ("ignore", None, DeprecationWarning, None, 0),
        ("ignore", None, PendingDeprecationWarning, None, 0),
        ("ignore", None, ImportWarning, None, 0),
        ("ignore", None, ResourceWarning, None, 0),
    ]


def resynchronize(before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]) -> None:
    """Undo at the level of the C library what assignments to ``os.environ`` did there."""
    host = os.environ._data  # type: ignore[attr-defined]
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key):
            if key in host:
                os.putenv(key, host[key])
            else:
                os.unsetenv(key)
