"""Source text: templates and differences, coloured for light and dark themes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archlib.workbook.exhibit import Framed
from archlib.workbook.markup import Html, element, join

_BLOCK = (
    "margin:4px 0;padding:8px 10px;overflow-x:auto;white-space:pre;font-size:13px;"
    "line-height:1.4;font-family:monospace;"
    "border-left:3px solid rgba(128,128,128,.35)"
)
# Tones that can be read on white and on black. Jupyter's own variables would follow its theme,
# but it strips them from notebooks that nobody has trusted yet.
_KEY = "color:#2f7fc1"
_TAG = "color:#2e8b57"
_PUT_IN = "background-color:rgba(34,160,80,.18)"
_TAKEN_OUT = "background-color:rgba(220,60,60,.18)"

_ENTRY = re.compile(r"(?P<before>\s*(?:- )*)(?P<key>(?:[^\s'\"!#:]|:(?=\S))+)(?=:(?:\s|$))")
_INTRINSIC = re.compile(r"(?<=\s)!\w+")


@dataclass(frozen=True, repr=False)
class Listing(Framed):
    """Source text in one of the languages of :data:`COLOURS`."""

    source: str
    language: str
    caption: str = ""

    def text(self) -> str:
        """The caption, then the source as it is."""
        return "\n".join([*([self.caption] if self.caption else []), self.source.rstrip()])

    def html(self) -> Html:
        """The source in a block of its own, its caption above."""
        lines = map(COLOURS[self.language], self.source.rstrip().split("\n"))
        block = element("pre", join(*lines, between="\n"), style=_BLOCK)
        if not self.caption:
            return block
        return join(element("p", element("strong", self.caption), style="margin:4px 0"), block)


def _yaml(line: str) -> Html:
    """Keys and intrinsics stand out."""
    entry = _ENTRY.match(line)
    if entry is None:
        return join(*_tagged(line))
    key = element("span", entry["key"], style=_KEY)
    return join(entry["before"], key, *_tagged(line[entry.end() :]))


def _tagged(text: str) -> Iterator[Html | str]:
    last = 0
    for found in _INTRINSIC.finditer(text):
        yield text[last : found.start()]
        yield element("span", found.group(), style=_TAG)
        last = found.end()
    yield text[last:]


def _diff(line: str) -> Html:
    """The sign at the start says it; the colour shows it."""
    style = {"+": _PUT_IN, "-": _TAKEN_OUT}.get(line[:1])
    return element("span", line, style=style) if style else join(line)


COLOURS: dict[str, Callable[[str], Html]] = {"yaml": _yaml, "diff": _diff}
"""How a line of each language is coloured."""
