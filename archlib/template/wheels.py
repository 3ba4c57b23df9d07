"""Layers with machine code, as AWS needs them: fetched as wheels when a deployment goes there.

The local cloud imports the libraries that are installed here, whatever they were built for. AWS
runs another Python on another machine, so before an upload the wheels of the same versions are
fetched for it with pip. Source: AWS Lambda Developer Guide, "Working with .zip file archives for
Python Lambda functions", "Creating .zip deployment packages with native libraries".
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path, PurePosixPath

from archlib.components.assets import PlatformDistributions
from archlib.errors import TemplateError
from archlib.template.assets import LICENSE_STEMS, Asset, packed


def for_aws(asset: Asset) -> Asset:
    """The asset with the bytes that AWS runs; itself unless it is foreign there.

    Needs pip and a package index that it reaches. Raises :class:`TemplateError` when the wheels
    cannot be had.
    """
    source = asset.foreign
    if source is None:
        return asset
    with tempfile.TemporaryDirectory() as folder:
        _download(source, Path(folder))
        files: dict[str, bytes] = {}
        for wheel in sorted(Path(folder).glob("*.whl")):
            files |= _unpacked(wheel)
    return replace(asset, data=packed(files), foreign=None)


def _download(source: PlatformDistributions, folder: Path) -> None:
    wanted = [f"{name}=={metadata.version(name)}" for name in source.names]
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *("--implementation", "cp", "--python-version", source.python),
        *(word for tag in accepted(source.platform) for word in ("--platform", tag)),
        *("--dest", str(folder), *wanted),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise TemplateError(
            f"no {' '.join(wanted)} for Python {source.python} on {source.platform}: {said[-1]}",
            where=source.parameter,
        )


#: Tags that name what a glibc version was called before PEP 600.
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def accepted(platform: str) -> tuple[str, ...]:
    """The tags of wheels that run on a platform: those for its own glibc and for older ones.

    PEP 600, "Future 'manylinux' Platform Tags for Portable Linux Built Distributions".
    """
    match = re.fullmatch(r"manylinux_2_(\d+)_(\w+)", platform)
    if match is None:
        return (platform,)
    newest, machine = int(match[1]), match[2]
    tags = []
    for minor in range(newest, 4, -1):
        tags.append(f"manylinux_2_{minor}_{machine}")
        if minor in _LEGACY:
            tags.append(f"{_LEGACY[minor]}_{machine}")
    return tuple(tags)


def _unpacked(wheel: Path) -> dict[str, bytes]:
    """A wheel's files below ``python/``: its licences, but nothing of its installation."""
    files = {}
    label = "-".join(wheel.name.split("-")[:2])
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if name.endswith("/"):
                continue
            if path.parts[0].endswith(".dist-info"):
                if path.name.upper().startswith(LICENSE_STEMS):
                    files[f"python/licenses/{label}/{path.name}"] = archive.read(name)
                continue
            files[f"python/{name}"] = archive.read(name)
    return files
