"""What function code cannot do because it is not alone in its process: refused by name.

On AWS an execution environment has its own processes, signals and file descriptors ("Understanding
the Lambda execution environment lifecycle"). Here they are those of the local cloud, and of whoever
runs it.
"""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from archlib.local.functions.execution import inside

#: Makes the function that refuses, of what it refuses in words.
Refusing = Callable[[str], Callable[..., NoReturn]]
Swap = tuple[Any, str, Any]

#: What is refused: (owner, name, in words).
REFUSED: tuple[tuple[Any, str, str], ...] = (
    (subprocess.Popen, "__init__", "starting programs (subprocess)"),
    (os, "system", "starting programs (os.system)"),
    (os, "posix_spawn", "starting programs (os.posix_spawn)"),
    (os, "posix_spawnp", "starting programs (os.posix_spawnp)"),
    (os, "execv", "replacing the process (os.execv)"),
    (os, "execve", "replacing the process (os.execve)"),
    (os, "fork", "forking (os.fork, multiprocessing)"),
    (os, "forkpty", "forking (os.forkpty)"),
    (os, "kill", "sending signals (os.kill)"),
    (os, "killpg", "sending signals (os.killpg)"),
    (os, "abort", "aborting (os.abort)"),
    (os, "closerange", "closing whatever is open (os.closerange)"),
    (signal, "alarm", "alarms (signal.alarm)"),
    (signal, "setitimer", "alarms (signal.setitimer)"),
    (signal, "raise_signal", "sending signals (signal.raise_signal)"),
    (signal, "pthread_kill", "sending signals (signal.pthread_kill)"),
    (signal, "pidfd_send_signal", "sending signals (signal.pidfd_send_signal)"),
    (signal, "pthread_sigmask", "blocking signals (signal.pthread_sigmask)"),
    (signal, "pause", "waiting for signals (signal.pause)"),
    (signal, "sigwait", "waiting for signals (signal.sigwait)"),
    (signal, "sigwaitinfo", "waiting for signals (signal.sigwaitinfo)"),
    (signal, "sigtimedwait", "waiting for signals (signal.sigtimedwait)"),
    (_thread, "interrupt_main", "interrupting the main thread (_thread.interrupt_main)"),
)

#: Descriptors of standard input, output and error, which are the host's.
_STANDARD = (0, 1, 2)


def swaps(
    refusing: Refusing, write: Callable[[bytes], int], leave: Callable[..., NoReturn]
) -> tuple[Swap, ...]:
    """What stands in for all that while function code runs: (owner, name, value).

    ``write`` takes what is written to standard output and error, ``leave`` stands for ``os._exit``.
    """
    # ``os`` has most of it from ``posix``, where it can be had as well.
    systems = [owner for owner in (os, sys.modules.get("posix")) if owner is not None]
    mine = {(owner, name): refusing(what) for owner, name, what in REFUSED}
    mine |= {(os, name): value for name, value in _descriptors(refusing, write).items()}
    mine[os, "_exit"] = leave
    everywhere = [
        (place, name, value)
        for (owner, name), value in mine.items()
        for place in (systems if owner is os else [owner])
    ]
    return tuple(
        (place, name, inside(value, vars(place)[name]))
        for place, name, value in everywhere
        if name in vars(place)
    )


def _descriptors(refusing: Refusing, write: Callable[[bytes], int]) -> dict[str, Any]:
    close, dup2, host = os.close, os.dup2, os.write
    closing = refusing("closing standard streams (os.close)")
    replacing = refusing("replacing standard streams (os.dup2)")

    def written(descriptor: int, data: Any) -> int:
        return write(bytes(data)) if descriptor in _STANDARD else host(descriptor, data)

    def closed(fd: int) -> None:
        return closing() if fd in _STANDARD else close(fd)

    def duplicated(fd: int, fd2: int, inheritable: bool = True) -> int:
        return replacing() if fd2 in _STANDARD else dup2(fd, fd2, inheritable)

    return {"write": written, "close": closed, "dup2": duplicated}
