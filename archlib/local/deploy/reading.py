"""A template's text as the engine keeps it: plain data, with the line of every value.

The text is read by :mod:`archlib.template.yaml_read`, which constructs no objects and bounds size,
depth and aliases; here its errors become CloudFormation's. Source: "CloudFormation template
formats" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from archlib.errors import TemplateError
from archlib.local.deploy.errors import StackError
from archlib.template.yaml_read import Path, read

_NAME = "template"


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


# A stack's template is read again whenever the stack is described; nothing changes a body.
@lru_cache(maxsize=16)
def read_template(text: str) -> Source:
    """Parse YAML or JSON; raises :class:`StackError` with AWS's words and the place."""
    if not text.strip():
        raise StackError("Template format error: unsupported structure.")
    try:
        found = read(text, _NAME)
    except TemplateError as problem:
        form = "JSON" if text.lstrip().startswith("{") else "YAML"
        raise StackError(
            f"Template format error: {form} not well-formed. ({_place(problem)})"
        ) from None
    if not isinstance(found.data, dict):
        raise StackError("Template format error: unsupported structure.")
    return Source(found.data, text, found.lines)


def _place(problem: TemplateError) -> str:
    line, _, column = (problem.where or "").removeprefix(_NAME).removeprefix(":").partition(":")
    place = f"line {line}, column {column}: " if column else f"line {line}: " if line else ""
    hint = f", {problem.hint}" if problem.hint else ""
    return f"{place}{problem.message}{hint}"
