"""Replacing attributes for a while, and putting every one of them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ABSENT = object()


class Patches:
    """A stack of replaced attributes; :meth:`undo` restores them in reverse order."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace ``owner.name``; what was there comes back at :meth:`undo`."""
        own = vars(owner).get(name, _ABSENT)
        self._undo.append((owner, name, own))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Restore everything."""
        while self._undo:
            owner, name, value = self._undo.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def as_method(ours: Callable[..., Any]) -> Callable[..., Any]:
    """``ours`` for the place of a method of moto's, called with moto's object as its first
    argument: a bound method does not bind."""

    def method(owner: Any, *args: Any, **options: Any) -> Any:
        return ours(owner, *args, **options)

    return method
