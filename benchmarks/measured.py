"""One measurement against its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Measured:
    """``value`` must not exceed ``bound``; ``detail`` says what was compared."""

    name: str
    value: float
    bound: float
    detail: str

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.value <= self.bound

    def __str__(self) -> str:
        mark = "kept    " if self.kept else "EXCEEDED"
        return f"{mark} {self.name:<28} {self.value:6.3f} of {self.bound:g}   {self.detail}"


def best_of(rounds: int, repeat: int, action: Callable[[], object]) -> float:
    """Seconds per call, in the best of some rounds: what the code costs, not what disturbs it."""
    best = float("inf")
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(repeat):
            action()
        best = min(best, (perf_counter() - start) / repeat)
    return best
