"""A finished picture in three forms, and as a notebook shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archlib.diagram.scene import Scene


@dataclass(frozen=True)
class Picture:
    """SVG to read, PNG as the static fallback, DOT to diff; each made when first asked for."""

    scene: Scene
    dot: str

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        from archlib.diagram.svg import svg

        return svg(self.scene)

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG, two device pixels to the pixel."""
        from archlib.diagram.raster import png

        return png(self.svg)

    def write(self, directory: Path | str, name: str) -> tuple[Path, ...]:
        """Write ``name``.svg, .png and .dot below ``directory``; the paths written.

        A file that already holds the same bytes is left untouched.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        forms = {"svg": self.svg.encode(), "png": self.png, "dot": self.dot.encode()}
        written = []
        for suffix, data in forms.items():
            path = folder / f"{name}.{suffix}"
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
            written.append(path)
        return tuple(written)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Both static forms: a viewer takes the richest it can show."""
        import base64

        return {
            "image/svg+xml": self.svg,
            "image/png": base64.b64encode(self.png).decode(),
            "text/plain": f"{self.scene.title}: {self.scene.description}",
        }
