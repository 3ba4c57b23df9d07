"""Zips that a template's functions are made of, the same bytes wherever they are built.

Entries are stored uncompressed: compressed bytes would differ between zlib versions, and with
them the content-addressed key in the committed template. Names are sorted, dates and
permissions fixed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from archlib.components.assets import AssetSource, CodeDirectory, InstalledDistributions
from archlib.errors import TemplateError

_LICENSE_STEMS = ("LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")
_NOT_CODE = ("__pycache__",)


@dataclass(frozen=True)
class Asset:
    """A file to upload to the bucket that ``AssetsBucket`` names.

    ``parameter`` is the template parameter whose default is ``key``; ``kind`` is ``code`` or
    ``layer``.
    """

    parameter: str
    key: str
    data: bytes
    kind: str

    @property
    def sha256(self) -> str:
        """The digest of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def build(source: AssetSource) -> Asset:
    """The zip for one source; raises :class:`TemplateError` when it cannot be built."""
    kind, collect = _KINDS[type(source)]
    data = packed(collect(source))
    stem = source.parameter.removesuffix("Key")
    key = f"{stem}-{hashlib.sha256(data).hexdigest()[:20]}.zip"
    return Asset(source.parameter, key, data, kind)


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
    files: dict[str, bytes] = {}
    for name in source.names:
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            raise TemplateError(
                f"the distribution {name} is not installed and cannot go into a layer",
                where=source.parameter,
                hint="install the project's dependencies",
            ) from error
        for target, path in _distribution_files(distribution):
            files[f"python/{target}"] = path.read_bytes()
    return files


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
            if posix.name.upper().startswith(_LICENSE_STEMS):
                yield f"licenses/{label}/{posix.name}", path
            continue
        yield posix.as_posix(), path


def _is_litter(path: PurePosixPath) -> bool:
    return (
        any(part in _NOT_CODE or part.startswith(".") for part in path.parts)
        or path.suffix == ".pyc"
    )
