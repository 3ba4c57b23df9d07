"""What a notebook can show, always in a static form: rich, and as text for a terminal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.diagram.picture import Picture
from archlib.workbook.markup import Html


class Exhibit(ABC):
    """Something that can be shown. ``text()`` says all of it; :meth:`forms` are richer ones."""

    @abstractmethod
    def text(self) -> str:
        """The exhibit for a terminal, at most some 110 columns wide."""

    @abstractmethod
    def forms(self) -> Mapping[str, str]:
        """The exhibit by MIME type, without the plain text."""

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {**self.forms(), "text/plain": self.text()}


class Framed(Exhibit):
    """An exhibit whose rich form is HTML."""

    @abstractmethod
    def html(self) -> Html:
        """The markup, readable in a light and in a dark theme."""

    def forms(self) -> Mapping[str, str]:
        """HTML alone."""
        return {"text/html": str(self.html())}

    def _repr_html_(self) -> str:
        return str(self.html())


@dataclass(frozen=True, repr=False)
class Prose(Exhibit):
    """A few lines of Markdown that read well as plain text too."""

    markdown: str
    plain: str = ""

    def text(self) -> str:
        """The plain form; the Markdown itself if there is none."""
        return self.plain or self.markdown

    def forms(self) -> Mapping[str, str]:
        """Markdown."""
        return {"text/markdown": self.markdown}


@dataclass(frozen=True, repr=False)
class Drawing(Exhibit):
    """A picture with words of its own: the text that a terminal shows instead."""

    drawn: Picture
    words: str

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        return self.drawn.svg

    def text(self) -> str:
        """What the picture says, in words."""
        return self.words

    def forms(self) -> Mapping[str, str]:
        """SVG, and PNG where SVG is not shown (a notebook nobody has trusted yet)."""
        forms = self.drawn._repr_mimebundle_()
        return {mime: forms[mime] for mime in ("image/svg+xml", "image/png")}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        # The PNG has two pixels to the pixel; without its size a viewer would show it twice as big.
        scene = self.drawn.scene
        size = {"width": round(scene.width), "height": round(scene.height)}
        return super()._repr_mimebundle_(), {"image/png": size}


@dataclass(frozen=True, repr=False)
class Page:
    """Several exhibits, one below the other."""

    exhibits: tuple[Exhibit, ...]

    def text(self) -> str:
        """All of them as text."""
        return "\n\n".join(part.text() for part in self.exhibits)

    def __repr__(self) -> str:
        return self.text()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.exhibits:
            display(part)  # type: ignore[no-untyped-call]
