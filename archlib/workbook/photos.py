"""Photos side by side, as one picture: a viewer that shows images shows them all."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archlib.errors import UsageError
from archlib.workbook.exhibit import Exhibit

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST = 240
"""Pixels of a reader's screen that a photo's longer side may take."""
_SCALE, _MARGIN, _GAP, _LETTERS = 2, 8, 28, 13
# Light behind all, also in a dark theme: a photo is judged on white.
_PAPER, _INK, _FRAME = "#ffffff", "#232f3e", "#c4cbd3"


@dataclass(frozen=True, repr=False)
class Photos(Exhibit):
    """Photos with a line below each, which also says how many pixels there are.

    They are shown as they are stored: what a camera wrote about turning them is not obeyed. A
    photo that cannot be decoded raises :class:`UsageError`.
    """

    title: str
    photos: Mapping[str, bytes]

    def text(self) -> str:
        """The photos in words."""
        return f"{self.title}: " + "; ".join(
            f"{name} ({self._said(photo)})" for name, photo in self._opened.items()
        )

    def forms(self) -> Mapping[str, str]:
        """One PNG."""
        return {"image/png": base64.b64encode(self.png).decode()}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        width, height = self._sheet.size
        size = {"width": width // _SCALE, "height": height // _SCALE}
        return super()._repr_mimebundle_(), {"image/png": size}

    @property
    def png(self) -> bytes:
        """The photos and their lines as PNG, at twice its size."""
        out = io.BytesIO()
        self._sheet.save(out, "PNG", optimize=True)
        return out.getvalue()

    @cached_property
    def _opened(self) -> dict[str, Image]:
        from PIL import Image as reading

        opened: dict[str, Image] = {}
        for name, data in self.photos.items():
            try:
                opened[name] = reading.open(io.BytesIO(data))
            except OSError:
                raise UsageError("this is no photo", where=name) from None
        return opened

    @cached_property
    def _sheet(self) -> Image:
        from PIL import Image, ImageDraw, ImageFont

        from archlib.diagram.fonts import font_file

        letters = ImageFont.truetype(str(font_file()), _LETTERS * _SCALE)
        margin, line = _MARGIN * _SCALE, (_LETTERS + 5) * _SCALE
        shown = {name: _sized(photo.convert("RGB")) for name, photo in self._opened.items()}
        below = {name: (name, self._said(photo)) for name, photo in self._opened.items()}
        wide = [
            max(photo.width, *(round(letters.getlength(words)) for words in below[name]))
            for name, photo in shown.items()
        ]
        tall = max((photo.height for photo in shown.values()), default=0)
        size = (
            2 * margin + sum(wide) + _GAP * _SCALE * max(len(wide) - 1, 0),
            2 * margin + tall + 2 * line + margin,
        )
        sheet = Image.new("RGB", size, _PAPER)
        pen, left = ImageDraw.Draw(sheet), margin
        for (name, photo), width in zip(shown.items(), wide, strict=True):
            top = margin + tall - photo.height
            sheet.paste(photo, (left, top))
            frame = (left - 1, top - 1, left + photo.width, top + photo.height)
            pen.rectangle(frame, outline=_FRAME)
            for number, words in enumerate(below[name]):
                at = (left, 2 * margin + tall + number * line)
                pen.text(at, words, fill=_INK, font=letters)
            left += width + _GAP * _SCALE
        return sheet

    @staticmethod
    def _said(photo: Image) -> str:
        return f"{photo.format}, {photo.width} × {photo.height}"


def _sized(photo: Image) -> Image:
    """As large as it is shown, small ones in their own size."""
    factor = min(LONGEST / max(photo.size), 1) * _SCALE
    return photo.resize((round(photo.width * factor), round(photo.height * factor)))
