"""Looks at the trace: what happened since the last one, on the picture, in order, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from archlib.architecture import Architecture
from archlib.diagram import Highlight, render, sequence
from archlib.errors import UsageError
from archlib.local.trace import Hop
from archlib.verify.arrows import Places
from archlib.workbook.cells import BLUE, GREEN, GREY, RED, Cell, Chip, Code, Number, Run
from archlib.workbook.exhibit import Drawing, Page, Prose
from archlib.workbook.table import Table, table

#: A trace longer than this is counted, not listed hop by hop.
LISTED = 30


@dataclass(frozen=True)
class Seen:
    """A hop with its number in the look and the components at its ends (None: not drawn)."""

    order: int
    hop: Hop
    source: str | None
    target: str | None

    @property
    def call(self) -> str:
        """The call without its service: ``GetItem``, ``GET /todos``."""
        return self.hop.action.partition(":")[2] or self.hop.action

    @property
    def why(self) -> str:
        """What the cloud noted: why it was allowed or refused, what it cost."""
        detail, said = self.hop.detail, []
        for key in ("reason", "iam"):
            if detail.get(key):
                said.append(str(detail[key]))
        if detail.get("cold"):
            said.append("cold start")
        for key, unit in (("read_units", "read units"), ("write_units", "write units")):
            if detail.get(key):
                said.append(f"{float(str(detail[key])):g} {unit}")
        return "; ".join(said)

    def highlight(self, first: float) -> Highlight | None:
        """The hop for the picture, its time counted from ``first``; None if it is not drawn."""
        if self.source is None or self.target is None:
            return None
        hop = self.hop
        return Highlight(
            self.order, self.source, self.target, self.call, hop.status, hop.cache,
            hop.start - first, hop.duration,
        )  # fmt: skip


class Look:
    """The hops since the look before. Shown, it is a picture (or a sequence) and a list."""

    def __init__(
        self, title: str, architecture: Architecture, places: Places, hops: Iterable[Hop]
    ) -> None:
        self.title = title
        self._architecture = architecture
        self._titles = {c.name: " ".join(c.title.split()) for c in architecture.components}
        self.seen = tuple(
            Seen(number, hop, places.source(hop), places.component(hop.target))
            for number, hop in enumerate(hops, 1)
        )

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops themselves."""
        return tuple(seen.hop for seen in self.seen)

    # -- numbers -----------------------------------------------------------------------------

    def count(self, *, to: str | None = None, call: str | None = None) -> int:
        """How many hops went to a component, or made a call (``"InvokeFunction"``)."""
        return len(self._chosen(to, call))

    def total(self, detail: str) -> float:
        """The sum of a figure over all hops: ``read_units``, ``write_units``."""
        return sum(float(str(hop.detail.get(detail) or 0)) for hop in self.hops)

    def hit_ratio(self, *, to: str) -> float:
        """The share of hits among the hops to a component that asked a cache; 0 if none did."""
        asked = [s.hop.cache for s in self._chosen(to, None) if s.hop.cache in ("hit", "miss")]
        return asked.count("hit") / len(asked) if asked else 0.0

    def _chosen(self, to: str | None, call: str | None) -> list[Seen]:
        return [
            seen
            for seen in self.seen
            if (to is None or seen.target == to) and (call is None or seen.call == call)
        ]

    # -- displays ------------------------------------------------------------------------------

    def picture(self, view: str = "") -> Drawing:
        """The architecture, or a view of it, with the hops' numbers on the arrows they took.

        Raises :class:`UsageError` for a view that the design does not have.
        """
        shown = self._view(view)
        names = {component.name for component in shown.components}
        hops = [one for one in self._highlights if {one.source, one.target} <= names]
        return Drawing(render(shown, hops=hops), self._words)

    def sequence(self) -> Drawing:
        """The hops one below the other, a line for each component."""
        return Drawing(sequence(self._architecture, self._highlights), self._words)

    def list(self, *, folded: str = "") -> Table:
        """The hops as a table; of a long trace, how many there were of each kind."""
        return self._listed(folded) if len(self.seen) <= LISTED else self._counted(folded)

    def page(self, drawn: str = "picture", view: str = "") -> Page:
        """The picture or the sequence, and the list folded below it."""
        if not self.seen:
            return Page((Prose(f"**{self.title}**: nothing has happened since the last look."),))
        if not self._highlights:
            return Page((self.list(),))
        drawing = self.sequence() if drawn == "sequence" else self.picture(view)
        return Page((drawing, self.list(folded=f"{_hops(len(self.seen))}, one by one")))

    def __repr__(self) -> str:
        return self.list().text()

    def _ipython_display_(self) -> None:
        self.page()._ipython_display_()

    def _view(self, name: str) -> Architecture:
        """The view called ``name``; without a name, the first that draws most of the hops."""
        if not name:
            return max(self._architecture.pictures(), key=self._drawn)
        try:
            return self._architecture.view(name)
        except KeyError:
            known = ", ".join(view.name for view in self._architecture.views) or "none"
            raise UsageError(f"there is no view {name!r}", hint=f"known: {known}") from None

    def _drawn(self, view: Architecture) -> int:
        names = {component.name for component in view.components}
        return sum({one.source, one.target} <= names for one in self._highlights)

    @property
    def _words(self) -> str:
        """The drawing for a terminal: the ways taken, in order, each once."""
        ways = "; ".join(dict.fromkeys(self._way(seen) for seen in self.seen))
        return f"{self.title}, drawn: {ways}"

    @cached_property
    def _highlights(self) -> tuple[Highlight, ...]:
        first = self.seen[0].hop.start if self.seen else 0.0
        made = (seen.highlight(first) for seen in self.seen)
        return tuple(one for one in made if one is not None)

    def _listed(self, folded: str) -> Table:
        rows = (
            (
                Number(seen.order),
                self._way(seen),
                Code(seen.call),
                answer(seen.hop),
                Number(seen.hop.duration * 1000, 1),
                seen.why,
            )
            for seen in self.seen
        )
        return table(
            f"{self.title}: {_hops(len(self.seen))}",
            ("#", "from → to", "call", "answer", "ms", "what decided it, what it cost"),
            rows,
            folded=folded,
        )

    def _counted(self, folded: str) -> Table:
        kinds: dict[tuple[str, str, int, str | None, str | None], list[Seen]] = {}
        for seen in self.seen:
            hop = seen.hop
            key = (self._way(seen), seen.call, hop.status, hop.error, hop.cache)
            kinds.setdefault(key, []).append(seen)
        rows = (
            (
                key[0],
                Code(key[1]),
                answer(group[0].hop),
                Number(len(group)),
                Number(sum(seen.hop.duration for seen in group) * 1000 / len(group), 1),
            )
            for key, group in kinds.items()
        )
        return table(
            f"{self.title}: {_hops(len(self.seen))}",
            ("from → to", "call", "answer", "times", "ms each"),
            rows,
            folded=folded,
        )

    def _way(self, seen: Seen) -> str:
        source = self._titles.get(seen.source or "", seen.hop.source)
        target = self._titles.get(seen.target or "", seen.hop.target)
        return f"{source} → {target}" if source != target else f"{source} (itself)"


def _hops(count: int) -> str:
    return f"{count} hop{'s' * (count != 1)}"


def answer(hop: Hop) -> Cell:
    """A hop's status, with its error and what the cache said."""
    color = RED if hop.status >= 400 else GREEN if hop.cache == "hit" else GREY
    parts: list[Cell] = [Chip(str(hop.status), color)]
    if hop.error:
        parts.append(Code(hop.error))
    if hop.cache:
        parts.append(Chip(hop.cache, GREEN if hop.cache == "hit" else BLUE))
    return Run(tuple(parts))
