"""An SVG of ours as PNG, drawn by resvg: a wheel that needs libc and libgcc, no more.

resvg reads no font of the machine here. It ignores ``@font-face``, so it gets the very files
whose letters are embedded in the SVG; the family that the SVG names second is theirs.
"""

from __future__ import annotations

from archlib.diagram.fonts import FAMILY, FILES, font_file
from archlib.errors import DiagramError

SCALE = 2  # device pixels per pixel
# The embedded letters carry no kerning, and widths are measured without.
AS_EMBEDDED = "text{font-kerning:none}"


def png(svg: str) -> bytes:
    """``svg`` as PNG at twice its size in pixels: the same bytes whatever the environment.

    Raises :class:`archlib.errors.DiagramError` when resvg cannot be loaded.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise DiagramError(
            f"resvg, which draws the PNG, cannot be loaded: {error}",
            hint="pip install resvg-py; the SVG is made without it",
        ) from error
    return svg_to_bytes(
        svg_string=svg,
        zoom=SCALE,
        skip_system_fonts=True,
        font_files=[str(font_file(bold)) for bold in FILES],
        font_family=FAMILY,
        sans_serif_family=FAMILY,
        languages=["en"],
        style_sheet=AS_EMBEDDED,
    )
