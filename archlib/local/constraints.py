"""What a service's model says of its parameters and botocore does not check.

botocore checks types, required members and minimum lengths before it sends; maximum lengths,
patterns, value sets and ranges are the service's to refuse, with a ``ValidationException`` that
counts the errors and quotes each one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from archlib.local.refusal import ApiRefusal


def refuse_violations(shape: Any, params: Mapping[str, Any]) -> None:
    """Raise ``ValidationException`` when ``params`` do not keep to a botocore input shape."""
    found = list(_violations(shape, params, ""))
    if found:
        plural = "s" if len(found) > 1 else ""
        raise ApiRefusal(
            "ValidationException",
            f"{len(found)} validation error{plural} detected: {'; '.join(found)}",
        )


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name in shape.members:
                member = shape.members[name]
                yield from _violations(member, inner, f"{path}{name[:1].lower()}{name[1:]}")
    elif shape.type_name == "list":
        yield from _sized(shape, value, path)
        for number, inner in enumerate(value, 1):
            dot = "." if shape.member.type_name == "structure" else ""
            yield from _violations(shape.member, inner, f"{path}.{number}.member{dot}")
    elif shape.type_name == "map":
        yield from _sized(shape, value, path)
    else:
        yield from _scalar(shape, value, path)


def _scalar(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name in ("string", "blob"):
        yield from _sized(shape, value, path)
        allowed = getattr(shape, "enum", None)
        if allowed and value not in allowed:
            yield _said(shape, value, path, f"satisfy enum value set: [{', '.join(allowed)}]")
        pattern = shape.metadata.get("pattern")
        if pattern and isinstance(value, str) and not _matches(pattern, value):
            yield _said(shape, value, path, f"satisfy regular expression pattern: {pattern}")
    elif shape.type_name in ("integer", "long"):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if high is not None and value > high:
            yield _said(shape, value, path, f"have value less than or equal to {high}")
        if low is not None and value < low:
            yield _said(shape, value, path, f"have value greater than or equal to {low}")


def _sized(shape: Any, value: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    length = len(value.encode("utf-16-le")) // 2 if isinstance(value, str) else len(value)
    if high is not None and length > high:
        yield _said(shape, value, path, f"have length less than or equal to {high}")
    if low is not None and length < low:
        yield _said(shape, value, path, f"have length greater than or equal to {low}")


def _said(shape: Any, value: Any, path: str, constraint: str) -> str:
    """What is secret, or no text, is not quoted."""
    shown = shape.type_name in ("string", "integer", "long") and not shape.metadata.get("sensitive")
    quoted = f"Value '{value}' at" if shown else "Value at"
    return f"{quoted} '{path}' failed to satisfy constraint: Member must {constraint}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A model's pattern; None for the few that only Java understands."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None
