"""Which function code is running here: a context variable, carried into its threads.

Function code shares the process with servers of other data planes and with threads that
earlier invocations left behind. What is replaced process-wide while a handler runs asks
:func:`running` first, and behaves as usual for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import RLock
from typing import Any


@dataclass(eq=False)
class Execution:
    """Function code that is running: its deadline in virtual epoch seconds.

    ``request_id`` is empty while the module is being initialised. ``children`` is held by
    whatever it invokes, so that two threads of a handler do not run two functions at once.
    """

    deadline: float
    finished: bool = False
    request_id: str = ""
    children: Any = field(default_factory=RLock)


current_execution: ContextVar[Execution | None] = ContextVar("archlib_execution", default=None)


def running() -> Execution | None:
    """The execution that the calling thread works for; None outside of function code."""
    execution = current_execution.get()
    return None if execution is None or execution.finished else execution


def inside(mine: Callable[..., Any], host: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is ``mine`` for function code and ``host`` for everybody else."""

    def either(*args: Any, **options: Any) -> Any:
        execution = current_execution.get()
        if execution is None or execution.finished:
            return host(*args, **options)
        return mine(*args, **options)

    return either
