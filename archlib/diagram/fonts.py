"""One pinned typeface, DejaVu Sans from matplotlib's wheel: measured, embedded, rasterised.

A machine may have other fonts or none. Widths are therefore read from the font file itself,
the letters a picture uses travel inside its SVG, and Graphviz is shown a font configuration
that lists this typeface only.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import logging
import os
import re
import shutil
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType
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


@lru_cache(maxsize=1)
def _font_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for this process with the two font files and a configuration naming only them.

    On Linux it is also fontconfig's system root: fontconfig otherwise reads, and complains
    about, configuration of the machine. Below a root every absolute path is looked up once
    more, hence the second view of the same files.
    """
    folder = tempfile.TemporaryDirectory(prefix="archlib-fonts-")
    root = Path(folder.name).resolve()
    fonts = root / "fonts"
    fonts.mkdir()
    for bold in FILES:
        shutil.copy(font_file(bold), fonts)
    (root / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        f"<dir>{root}/fonts</dir><cachedir>{root}/cache</cachedir>"
        "<config><rescan><int>0</int></rescan></config></fontconfig>\n"
    )
    if sys.platform == "linux":
        again = root / root.relative_to("/")
        again.mkdir(parents=True)
        for name in ("fonts", "fonts.conf"):
            (again / name).symlink_to(root / name)
    return folder


@lru_cache(maxsize=1)
def graphviz() -> ModuleType:
    """The ``pygraphviz`` module, whose Graphviz sees the pinned typeface and nothing else.

    Fontconfig reads its configuration once per process, at the first text drawn; so a first
    word is drawn here while the environment points at ours, then the environment is restored.
    Raises :class:`archlib.errors.DiagramError` when pygraphviz cannot be loaded.
    """
    root = Path(_font_folder().name).resolve()
    ours = {"FONTCONFIG_FILE": str(root / "fonts.conf"), "FONTCONFIG_PATH": str(root)}
    if sys.platform == "linux":
        ours["FONTCONFIG_SYSROOT"] = str(root)
    before = {key: os.environ.get(key) for key in ours}
    os.environ.update(ours)
    try:
        try:
            import pygraphviz
        except ImportError as error:
            raise DiagramError(
                f"pygraphviz, which draws the PNG, cannot be loaded: {error}",
                hint="on a bare Linux its wheel still needs the glib and libXrender libraries",
            ) from error
        word = pygraphviz.AGraph()
        for family in (FAMILY, f"{FAMILY} Bold"):
            word.add_node(family, fontname=family)
        word.draw(format="png", prog="dot")
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
    return pygraphviz  # type: ignore[no-any-return]
