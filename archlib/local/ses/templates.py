"""Mail templates: the part of Handlebars that SES documents.

Source: Amazon SES Developer Guide, "Using templates to send personalized email with the Amazon
SES API" and "Advanced email personalization": ``{{name}}``, ``{{a.b}}``, ``{{#if}}``,
``{{#unless}}``, ``{{#each}}`` with ``{{this}}``, ``{{else}}``. SES does not escape HTML. A variable
without a value is a rendering failure; inside ``if`` it merely counts as false.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.errors import Unsupported

_TAG = re.compile(r"\{\{\{?\s*(?P<what>[^{}]*?)\s*\}?\}\}")
_BLOCKS = ("if", "unless", "each")


class RenderingFailure(Exception):
    """A template and its data do not fit; the text is SES's."""


@dataclass(frozen=True)
class Template:
    """One template; parts may be empty."""

    name: str
    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True)
class Rendered:
    """A template filled in."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class _Block:
    kind: str
    path: str
    then: tuple[Any, ...]
    otherwise: tuple[Any, ...]


@dataclass(frozen=True)
class _Variable:
    path: str


def render(template: Template, data: Mapping[str, Any]) -> Rendered:
    """Fill in all parts; raises :class:`RenderingFailure`."""
    parts = (fill(part, data) for part in (template.subject, template.text, template.html))
    return Rendered(*parts)


def fill(text: str, data: Mapping[str, Any]) -> str:
    """Fill in one text; raises :class:`RenderingFailure`, :class:`Unsupported` for a helper."""
    pieces = _TAG.split(text)
    nodes, rest, end = _parse(pieces)
    if end is not None or rest:
        raise RenderingFailure(f"Unexpected closing or else tag '{end}'")
    return _write(nodes, data, data)


def _parse(pieces: list[str]) -> tuple[tuple[Any, ...], list[str], str | None]:
    """Nodes up to the end, or to ``{{else}}`` or ``{{/…}}``; what is left; that tag."""
    nodes: list[Any] = []
    pending = list(pieces)
    while pending:
        nodes.append(pending.pop(0))
        if not pending:
            break
        tag = pending.pop(0)
        if tag == "else" or tag.startswith("/"):
            return tuple(nodes), pending, tag
        if tag.startswith("!"):
            continue
        if tag.startswith("#"):
            block, pending = _block(tag[1:], pending)
            nodes.append(block)
        elif tag.startswith((">", "^", "&")) or " " in tag:
            raise Unsupported(
                f"the local SES does not render {{{{{tag}}}}}",
                hint=f"variables and the helpers {', '.join(_BLOCKS)} are rendered",
            )
        else:
            nodes.append(_Variable(tag))
    return tuple(nodes), [], None


def _block(opening: str, pending: list[str]) -> tuple[_Block, list[str]]:
    kind, _, path = opening.partition(" ")
    if kind not in _BLOCKS:
        raise Unsupported(
            f"the local SES does not render {{{{#{opening}}}}}",
            hint=f"the helpers {', '.join(_BLOCKS)} are rendered",
        )
    then, pending, end = _parse(pending)
    otherwise: tuple[Any, ...] = ()
    if end == "else":
        otherwise, pending, end = _parse(pending)
    if end != f"/{kind}":
        raise RenderingFailure(f"Block '{kind}' is not closed")
    return _Block(kind, path.strip(), then, otherwise), pending


def _write(nodes: tuple[Any, ...], scope: Any, root: Mapping[str, Any]) -> str:
    return "".join(_one(node, scope, root) for node in nodes)


def _one(node: Any, scope: Any, root: Mapping[str, Any]) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, _Variable):
        found, value = _look(node.path, scope, root)
        if not found:
            raise RenderingFailure(f"Attribute '{node.path}' is not present in the rendering data.")
        return _text(value)
    _, value = _look(node.path, scope, root)
    if node.kind == "each":
        items = list(value.values()) if isinstance(value, Mapping) else list(value or ())
        if not items:
            return _write(node.otherwise, scope, root)
        return "".join(_write(node.then, item, root) for item in items)
    wanted = bool(value) is (node.kind == "if")
    return _write(node.then if wanted else node.otherwise, scope, root)


def _look(path: str, scope: Any, root: Mapping[str, Any]) -> tuple[bool, Any]:
    if path in ("this", "."):
        return True, scope
    names = path.removeprefix("this.").split(".")
    for start in (scope, root):
        value: Any = start
        for name in names:
            if not isinstance(value, Mapping) or name not in value:
                break
            value = value[name]
        else:
            return True, value
    return False, None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list):
        return json.dumps(value)
    return "" if value is None else str(value)
