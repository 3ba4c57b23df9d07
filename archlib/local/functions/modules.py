"""The modules of one execution environment, apart from everybody else's.

While function code runs, its package stands first on ``sys.path``, its modules are in
``sys.modules`` and modules of the same name that belong to the host or to another function
are set aside. What the package itself imports is limited to what Lambda would find: the
package, its layers, the standard library and what the runtime includes (AWS: "Working with
.zip file archives for Python Lambda functions", "Runtime dependencies in Python"). So a zip
that forgot a dependency fails here as it fails there, however much is installed here.

Two deviations, both on purpose. A package that brings its own copy of one of
:data:`HOST_COPIES` gets the installed one, because the local cloud's seams are in it or because
its machine code cannot be loaded twice. And modules outside the package that get imported for the
first time stay imported afterwards: extension modules cannot be loaded twice.
"""

from __future__ import annotations

import builtins
import linecache
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, ClassVar

from archlib.local.functions.package import Package

#: What the Python runtimes of Lambda include beside the standard library.
INCLUDED = frozenset(
    {
        "awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "pip", "s3transfer",
        "simplejson", "six", "snapshot_restore_py", "urllib3",
    }
)  # fmt: skip

#: Libraries in which the local cloud has its seams, and such whose machine code holds on to the
#: Python classes it first met (cryptography); a bundled copy yields to the installed one.
HOST_COPIES = frozenset(
    {
        "_cffi_backend", "amazondax", "antlr4", "boto3", "botocore", "cffi", "cryptography",
        "dateutil", "httpcore", "httpx", "jmespath", "requests", "s3transfer", "six", "urllib3",
    }
)  # fmt: skip

#: Standard modules that Lambda's runtime client has imported before the function is; a file
#: of the package with such a name is never reached, there as here.
_ALREADY_IMPORTED = frozenset(
    """abc array atexit base64 binascii bisect builtins calendar codecs collections contextlib
    copyreg datetime decimal email encodings enum errno functools genericpath http importlib io
    ipaddress itertools json keyword linecache locale logging marshal math numbers operator os
    posix posixpath quopri random re reprlib select selectors socket ssl stat string struct sys
    textwrap threading time token tokenize traceback types urllib warnings weakref
    zipimport""".split()  # noqa: SIM905
)


class _Host:
    """The modules that the host had when it last had another number of them."""

    modules: ClassVar[dict[str, ModuleType]] = {}


