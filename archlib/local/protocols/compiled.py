"""Readers and writers compiled from botocore's shapes, once per shape.

A subclass has one method per shape type, ``_structure``, ``_list``, ``_map``, ``_timestamp`` …,
which makes the function for a shape. Members are looked up at the first use, so that shapes may
contain themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[[Any], Any]


class Compiler:
    """Makes one function per shape; shapes alike in name and traits share it."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], Function] = {}

    def of(self, shape: Any) -> Function:
        """The function for a shape."""
        key = (shape.name, shape.type_name, repr(sorted(shape.serialization.items(), key=str)))
        made = self._made.get(key)
        if made is None:
            maker: Callable[[Any], Function] = getattr(self, f"_{shape.type_name}", self._string)
            made = self._made[key] = maker(shape)
        return made

    def _string(self, shape: Any) -> Function:
        # Also of every type that a subclass does not tell apart.
        raise NotImplementedError


def later(compiler: Compiler, shape: Any) -> Function:
    """The function of a shape that is looked at when the first value comes."""
    made: list[Function] = []

    def inner(value: Any) -> Any:
        if not made:
            made.append(compiler.of(shape()))
        return made[0](value)

    return inner
