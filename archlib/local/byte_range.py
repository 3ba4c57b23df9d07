"""What a client says when it wants a part: ``Range`` and ``If-Range``.

RFC 9110, sections 14.1.2 ("Byte Ranges"), 14.2 ("Range") and 13.1.5 ("If-Range").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPEC = re.compile(r"(\d+)-(\d*)|-(\d+)", re.ASCII)


@dataclass(frozen=True)
class Span:
    """``first`` to ``last`` inclusive; no ``last`` is up to the end, no ``first`` a suffix."""

    first: int | None
    last: int | None

    def within(self, length: int) -> tuple[int, int] | None:
        """The positions in an object of ``length`` bytes; None where none is satisfied."""
        if self.first is None:
            assert self.last is not None
            return (max(0, length - self.last), length - 1) if self.last and length else None
        if self.first >= length:
            return None
        return self.first, length - 1 if self.last is None else min(self.last, length - 1)

    def __str__(self) -> str:
        return (
            f"{'' if self.first is None else self.first}-{'' if self.last is None else self.last}"
        )


def parse(header: str | None) -> tuple[Span, ...]:
    """The ranges of a ``Range`` header as they stand; none when it is no range of bytes."""
    if header is None:
        return ()
    unit, equals, specs = header.strip().partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return ()
    found: list[Span] = []
    for spec in specs.split(","):
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            return ()
        if match[3] is not None:
            found.append(Span(None, int(match[3])))
            continue
        first, last = int(match[1]), int(match[2]) if match[2] else None
        if last is not None and last < first:
            return ()
        found.append(Span(first, last))
    return tuple(found)


def still_applies(condition: str | None, etag: str | None, modified: str | None) -> bool:
    """Whether ``If-Range`` lets a range be served: its validator is the object's, strongly."""
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition == etag and not condition.startswith("W/")
    return condition == modified
