"""One pinned typeface, DejaVu Sans from matplotlib's wheel: measured, embedded, rasterised.

A machine may have other fonts or none. Widths are therefore read from the font file itself,
the letters a picture uses travel inside its SVG, and the PNG is drawn with the same file.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import logging
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from archlib.errors import DiagramError

FAMILY = "DejaVu Sans"
FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
UNUSED_TABLES = {"FFTM", "GDEF", "GPOS", "GSUB", "MATH", "kern"}
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def font_file(bold: bool = False) -> Path:
    """The font file in matplotlib's data folder; matplotlib itself is not imported."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise DiagramError("matplotlib, whose fonts the pictures use, is not installed")
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / FILES[bold]


@lru_cache(maxsize=2)
def _advances(bold: bool) -> tuple[dict[int, int], int, int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(font_file(bold), lazy=True) as font:
        metrics = font["hmtx"].metrics
        advances = {code: metrics[name][0] for code, name in font.getBestCmap().items()}
        return advances, metrics[".notdef"][0], font["head"].unitsPerEm


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line of text in pixels, from the font's advance widths (no kerning)."""
    advances, missing, units = _advances(bold)
    return sum(advances.get(ord(c), missing) for c in text) * size / units


def wrap(text: str, width: float, size: float, bold: bool = False) -> tuple[str, ...]:
    """``text`` in lines of at most ``width`` pixels where words allow, the lines balanced.

    A newline in the text stays a line break. A no-break space breaks no line.
    A single word wider than ``width`` is kept whole.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = [word for word in re.split(r"[ \t]+", paragraph) if word]
        if not words:
            continue
        count = len(_fill(words, width, size, bold))
        low, high = max(text_width(w, size, bold) for w in words), width
        while high - low > 1:  # the narrowest width that needs no further line
            middle = (low + high) / 2
            if len(_fill(words, middle, size, bold)) <= count:
                high = middle
            else:
                low = middle
        lines += _fill(words, max(low, high), size, bold)
    return tuple(lines)


def _fill(words: list[str], width: float, size: float, bold: bool) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=64)
def subset(characters: str, bold: bool) -> str:
    """The font's outlines for ``characters`` as base64 TrueType, the same bytes every time.

    Uncompressed on purpose: compressed bytes depend on the zlib at hand.
    """
    from fontTools import subset as subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    options = subsetter.Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [1, 2]
    options.recalc_timestamp = False
    with TTFont(font_file(bold), recalcTimestamp=False) as font:
        for table in UNUSED_TABLES & set(font.keys()):
            del font[table]  # before any of them is parsed, which takes longer than the rest
        work: Any = subsetter.Subsetter(options)
        work.populate(text=characters)
        work.subset(font)
        out = io.BytesIO()
        font.save(out)
    return base64.b64encode(out.getvalue()).decode()
