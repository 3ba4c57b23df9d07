"""What a function imports and its runtime lacks: a Lambda layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """Python distributions that the function imports and Lambda's runtime lacks.

    ``platform`` is for distributions with machine code: the platform tag of their wheels.
    """

    distributions: tuple[str, ...]
    description: str
    platform: str | None = None
