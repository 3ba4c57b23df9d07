"""Icons of the ``diagrams`` package by name, e.g. ``aws.compute.Lambda``."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from archlib.errors import DiagramError


@dataclass(frozen=True)
class Icon:
    """An icon: its ``diagrams`` class, its file, and the file's path below the icon folder."""

    name: str
    node_class: Any
    file: Path
    relative: str

    @property
    def data(self) -> bytes:
        """The PNG bytes as the ``diagrams`` package ships them."""
        return _bytes(self.file)


@lru_cache(maxsize=256)
def _bytes(file: Path) -> bytes:
    return file.read_bytes()


def _is_icon(value: Any) -> bool:
    return inspect.isclass(value) and bool(getattr(value, "_icon", None))


@lru_cache(maxsize=256)
def _find(name: str) -> Icon | None:
    module_name, _, class_name = name.rpartition(".")
    if not module_name:
        return None
    try:
        module = importlib.import_module(f"diagrams.{module_name}")
    except ModuleNotFoundError:
        return None
    found: Any = getattr(module, class_name, None)
    if not _is_icon(found):
        return None
    package = importlib.import_module("diagrams")
    root = Path(str(package.__file__)).resolve().parent.parent
    folder = Path(str(found._icon_dir)) / str(found._icon)
    return Icon(name, found, root / folder, folder.as_posix().removeprefix("resources/"))


def icon(name: str, *, where: str) -> Icon:
    """The icon called ``name``, drawn for the component ``where``.

    Raises :class:`archlib.errors.DiagramError` naming both and the nearest existing name.
    """
    found = _find(name)
    if found is None:
        near = nearest(name)
        hint = f"did you mean {near}?" if near else "see diagrams.mingrammer.com/docs/nodes/aws"
        raise DiagramError(f"there is no icon {name!r}", where=where, hint=hint)
    return found


def nearest(name: str) -> str | None:
    """The existing icon name most like ``name``, or None when none is alike."""
    provider, _, rest = name.partition(".")
    try:
        package = importlib.import_module(f"diagrams.{provider}")
    except (ModuleNotFoundError, ValueError):
        package, rest = importlib.import_module("diagrams.aws"), name
        provider = "aws"
    names = []
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"diagrams.{provider}.{info.name}")
        names += [
            f"{provider}.{info.name}.{key}"
            for key, value in vars(module).items()
            if _is_icon(value)
        ]
    by_class: dict[str, str] = {}
    for full in names:
        by_class.setdefault(full.rpartition(".")[2].lower(), full)
    close = difflib.get_close_matches(rest.rpartition(".")[2].lower(), by_class, 1, 0.6)
    if close:
        return by_class[close[0]]
    whole = difflib.get_close_matches(name, names, 1, 0.7)
    return whole[0] if whole else None
