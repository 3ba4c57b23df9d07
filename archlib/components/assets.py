"""What a component needs uploaded beside its template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ASSETS_BUCKET = "AssetsBucket"
"""The template parameter that names the bucket with every zip."""


@dataclass(frozen=True)
class CodeDirectory:
    """A folder of handler code; ``parameter`` is the template parameter that holds its key."""

    parameter: str
    path: Path


@dataclass(frozen=True)
class InstalledDistributions:
    """Installed Python distributions, packed as a Lambda layer (``python/`` prefix)."""

    parameter: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class PlatformDistributions:
    """Distributions with machine code, packed as a layer for one Python and one platform.

    ``python`` is Lambda's version (``3.12``), ``platform`` a wheel's platform tag. The installed
    version counts; its build may be another machine's (see :mod:`archlib.template.wheels`).
    """

    parameter: str
    names: tuple[str, ...]
    python: str
    platform: str


AssetSource = CodeDirectory | InstalledDistributions | PlatformDistributions
