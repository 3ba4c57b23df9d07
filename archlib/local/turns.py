"""Clients that act at the same time, and take turns where it matters.

Real concurrency would make every run another one. Here clients that act together run in threads
of which one at a time goes on; whenever function code is about to call AWS, the next one has its
turn, in a fixed order. So all of them have read before any of them writes: what a race can break
is broken every time, and in the same way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")

#: The member of a round on whose behalf the calling thread works.
_member: ContextVar[tuple[_Round, int] | None] = ContextVar("archlib_turn", default=None)


class Turns:
    """The rounds of one cloud.

    ``leave`` says whether the calling thread can wait now, and gives what to wait in: function
    code gives the process back to its host meanwhile. None: it goes on.
    """

    def __init__(self) -> None:
        self.leave: Callable[[], AbstractContextManager[None] | None] = lambda: None

    @property
    def taken(self) -> bool:
        """Whether the calling thread acts together with others: they exclude each other then."""
        return _member.get() is not None

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Run the calls as clients that act at the same time; their results, in order.

        The first exception, in the order of the calls, is raised when all have ended.
        """
        round_ = _Round(len(calls))
        results: list[Any] = [None] * len(calls)
        errors: list[BaseException | None] = [None] * len(calls)

        def act(index: int, call: Callable[[], T]) -> None:
            _member.set((round_, index))
            round_.wait(index)
            try:
                results[index] = call()
            except BaseException as error:
                errors[index] = error
            finally:
                round_.end(index)

        threads = [
            threading.Thread(target=copy_context().run, args=(act, index, call), daemon=True)
            for index, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in errors:
            if error is not None:
                raise error
        return results

    def pass_on(self) -> None:
        """Let the others of the round go on until they pass on, too; nothing outside of one."""
        member = _member.get()
        if member is None or member[0].alone or (outside := self.leave()) is None:
            return
        round_, index = member
        with outside:
            round_.pass_on(index)
            round_.wait(index)


class _Round:
    """Who is left, and whose turn it is."""

    def __init__(self, size: int) -> None:
        self._left = list(range(size))
        self._turn = 0
        self._changed = threading.Condition()

    @property
    def alone(self) -> bool:
        """Whether nobody else is left."""
        return len(self._left) == 1

    def wait(self, index: int) -> None:
        """Return when it is the turn of ``index``."""
        with self._changed:
            self._changed.wait_for(lambda: self._turn == index)

    def pass_on(self, index: int) -> None:
        """Give the turn to the next one who is left."""
        with self._changed:
            following = [other for other in self._left if other > index]
            self._turn = (following or self._left)[0]
            self._changed.notify_all()

    def end(self, index: int) -> None:
        """``index`` is done."""
        with self._changed:
            self._left.remove(index)
            if self._left:
                following = [other for other in self._left if other > index]
                self._turn = (following or self._left)[0]
            self._changed.notify_all()
