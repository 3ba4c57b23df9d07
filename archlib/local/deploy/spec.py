"""What a property may hold, as data, and the check of a value against it.

A specification is written in a small notation::

    record("Name! Count:i Ratio:n Enabled:b Policy:j Labels:m Zones:[] Tags:tags")

``Name`` is a string, ``:i`` an integer, ``:n`` a number, ``:b`` a boolean, ``:j`` a JSON document
(object or string), ``:m`` a map of strings, ``:[]`` a list of strings, ``:tags`` a list of
``Key``/``Value``; ``!`` makes it required. Anything nested is given by keyword.
:class:`Shaped` takes the specification from the botocore shape that the value will be sent as.

CloudFormation accepts ``"30"`` for an integer and ``true`` for a string; so does :func:`check`,
which returns the value it normalised.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.deploy.intrinsics import Unknown

#: Looks up a botocore ServiceModel by service name.
Models = Callable[[str], Any]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a resource: where (``#/Rules/0/Status``) and what."""

    path: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True)
class Scalar:
    """``String``, ``Integer``, ``Number`` or ``Boolean``, perhaps one of ``values``."""

    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A JSON document, written as an object or as its text."""


@dataclass(frozen=True)
class Anything:
    """Any JSON value; whoever receives it decides."""


@dataclass(frozen=True)
class ListOf:
    """A list whose items all follow ``item``."""

    item: Spec


@dataclass(frozen=True)
class MapOf:
    """An object with free keys whose values all follow ``value``."""

    value: Spec


@dataclass(frozen=True)
class Record:
    """An object with the named fields and no others."""

    fields: Mapping[str, Spec]
    required: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shaped:
    """Whatever botocore's input shape says at ``path`` below ``operation``."""

    service: str
    operation: str
    path: tuple[str, ...] = ()


Spec = Scalar | Document | Anything | ListOf | MapOf | Record | Shaped

STRING = Scalar("String")
INTEGER = Scalar("Integer")
NUMBER = Scalar("Number")
BOOLEAN = Scalar("Boolean")
STRINGS = ListOf(STRING)
STRING_MAP = MapOf(STRING)
TAGS = ListOf(Record({"Key": STRING, "Value": STRING}, frozenset({"Key", "Value"})))

_NOTATION: dict[str, Spec] = {
    "": STRING,
    "s": STRING,
    "i": INTEGER,
    "n": NUMBER,
    "b": BOOLEAN,
    "j": Document(),
    "m": STRING_MAP,
    "[]": STRINGS,
    "tags": TAGS,
    "any": Anything(),
}


def record(notation: str = "", /, *, required: str = "", **nested: Spec) -> Record:
    """A :class:`Record` from the notation above; ``required`` names required nested fields."""
    fields: dict[str, Spec] = {}
    needed = set(required.split())
    for word in notation.split():
        name, _, kind = word.replace("!", "").partition(":")
        fields[name] = _NOTATION[kind]
        if "!" in word:
            needed.add(name)
    fields.update(nested)
    return Record(fields, frozenset(needed))


def one_of(*values: str) -> Scalar:
    """A string that must be one of ``values``."""
    return Scalar("String", values)


@dataclass
class Check:
    """One run over a resource's properties; ``problems`` collects what is wrong."""

    models: Models
    problems: list[Problem] = field(default_factory=list)

    def value(self, spec: Spec, value: Any, path: str) -> Any:
        """``value`` normalised; what does not fit goes into ``problems``."""
        if isinstance(value, Unknown):
            return value
        return _CHECKS[type(spec)](self, spec, value, path)

    def wrong(self, path: str, expected: str, value: Any) -> Any:
        """Note a wrong type."""
        self.problems.append(Problem(path, f"expected type: {expected}, found: {_kind(value)}"))
        return value


def check(
    spec: Spec, value: Any, models: Models, path: str = "#"
) -> tuple[Any, tuple[Problem, ...]]:
    """``value`` normalised by ``spec``, and everything wrong with it."""
    run = Check(models)
    return run.value(spec, value, path), tuple(run.problems)


def _kind(value: Any) -> str:
    names = {dict: "JSONObject", list: "JSONArray", str: "String", bool: "Boolean", int: "Integer"}
    return names.get(type(value), "Number" if isinstance(value, float) else "Null")


def _scalar(run: Check, spec: Scalar, value: Any, path: str) -> Any:
    result = _CONVERSIONS[spec.kind](value)
    if result is None:
        if isinstance(value, str) and spec.kind != "String":
            run.problems.append(
                Problem(path, f"expected type: {spec.kind}, found: String {value!r}")
            )
            return value
        return run.wrong(path, spec.kind, value)
    if spec.values and result not in spec.values:
        run.problems.append(
            Problem(path, f"{result} is not a valid enum value", nearest(str(result), spec.values))
        )
    return result


def _to_string(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None


def _to_integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value) if float(value) == int(float(value)) else None
    except (TypeError, ValueError):
        return None


def _to_number(value: Any) -> int | float | None:
    if isinstance(value, (bool, dict, list)) or value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number == int(number) else number


def _to_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "String": _to_string,
    "Integer": _to_integer,
    "Number": _to_number,
    "Boolean": _to_boolean,
}


def _document(run: Check, spec: Document, value: Any, path: str) -> Any:
    return value if isinstance(value, (dict, str)) else run.wrong(path, "JSONObject", value)


def _list(run: Check, spec: ListOf, value: Any, path: str) -> Any:
    if not isinstance(value, list):
        return run.wrong(path, "JSONArray", value)
    return [run.value(spec.item, item, f"{path}/{i}") for i, item in enumerate(value)]


def _map(run: Check, spec: MapOf, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        return run.wrong(path, "JSONObject", value)
    return {key: run.value(spec.value, item, f"{path}/{key}") for key, item in value.items()}


def _record(run: Check, spec: Record, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        return run.wrong(path, "JSONObject", value)
    for name in sorted(spec.required - set(value)):
        run.problems.append(Problem(path, f"required key [{name}] not found"))
    result = {}
    for name, item in value.items():
        if name in spec.fields:
            result[name] = run.value(spec.fields[name], item, f"{path}/{name}")
        else:
            result[name] = item
            run.problems.append(
                Problem(
                    f"{path}/{name}",
                    f"extraneous key [{name}] is not permitted",
                    nearest(name, spec.fields),
                )
            )
    return result


def _shaped(run: Check, spec: Shaped, value: Any, path: str) -> Any:
    from archlib.local.deploy.shapes import specification

    return run.value(specification(run.models, spec), value, path)


def nearest(name: str, known: Any, *, cutoff: float = 0.6) -> str:
    """``did you mean X?`` for the name in ``known`` closest to ``name``, else nothing.

    ``cutoff`` is how alike they must be, from 0 to 1.
    """
    lowered = {str(item).lower(): str(item) for item in known}
    found = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=cutoff)
    return f"did you mean {lowered[found[0]]}?" if found else ""


_CHECKS: dict[type, Callable[[Check, Any, Any, str], Any]] = {
    Scalar: _scalar,
    Document: _document,
    Anything: lambda run, spec, value, path: value,
    ListOf: _list,
    MapOf: _map,
    Record: _record,
    Shaped: _shaped,
}