class ModuleSpace:
    """Modules, import rules and source lines of one execution environment."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.linecache: dict[str, Any] = {}
        self._modules: dict[str, ModuleType] = {}
        self._owned: set[str] = set()
        self._aside: dict[str, ModuleType] = {}
        self._host_copies = _installed(package.names)
        self._shadowing = package.names - _ALREADY_IMPORTED - self._host_copies
        self._finder = _Finder(self)
        # What function code changes in it, it changes for itself.
        self._builtins = ModuleType("builtins")
        vars(self._builtins).update(vars(builtins), __import__=self._import)
        self.path: list[str] = []
        self._finders: list[Any] = []
        self._size = 0

    def enter(self) -> None:
        """Make the package's modules the ones in force. ``sys.path`` is the caller's to swap."""
        modules = sys.modules
        if any(name in modules for name in self._shadowing):
            for name in [n for n in modules if n.partition(".")[0] in self._shadowing]:
                self._aside[name] = modules.pop(name)
        if len(_Host.modules) != len(modules):
            _Host.modules = dict(modules)
        modules.update(self._modules)
        self._size = len(modules)
        self._finders = list(sys.meta_path)
        sys.meta_path.insert(0, self._finder)

    def leave(self) -> None:
        """Take the package's modules out again and put back what was set aside."""
        modules = sys.modules
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        # What libraries have added stays, as they stay imported.
        if missing := [finder for finder in self._finders if finder not in sys.meta_path]:
            sys.meta_path[:] = [*missing, *sys.meta_path]
        if len(modules) < self._size:
            # Function code has taken modules away; others need theirs.
            modules.update({**_Host.modules, **modules})
        if len(modules) != self._size:
            self._owned.update(name for name, module in list(modules.items()) if self._mine(module))
        self._modules = {name: modules.pop(name) for name in self._owned if name in modules}
        if self._aside:
            modules.update(self._aside)
            self._aside = {}

    def load(self, name: str) -> ModuleType:
        """Import a module of the package by name, as the handler setting asks for it."""
        module: ModuleType = self._import(name, {}, {}, ("*",), 0)
        return module

    def forget(self) -> None:
        """Drop all references: the environment has ended."""
        for entry in [p for p in sys.path_importer_cache if self.package.shown(p)]:
            sys.path_importer_cache.pop(entry, None)
        self._modules.clear()
        self.linecache.clear()

    def find(self, name: str) -> ModuleSpec | None:
        """The spec of a module that the package provides; marks it as the package's own."""
        top, _, rest = name.partition(".")
        if top in self._host_copies:
            return None if rest else _host_spec(top, self.path)
        if rest:
            parent = sys.modules.get(name.rpartition(".")[0])
            search: Sequence[str] = tuple(getattr(parent, "__path__", ()))
        else:
            search = self._search_path()
        spec = PathFinder.find_spec(name, list(search)) if search else None
        if spec is None or not self._inside(spec):
            return None
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(name, spec.loader.path, self)
        self._owned.add(name)
        return spec

    def prepare(self, module: ModuleType) -> None:
        """Give a module of the package its own ``__import__``."""
        module.__dict__["__builtins__"] = vars(self._builtins)

    def _search_path(self) -> tuple[str, ...]:
        added = (
            path
            for entry in sys.path
            if isinstance(entry, str) and self.package.shown(path := os.path.abspath(entry))
        )
        return tuple(dict.fromkeys((*added, *self.package.path)))

    def _inside(self, spec: ModuleSpec) -> bool:
        places = (spec.origin, *(spec.submodule_search_locations or ()))
        return any(place is not None and self.package.shown(place) for place in places)

    def _mine(self, module: object) -> bool:
        file = getattr(module, "__dict__", {}).get("__file__")
        return isinstance(file, str) and self.package.shown(file) is not None

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if level == 0:
            top = name.partition(".")[0]
            if top == "builtins":
                return self._builtins
            if not self._available(top):
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
        return builtins.__import__(name, globals, locals, fromlist, level)

    def _available(self, top: str) -> bool:
        return (
            top in sys.stdlib_module_names
            or top in INCLUDED
            or top in self.package.names
            or top in self._owned
            or PathFinder.find_spec(top, list(self._search_path())) is not None
        )


class _Finder:
    """Finds the package's modules before anybody else's."""

    def __init__(self, space: ModuleSpace) -> None:
        self._space = space

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return self._space.find(name)

    def invalidate_caches(self) -> None:
        PathFinder.invalidate_caches()


class _Loader(SourceFileLoader):
    """Loads a source file of the package under the path that AWS would show."""

    def __init__(self, name: str, path: str, space: ModuleSpace) -> None:
        super().__init__(name, path)
        self._space = space

    def get_code(self, fullname: str) -> CodeType:
        package = self._space.package
        code = package.compiled.get(self.path)
        if code is None:
            shown = package.shown(self.path) or self.path
            code = self.source_to_code(self.get_data(self.path), shown)
            package.compiled[self.path] = code
        return code

    def exec_module(self, module: ModuleType) -> None:
        self._space.prepare(module)
        super().exec_module(module)
        # Tracebacks find the source through the loader: the shown path does not exist here.
        shown = self._space.package.shown(self.path)
        if shown is not None:
            linecache.lazycache(shown, module.__dict__)


def _installed(names: Any) -> frozenset[str]:
    """Those of the :data:`HOST_COPIES` among ``names`` that this interpreter has."""
    import importlib.util

    found = set()
    for name in HOST_COPIES.intersection(names):
        if name in sys.modules or importlib.util.find_spec(name) is not None:
            found.add(name)
    return frozenset(found)


def _host_spec(name: str, path: Sequence[str]) -> ModuleSpec | None:
    return PathFinder.find_spec(name, list(path))
