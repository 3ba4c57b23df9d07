"""Bound methods of ours in the place of functions of moto's classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def as_method(ours: Callable[..., Any]) -> Callable[..., Any]:
    """``ours``, called with moto's object as its first argument: a bound method does not bind."""

    def method(owner: Any, *args: Any, **options: Any) -> Any:
        return ours(owner, *args, **options)

    return method
