"""Tables: semantic HTML for a notebook, aligned columns for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archlib.workbook.cells import Bar, Cell, Number, cell
from archlib.workbook.exhibit import Framed
from archlib.workbook.markup import Html, element, join

WIDTH = 110
"""Columns of a terminal that a table may take."""
_LEAST = 8

# Inline, since viewers drop style sheets from notebooks they do not trust; half-transparent grey
# is visible on white and on black.
_TABLE = "border-collapse:collapse;margin:4px 0;font-size:13px;line-height:1.45"
_CAPTION = "caption-side:top;text-align:left;font-weight:600;padding:2px 0 6px;color:inherit"
_CELL = (
    "text-align:{align};vertical-align:top;padding:4px 14px 4px 2px;white-space:{space};"
    "border-bottom:1px solid rgba(128,128,128,.35);font-weight:{weight};max-width:42em"
)


@dataclass(frozen=True, repr=False)
class Table(Framed):
    """Rows under named columns; the first cell of a row is its heading.

    ``note`` stands below. A table with ``folded`` is closed until the reader opens it; that is
    the text to click on.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: str = ""

    def html(self) -> Html:
        """A table with a caption and scoped headings."""
        head = element(
            "thead",
            element("tr", *(self._th(name, k, "col") for k, name in enumerate(self.columns))),
        )
        body = element("tbody", *(self._row(row) for row in self.rows))
        title = element("caption", self.caption, style=_CAPTION)
        table = element("table", title, head, body, style=_TABLE)
        if self.note:
            table = join(table, element("p", self.note, style="margin:2px 0 8px;opacity:.85"))
        if not self.folded:
            return table
        summary = element("summary", self.folded, style="cursor:pointer;margin:2px 0 6px")
        return element("details", summary, table)

    def text(self) -> str:
        """Columns aligned, long cells wrapped."""
        cells = [[c.text() for c in row] for row in self.rows]
        widths = _widths([list(self.columns), *cells])
        rule = "  ".join("─" * width for width in widths)
        out = [self.caption, *_printed(self.columns, widths), rule]
        for row, kinds in zip(cells, self.rows, strict=True):
            out += _printed(row, widths, [_is_number(kind) for kind in kinds])
        return "\n".join([*out, *textwrap.wrap(self.note, WIDTH)])

    def _row(self, row: tuple[Cell, ...]) -> Html:
        heading = element("th", row[0].html(), scope="row", style=self._style(0))
        return element(
            "tr",
            heading,
            *(element("td", c.html(), style=self._style(k)) for k, c in enumerate(row[1:], 1)),
        )

    def _th(self, name: str, column: int, scope: str) -> Html:
        return element("th", name, scope=scope, style=self._style(column, bold=True))

    def _style(self, column: int, bold: bool = False) -> str:
        kinds = [row[column] for row in self.rows]
        numeric = bool(kinds) and all(_is_number(kind) for kind in kinds)
        short = numeric or all(isinstance(k, Bar) or len(k.text()) <= 28 for k in kinds)
        return _CELL.format(
            align="right" if numeric else "left",
            space="nowrap" if short else "normal",
            weight="600" if bold else "normal",
        )


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell | str | int | float]],
    note: str = "",
    *,
    folded: str = "",
) -> Table:
    """A table of plain values and cells."""
    made = tuple(tuple(cell(value) for value in row) for row in rows)
    return Table(caption, tuple(columns), made, note, folded)


def _is_number(kind: Cell) -> bool:
    return isinstance(kind, Number)


def _widths(rows: list[list[str]]) -> list[int]:
    """What each column needs; the widest give way until the line fits."""
    widths = [
        max(len(line) for text in column for line in (text or " ").split("\n"))
        for column in zip(*rows, strict=True)
    ]
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _printed(
    row: Sequence[str], widths: Sequence[int], numbers: Sequence[bool] = ()
) -> Iterable[str]:
    wrapped = [
        [piece for line in text.split("\n") for piece in textwrap.wrap(line, width) or [""]]
        for text, width in zip(row, widths, strict=True)
    ]
    for k in range(max(map(len, wrapped))):
        parts = []
        for column, (pieces, width) in enumerate(zip(wrapped, widths, strict=True)):
            piece = pieces[k] if k < len(pieces) else ""
            right = bool(numbers) and numbers[column]
            parts.append(piece.rjust(width) if right else piece.ljust(width))
        yield "  ".join(parts).rstrip()
