"""HTML from parts: whatever is text gets escaped, whatever is markup was made here."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Html:
    """Markup that is safe to put into a page as it stands."""

    source: str

    def __str__(self) -> str:
        return self.source


def element(tag: str, *children: Html | str, **attributes: str) -> Html:
    """``<tag attributes>children</tag>``; a trailing underscore in a name is dropped."""
    given = "".join(f' {name.rstrip("_")}="{escape(v)}"' for name, v in attributes.items() if v)
    return Html(f"<{tag}{given}>{join(*children)}</{tag}>")


def join(*children: Html | str, between: str = "") -> Html:
    """Children one after the other; strings are escaped."""
    return Html(between.join(c.source if isinstance(c, Html) else escape(c) for c in children))
