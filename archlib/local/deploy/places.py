"""Where in a template's file the sentence points that CloudFormation says about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import pointer_steps
from archlib.local.deploy.intrinsics import VARIABLE

if TYPE_CHECKING:
    from archlib.template import Template

Path = tuple[str | int, ...]

_POINTER = re.compile(r"\[(/(?:Resources|Outputs|Parameters|Mappings|Conditions)/[^\]\s]+)\]")
_UNRESOLVED = re.compile(r"Unresolved (?:resource )?dependencies \[([^,\]]*)")
_ATTRIBUTE = re.compile(r"resource (\w+) does not support attribute type (\S+) in Fn::GetAtt")
#: How the other sentences name a resource or a parameter, and a property below it.
_NAMED = re.compile(r"^(\w+): |resource (\w+)|\[(\w+)")
_PROPERTY = re.compile(r"#/([^\s:]+)")


def place(template: Template, message: str) -> str:
    """``file:line`` of what a message is about; the file alone when it names nothing of it."""
    for sought in _SOUGHT:
        for path in sought(template, message):
            if (line := _line(template, path)) is not None:
                return f"{template.name}:{line}"
    return template.name


def _line(template: Template, path: Path) -> int | None:
    """The line of a path, or of the nearest place around it that is of the same thing."""
    if path[0] == "Resources":
        return template.line(str(path[1]), *path[2:])
    while len(path) >= 2:
        if path in template.lines:
            return template.lines[path]
        path = path[:-1]
    return None


def _pointed(template: Template, message: str) -> Iterator[Path]:
    """``[/Resources/Queue/Properties/Tags]``"""
    for match in _POINTER.finditer(message):
        yield pointer_steps(match[1])


def _unresolved(template: Template, message: str) -> Iterator[Path]:
    """A name that leads nowhere: where it is first said."""
    if match := _UNRESOLVED.search(message):
        for path, name, _ in _mentions(template.body):
            if name == match[1]:
                yield path


def _attribute(template: Template, message: str) -> Iterator[Path]:
    """An attribute that a resource does not have: where it is first asked for."""
    if match := _ATTRIBUTE.search(message):
        for path, name, attribute in _mentions(template.body):
            if (name, attribute) == match.groups():
                yield path


def _named(template: Template, message: str) -> Iterator[Path]:
    """A resource, perhaps with a property's path, or a parameter."""
    for match in _NAMED.finditer(message):
        name = next(group for group in match.groups() if group)
        if name in template.body.get("Resources", {}):
            inner = _PROPERTY.search(message, match.end())
            yield ("Resources", name, *(("Properties", *pointer_steps(inner[1])) if inner else ()))
        elif ("Parameters", name) in template.lines:
            yield ("Parameters", name)


_SOUGHT: tuple[Callable[[Template, str], Iterator[Path]], ...] = (
    _pointed,
    _unresolved,
    _attribute,
    _named,
)


def _mentions(node: Any, path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Every mention of another resource or parameter: where, its name, the attribute or ""."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _mentions(item, (*path, number))
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        here = (*path, key)
        if key == "Ref" and isinstance(value, str):
            yield here, value, ""
        elif key == "Fn::GetAtt":
            name, _, attribute = _dotted(value).partition(".")
            yield here, name, attribute
        elif key == "Fn::Sub":
            yield from ((here, *said) for said in _substituted(value))
        elif key == "DependsOn":
            yield from ((here, str(one), "") for one in _listed(value))
        yield from _mentions(value, here)


def _dotted(value: Any) -> str:
    return ".".join(str(part) for part in _listed(value))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _substituted(value: Any) -> Iterator[tuple[str, str]]:
    """What a text asks to have put in; of one that is no text, nothing."""
    text, local = (*_listed(value), {}, {})[:2]
    for match in VARIABLE.finditer(text) if isinstance(text, str) else ():
        name, _, attribute = match.group(2).strip().partition(".")
        if not match.group(1) and not (isinstance(local, dict) and name in local):
            yield name, attribute
