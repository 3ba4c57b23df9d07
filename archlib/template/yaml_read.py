"""Template text as plain data, with the line of every value in it.

YAML is read by a loader that knows CloudFormation's tags and nothing that could construct an
object: keys are strings and unique, dates stay text, aliases may not expand without bound. JSON
is read as JSON; its lines come from reading it once more as YAML, of which it is a subset.

Source: AWS CloudFormation User Guide, "CloudFormation template formats" (YAML 1.1, no hash
merges) and "Intrinsic function reference".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from archlib.errors import TemplateError
from archlib.template.yaml_write import SHORT_FORMS

Path = tuple[str | int, ...]

MAX_BYTES = 1_048_576
"""The largest template CloudFormation takes, from "Understand CloudFormation quotas"."""

MAX_VALUES = 100_000
"""More values than any template of that size holds without aliases that multiply."""

LONG_FORMS = {tag: name for name, tag in SHORT_FORMS.items()} | {
    "!Condition": "Condition",
    "!Length": "Fn::Length",
    "!ToJsonString": "Fn::ToJsonString",
    "!ValueOf": "Fn::ValueOf",
    "!ValueOfAll": "Fn::ValueOfAll",
}

_YAML = "tag:yaml.org,2002:"


@dataclass
class Source:
    """What reading yields: the data, and the line (from 1) where each path starts."""

    name: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)


def read(text: str, name: str) -> Source:
    """Read template text; ``name`` is what errors call it.

    Raises :class:`archlib.errors.TemplateError` with the line and column of what is wrong.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TemplateError(f"is larger than CloudFormation takes ({MAX_BYTES} bytes)", where=name)
    if not text.strip():
        raise TemplateError("is empty", where=name)
    try:
        is_json = name.endswith(".json") or text.lstrip().startswith("{")
        return _read_json(text, name) if is_json else _read_yaml(text, name)
    except RecursionError as error:
        raise TemplateError("is nested too deeply", where=name) from error


def place(name: str, mark: Any) -> str:
    """``file:line:column`` of a YAML mark."""
    return f"{name}:{mark.line + 1}:{mark.column + 1}"


def _read_yaml(text: str, name: str) -> Source:
    reader = _Reader(name)
    node = _compose(text, name)
    reader.source.data = reader.value(node, ()) if node is not None else None
    return reader.source


def _compose(text: str, name: str) -> yaml.Node | None:
    try:
        loader = yaml.SafeLoader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TemplateError(
            f"broken YAML: {error.problem or error.context}",
            where=place(name, mark) if mark is not None else name,
            hint="CloudFormation reads one document" if "single document" in str(error) else None,
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TemplateError(
            f"broken YAML: the character U+{ord(text[error.position]):04X} is not allowed",
            where=f"{name}:{line}",
        ) from error


def _read_json(text: str, name: str) -> Source:
    def refuse(constant: str) -> Any:
        raise TemplateError(f"broken JSON: {constant} is not JSON", where=name)

    try:
        data = json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise TemplateError(
            f"broken JSON: {error.msg}", where=f"{name}:{error.lineno}:{error.colno}"
        ) from error
    reader = _Reader(name)
    try:
        node = _compose(_ILLEGIBLE.sub(_replacement, text), name)
    except TemplateError:
        # JSON that YAML cannot scan, such as keys of more than 1024 characters: no lines then.
        json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, name))
        return Source(name, data)
    if node is not None:
        reader.value(node, ())
    return Source(name, data, reader.source.lines)


_ILLEGIBLE = re.compile(f"[\t\x85\u2028\u2029]|{yaml.reader.Reader.NON_PRINTABLE.pattern}")
"""What JSON may hold and YAML reads otherwise: tabs between tokens, rare breaks and controls in
strings. Each is replaced by one character, so that nothing moves."""


def _replacement(found: re.Match[str]) -> str:
    # A private-use character for each, so that keys that differ still do.
    return " " if found[0] == "\t" else chr(0xE000 + (ord(found[0]) & 0xFFF))


def _unique(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise TemplateError(f'the key "{twice}" is there twice', where=name)
    return data


class _Reader:
    """Turns composed nodes into data, remembering lines."""

    def __init__(self, name: str) -> None:
        self.source = Source(name)
        self._scalars = yaml.constructor.SafeConstructor()
        self._open: set[int] = set()
        self._values = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        """The data of one node."""
        self.source.lines.setdefault(path, node.start_mark.line + 1)
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._error(node, f"expands to more than {MAX_VALUES} values")
        if id(node) in self._open:
            raise self._error(node, "an alias contains itself")
        self._open.add(id(node))
        try:
            if node.tag.startswith(_YAML):
                return self._plain(node, path)
            return self._intrinsic(node, path)
        finally:
            self._open.discard(id(node))

    def _plain(self, node: yaml.Node, path: Path) -> Any:
        kind = node.tag.removeprefix(_YAML)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return self._sequence(node, path)
        build = _SCALARS.get(kind)
        if build is None or not isinstance(node, yaml.ScalarNode):
            raise self._error(node, f"CloudFormation knows no YAML type !!{kind}")
        try:
            value = build(self._scalars, node)
        except ValueError as error:
            raise self._error(node, f"{node.value} is not a valid {kind}") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise self._error(node, f"{node.value} is not a number that JSON has")
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_YAML}merge":
                raise self._error(key_node, "CloudFormation reads no YAML merge keys (<<)")
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be text")
            key = key_node.value
            line = key_node.start_mark.line + 1
            if key in first:
                raise self._error(key_node, f'the key "{key}" is already on line {first[key]}')
            first[key] = line
            # A value's own line is its key's: that is where a reader looks.
            self.source.lines[(*path, key)] = line
            data[key] = self.value(value_node, (*path, key))
        return data

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _intrinsic(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        name = LONG_FORMS.get(node.tag)
        if name is None:
            close = get_close_matches(node.tag, LONG_FORMS, n=1)
            raise self._error(
                node, f"unknown tag {node.tag}", f"did you mean {close[0]}?" if close else None
            )
        inner = (*path, name)
        self.source.lines[inner] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            if name == "Fn::GetAtt":
                return {name: self._attribute(node)}
            return {name: node.value}
        if name in ("Ref", "Condition"):
            raise self._error(node, f"{node.tag} takes a name")
        if isinstance(node, yaml.SequenceNode):
            return {name: self._sequence(node, inner)}
        assert isinstance(node, yaml.MappingNode)
        return {name: self._mapping(node, inner)}

    def _attribute(self, node: yaml.ScalarNode) -> list[str]:
        logical_id, dot, attribute = node.value.partition(".")
        if not (logical_id and dot and attribute):
            raise self._error(
                node, f'"{node.value}" names no attribute', "say !GetAtt LogicalId.Attribute"
            )
        return [logical_id, attribute]

    def _error(self, node: yaml.Node, message: str, hint: str | None = None) -> TemplateError:
        return TemplateError(message, where=place(self.source.name, node.start_mark), hint=hint)


_Build = Callable[[yaml.constructor.SafeConstructor, yaml.ScalarNode], Any]

_SCALARS: Mapping[str, _Build] = {
    "str": lambda _, node: node.value,
    # A policy's Version and a template's AWSTemplateFormatVersion are dates only to YAML.
    "timestamp": lambda _, node: node.value,
    "value": lambda _, node: node.value,
    "int": lambda scalars, node: scalars.construct_yaml_int(node),
    "float": lambda scalars, node: scalars.construct_yaml_float(node),
    "bool": lambda scalars, node: scalars.construct_yaml_bool(node),
    "null": lambda _, node: None,
}
