"""Template text -> plain data, with the line on which every value stands.

YAML's short tags (``!Ref``) become the long functions (``{"Ref": ...}``). JSON is read as the
YAML it is. Source: "CloudFormation template formats" and "Intrinsic function reference" in the
AWS CloudFormation User Guide; a date such as ``2012-10-17`` stays the string that was written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from archlib.local.deploy.errors import StackError

Path = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BARE_TAGS = {"Ref", "Condition"}
_SCALARS = {
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
}
_TRUE = {"true", "yes", "on"}


@dataclass(frozen=True)
class Source:
    """A template as written: its data, the text, and 1-based lines by path."""

    body: dict[str, Any]
    text: str
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """The line of ``path`` or of its nearest enclosing value; None when unknown."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return None


def read_template(text: str) -> Source:
    """Parse YAML or JSON; raises :class:`StackError` with AWS's words and the line."""
    if text.lstrip().startswith("{"):
        try:
            json.loads(text)
        except ValueError as problem:
            raise StackError(f"Template format error: JSON not well-formed. ({problem})") from None
    lines: dict[Path, int] = {}
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as problem:
        raise StackError(
            f"Template format error: YAML not well-formed. {_place(problem)}"
        ) from None
    except yaml.YAMLError as problem:
        raise StackError(f"Template format error: YAML not well-formed. {problem}") from None
    body = _value(root, (), lines) if root is not None else None
    if not isinstance(body, dict):
        raise StackError("Template format error: unsupported structure.")
    return Source(body, text, lines)


def _place(problem: yaml.MarkedYAMLError) -> str:
    at, begun = problem.problem_mark, problem.context_mark
    text = f"(line {at.line + 1}, column {at.column + 1}) " if at else ""
    text += problem.problem or ""
    if problem.context and begun:
        text += f" {problem.context} that begins on line {begun.line + 1}"
    return text.strip()


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if node.tag.startswith("!"):
        return _function(node, path, lines)
    return _plain(node, path, lines)


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                line = key_node.start_mark.line + 1
                raise StackError(
                    f"Template format error: YAML not well-formed. (line {line}: key is no string)"
                )
            if key in result:
                raise StackError(
                    "Template format error: YAML not well-formed. "
                    f"(line {key_node.start_mark.line + 1}: duplicate key {key!r})"
                )
            result[key] = _value(value_node, (*path, key), lines)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return text.lower() in _TRUE
    convert = _SCALARS.get(node.tag)
    if convert is None:
        return text
    try:
        # an id such as 012345678901 is an octal number to YAML and a name to its author
        return text if text.startswith("0") and text.isdigit() and len(text) > 1 else convert(text)
    except ValueError:
        return text


def _function(node: yaml.Node, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    name = node.tag[1:]
    key = name if name in _BARE_TAGS else f"Fn::{name}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = node.value
    else:
        value = _plain(node, (*path, key), lines)
    if key == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {key: value}
