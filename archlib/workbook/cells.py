"""What stands in a table's cells besides plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from archlib.verify import Outcome
from archlib.workbook.markup import Html, element, join

# Both colours of a chip are given, so that it reads alike in a light and in a dark theme.
_CHIP = (
    "display:inline-block;padding:0 7px;border-radius:9px;white-space:nowrap;"
    "font-size:12px;line-height:18px;color:#fff;background-color:{color}"
)
GREEN, RED, AMBER, BLUE, GREY = "#15803d", "#b91c1c", "#92400e", "#1d4ed8", "#52606d"
BAR_WIDTH, BAR_CHARACTERS = 180, 24
NAME = 32
"""Characters of code that are never broken; the longest name of an error is about as long."""


class Cell(Protocol):
    """A cell in both forms."""

    def html(self) -> Html:
        """The cell's markup."""

    def text(self) -> str:
        """The cell in a terminal; may have several lines."""


@dataclass(frozen=True)
class Words:
    """Plain text."""

    words: str

    def html(self) -> Html:
        """The words, escaped."""
        return join(self.words)

    def text(self) -> str:
        """The words."""
        return self.words


@dataclass(frozen=True)
class Number:
    """A number with as few digits as it needs; ``digits`` decimals where given."""

    value: float
    digits: int | None = None

    def html(self) -> Html:
        """The number."""
        return join(self.text())

    def text(self) -> str:
        """The number."""
        return f"{self.value:g}" if self.digits is None else f"{self.value:.{self.digits}f}"


@dataclass(frozen=True)
class Code:
    """Something that is written in code."""

    source: str

    def html(self) -> Html:
        """In a fixed-width face: a name stays in one piece, what is longer breaks where it must."""
        whole = len(self.source) <= NAME
        style = "white-space:pre" if whole else "white-space:pre-wrap;overflow-wrap:anywhere"
        return element("code", self.source, style=style)

    def text(self) -> str:
        """As it stands."""
        return self.source


@dataclass(frozen=True)
class Chip:
    """A word on a colour. The word says everything; the colour only helps the eye."""

    word: str
    color: str = GREY

    def html(self) -> Html:
        """A rounded label."""
        return element("span", self.word, style=_CHIP.format(color=self.color))

    def text(self) -> str:
        """The word."""
        return self.word


@dataclass(frozen=True)
class Lines:
    """Several items below one another, each words or another cell."""

    cells: tuple[Cell, ...]

    def html(self) -> Html:
        """A list."""
        items = (element("li", one.html(), style="margin:0") for one in self.cells)
        return element("ul", *items, style="margin:0;padding-left:1.1em")

    def text(self) -> str:
        """A line with a dot for each."""
        return "\n".join(f"· {one.text()}" for one in self.cells)


@dataclass(frozen=True)
class Run:
    """Cells side by side in one line."""

    cells: tuple[Cell, ...]

    def html(self) -> Html:
        """The cells with spaces between."""
        return join(*(cell.html() for cell in self.cells), between=" ")

    def text(self) -> str:
        """The cells with spaces between."""
        return " ".join(cell.text() for cell in self.cells)


@dataclass(frozen=True)
class Bar:
    """A number with a bar as long as its share of ``full``."""

    value: float
    full: float

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, max(0.0, self.value / self.full)) if self.full else 0.0

    def html(self) -> Html:
        """The bar, then the number."""
        width = round(BAR_WIDTH * self.share)
        bar = element(
            "span",
            style=f"display:inline-block;width:{width}px;height:11px;"
            f"margin-right:6px;background-color:{BLUE}",
        )
        return join(bar, f"{self.value:g}")

    def text(self) -> str:
        """Blocks, then the number."""
        blocks = "█" * round(BAR_CHARACTERS * self.share)
        return f"{blocks} {self.value:g}".strip()


_OUTCOMES = {
    Outcome.MET: Chip("✓ met", GREEN),
    Outcome.NOT_MET: Chip("✕ not met", RED),
    Outcome.UNKNOWN: Chip("? unknown", AMBER),
}


def outcome(value: Outcome) -> Chip:
    """A verdict's outcome as a chip."""
    return _OUTCOMES[value]


def cell(value: Cell | str | int | float) -> Cell:
    """A value as a cell."""
    if isinstance(value, bool):
        return Words("yes" if value else "no")
    if isinstance(value, int | float):
        return Number(value)
    return Words(value) if isinstance(value, str) else value


def lines(values: Iterable[Cell | str]) -> Cell:
    """One line as it is; several below one another."""
    made = tuple(cell(value) for value in values)
    return made[0] if len(made) == 1 else Lines(made)
