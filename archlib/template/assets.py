"""Zips that a template's functions are made of, the same bytes wherever they are built.

Entries are stored uncompressed: compressed bytes would differ between zlib versions, and with
them the content-addressed key in the committed template. Names are sorted, dates and
permissions fixed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path, PurePosixPath

from archlib.components.assets import (
    AssetSource,
    CodeDirectory,
    InstalledDistributions,
    PlatformDistributions,
)
from archlib.errors import TemplateError

LICENSE_STEMS = ("LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")
_NOT_CODE = ("__pycache__",)


@dataclass(frozen=True)
class Asset:
    """A file to upload to the bucket that ``AssetsBucket`` names.

    ``parameter`` is the template parameter whose default is ``key``; ``kind`` is ``code`` or
    ``layer``. ``foreign`` is set when the bytes are this machine's build of libraries that AWS
    needs another build of: the local cloud runs them, AWS would not.
    """

    parameter: str
    key: str
    data: bytes
    kind: str
    foreign: PlatformDistributions | None = None

    @property
    def sha256(self) -> str:
        """The digest of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def build(source: AssetSource) -> Asset:
    """The zip for one source; raises :class:`TemplateError` when it cannot be built."""
    if isinstance(source, PlatformDistributions):
        return _build_for_platform(source)
    kind, collect = _KINDS[type(source)]
    data = packed(collect(source))
    stem = source.parameter.removesuffix("Key")
    key = f"{stem}-{hashlib.sha256(data).hexdigest()[:20]}.zip"
    return Asset(source.parameter, key, data, kind)


@lru_cache(maxsize=8)
def _build_for_platform(source: PlatformDistributions) -> Asset:
    """A layer whose key names the build that AWS needs, on every machine the same.

    A published wheel never changes: its name, version and tags stand for its bytes, which a
    machine of another kind does not have.
    """
    found = [_distribution(name, source.parameter) for name in source.names]
    wanted = [platform_tag(d, source) for d in found]
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:20]
    own = all(is_built_for(d, source) for d in found)
    return Asset(
        source.parameter,
        f"{source.parameter.removesuffix('Key')}-{digest}.zip",
        packed(_layer_files(found)),
        "layer",
        None if own else source,
    )


def platform_tag(distribution: metadata.Distribution, source: PlatformDistributions) -> str:
    """The wheel that AWS needs of a distribution, e.g. ``pillow-13.0.0-cp312-manylinux_…``."""
    python = f"cp{source.python.replace('.', '')}"
    name = str(distribution.metadata["Name"]).lower()
    return f"{name}-{distribution.version}-{python}-{source.platform}"


def is_built_for(distribution: metadata.Distribution, source: PlatformDistributions) -> bool:
    """Whether the installed files are those of the wheel that AWS needs."""
    tags = (distribution.read_text("WHEEL") or "").splitlines()
    python = f"cp{source.python.replace('.', '')}"
    return f"Tag: {python}-{python}-{source.platform}" in tags


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def directory_files(path: Path) -> dict[str, bytes]:
    """The files of a code folder, without caches and hidden files."""
    if not path.is_dir():
        raise TemplateError("the folder with the function's code is missing", where=path.name)
    files = {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and not _is_litter(PurePosixPath(file.relative_to(path).as_posix()))
    }
    if not files:
        raise TemplateError("the folder with the function's code is empty", where=path.name)
    return files


def layer_files(source: InstalledDistributions) -> dict[str, bytes]:
    """The files of installed distributions below ``python/``, with their licences.

    What only tells of the installation (RECORD, INSTALLER, direct_url, compiled caches, scripts)
    stays out, so that two environments with the same versions give the same layer.
    """
    return _layer_files([_distribution(name, source.parameter) for name in source.names])


def _distribution(name: str, parameter: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise TemplateError(
            f"the distribution {name} is not installed and cannot go into a layer",
            where=parameter,
            hint="install the project's dependencies",
        ) from error


def _layer_files(distributions: Iterable[metadata.Distribution]) -> dict[str, bytes]:
    return {
        f"python/{target}": path.read_bytes()
        for distribution in distributions
        for target, path in _distribution_files(distribution)
    }


_KINDS: dict[type, tuple[str, Callable[..., dict[str, bytes]]]] = {
    CodeDirectory: ("code", lambda source: directory_files(source.path)),
    InstalledDistributions: ("layer", layer_files),
}
"""For each kind of source: what the asset is, and how its files are collected."""


def _distribution_files(distribution: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    label = f"{distribution.metadata['Name']}-{distribution.version}"
    for file in distribution.files or ():
        posix = PurePosixPath(file.as_posix())
        path = Path(str(distribution.locate_file(file)))
        if posix.parts[0] == ".." or _is_litter(posix):
            continue
        if posix.parts[0].endswith((".dist-info", ".egg-info")):
            if posix.name.upper().startswith(LICENSE_STEMS):
                yield f"licenses/{label}/{posix.name}", path
            continue
        yield posix.as_posix(), path


def _is_litter(path: PurePosixPath) -> bool:
    return (
        any(part in _NOT_CODE or part.startswith(".") for part in path.parts)
        or path.suffix == ".pyc"
    )
