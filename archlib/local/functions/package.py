"""A function's files on disk: the deployed zip as ``/var/task``, its layers as ``/opt``.

AWS: "Working with .zip file archives for Python Lambda functions"; "Packaging your layer
content" (layers unzip into ``/opt``, one over the other; Python looks into ``/opt/python``
and ``/opt/python/lib/python3.x/site-packages``). The directories are real and private to the
cloud; tracebacks and ``co_filename`` show the paths that AWS would show.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import CodeType

from archlib.local.functions import limits
from archlib.local.refusal import ApiRefusal

TASK_ROOT = "/var/task"
LAYER_ROOT = "/opt"

_BAD_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


def check_zip(code: bytes) -> int:
    """The unzipped size in bytes of an archive that Lambda would take.

    Raises:
        ApiRefusal: ``InvalidParameterValueException`` with Lambda's words for an archive that
            cannot be read, is empty, is too large, or reaches outside its own directory.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise ApiRefusal("InvalidParameterValueException", _BAD_ZIP) from None
    if not entries:
        raise ApiRefusal("InvalidParameterValueException", "Uploaded file must be a non-empty zip")
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        if ".." in parts or entry.filename.startswith("/"):
            raise ApiRefusal("InvalidParameterValueException", _BAD_ZIP)
    size = sum(entry.file_size for entry in entries)
    if size > limits.UNZIPPED_BYTES:
        raise ApiRefusal(
            "InvalidParameterValueException",
            f"Unzipped size must be smaller than {limits.UNZIPPED_BYTES} bytes",
        )
    return size


@dataclass(frozen=True)
class Package:
    """The unpacked files of one function version.

    ``task`` stands for ``/var/task`` and ``layers`` for ``/opt``; ``names`` are the top-level
    module names found there; ``compiled`` keeps code objects for the next cold start.
    """

    task: Path
    layers: Path
    runtime: str
    names: frozenset[str]
    compiled: dict[str, CodeType] = field(default_factory=dict, compare=False, repr=False)
    unpacked: dict[Path, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def whole(self) -> bool:
        """Whether all files are as they were unpacked: on AWS function code cannot touch them."""
        return self.unpacked == _files(self.task, self.layers)

    @property
    def path(self) -> tuple[str, ...]:
        """What Python gets in front of its module search path, in Lambda's order."""
        return tuple(map(str, _search_path(self.task, self.layers, self.runtime)))

    def shown(self, file: str) -> str | None:
        """The path that AWS would show for a file of the package; None for a foreign file."""
        for root, shown in ((str(self.task), TASK_ROOT), (str(self.layers), LAYER_ROOT)):
            if file == root or file.startswith(root + "/"):
                return shown + file[len(root) :]
        return None


class PackageStore:
    """Unpacks every distinct combination of code, layers and runtime once; cleans up at the end."""

    def __init__(self) -> None:
        self._root: Path | None = None
        self._packages: dict[str, Package] = {}

    def get(self, code: bytes, layers: tuple[bytes, ...], runtime: str) -> Package:
        """The unpacked form of a zip and its layers (later layers lie over earlier ones)."""
        digest = hashlib.sha256(runtime.encode())
        for part in (code, *layers):
            digest.update(hashlib.sha256(part).digest())
        key = digest.hexdigest()[:16]
        if key not in self._packages or not self._packages[key].whole:
            self._packages[key] = self._unpack(key, code, layers, runtime)
        return self._packages[key]

    def clear(self) -> None:
        """Delete everything that was unpacked."""
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
        self._root = None
        self._packages.clear()

    def _unpack(self, key: str, code: bytes, layers: tuple[bytes, ...], runtime: str) -> Package:
        if self._root is None:
            # realpath: module __file__ values must start with the prefix we look for.
            self._root = Path(tempfile.mkdtemp(prefix="archlib-functions-")).resolve()
        task, opt = self._root / key / "task", self._root / key / "opt"
        shutil.rmtree(self._root / key, ignore_errors=True)
        for target, archives in ((task, (code,)), (opt, layers)):
            target.mkdir(parents=True)
            for archive in archives:
                _extract(archive, target)
        names: set[str] = set()
        for folder in _search_path(task, opt, runtime):
            names |= _module_names(folder)
        return Package(task, opt, runtime, frozenset(names), unpacked=_files(task, opt))


def _search_path(task: Path, layers: Path, runtime: str) -> tuple[Path, ...]:
    return (task, layers / "python" / "lib" / runtime / "site-packages", layers / "python")


def _files(*roots: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of every file; compiled Python is left out, which Python adds by itself."""
    return {
        path: (found.st_size, found.st_mtime_ns)
        for root in roots
        for path in root.rglob("*")
        if path.suffix != ".pyc" and stat.S_ISREG((found := path.lstat()).st_mode)
    }


def _extract(archive: bytes, target: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        file.extractall(target)
        for entry in file.infolist():
            mode = entry.external_attr >> 16
            if mode & stat.S_IXUSR and not entry.is_dir():
                (target / entry.filename).chmod(0o755)


def _module_names(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {
        entry.name.split(".")[0]
        for entry in folder.iterdir()
        if entry.suffix in {".py", ".so", ".pyd"}
        or (entry.is_dir() and entry.name.isidentifier() and entry.name != "__pycache__")
    }
