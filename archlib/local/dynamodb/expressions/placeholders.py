"""What a request's placeholders stand for, and which of them its expressions use.

Source: Amazon DynamoDB Developer Guide, "Expression attribute names (aliases) in DynamoDB" and
"Using expression attribute values in DynamoDB".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from archlib.local.dynamodb.expressions.tokens import Malformed
from archlib.local.dynamodb.expressions.tree import Path, Value
from archlib.local.refusal import ApiRefusal

NAMES: Final = "ExpressionAttributeNames"
VALUES: Final = "ExpressionAttributeValues"
_SIGILS: Final = {NAMES: "#", VALUES: ":"}
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

Resolved = tuple[str | int, ...]


def invalid(message: str) -> ApiRefusal:
    """A ``ValidationException``."""
    return ApiRefusal("ValidationException", message)


class Placeholders:
    """The names and values of one request (or of one part of a transaction or batch)."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._defined = {member: params.get(member) for member in _SIGILS}
        self._used: dict[str, set[str]] = {NAMES: set(), VALUES: set()}

    def refuse_invalid(self) -> None:
        """Raise :class:`ApiRefusal` for empty maps, keys without their sign, and no values."""
        for member, sigil in _SIGILS.items():
            defined = self._defined[member]
            if defined is None:
                continue
            if not defined:
                raise invalid(f"{member} must not be empty")
            for key in defined:
                if not re.fullmatch(f"{sigil}[A-Za-z0-9_]+", key):
                    raise invalid(f'{member} contains invalid key: Syntax error; key: "{key}"')
        for key, value in (self._defined[VALUES] or {}).items():
            for message in _faults(value):
                raise invalid(f"{VALUES} contains invalid value: {message} for key {key}")

    def refuse_unused(self) -> None:
        """Raise :class:`ApiRefusal` for a placeholder that no expression uses."""
        for member, used in self._used.items():
            left = [key for key in self._defined[member] or () if key not in used]
            if left:
                raise invalid(
                    f"Value provided in {member} unused in expressions: keys: {{{', '.join(left)}}}"
                )

    def path(self, path: Path) -> Resolved:
        """A path with its names put in.

        Raises:
            Malformed: a name is not defined.
        """
        return tuple(self._part(part) for part in path.parts)

    def value(self, value: Value) -> Mapping[str, Any]:
        """What a value placeholder stands for.

        Raises:
            Malformed: it is not defined.
        """
        found: Mapping[str, Any] = self._lookup(
            VALUES,
            value.placeholder,
            "An expression attribute value used in expression is not defined; attribute value",
        )
        return found

    def _part(self, part: str | int) -> str | int:
        if isinstance(part, int) or not part.startswith("#"):
            return part
        name: str = self._lookup(
            NAMES,
            part,
            "An expression attribute name used in the document path is not defined; attribute name",
        )
        return name

    def _lookup(self, member: str, key: str, missing: str) -> Any:
        self._used[member].add(key)
        defined = self._defined[member] or {}
        if key not in defined:
            raise Malformed(f"{missing}: {key}")
        return defined[key]


def type_of(value: Mapping[str, Any]) -> str:
    """The type descriptor of an attribute value."""
    return next(iter(value))


def shown(value: Mapping[str, Any]) -> str:
    """An attribute value as messages quote it."""
    kind = type_of(value)
    return f"AttributeValue: {{{kind}:{value[kind]}}}"


def text_of(path: Resolved) -> str:
    """A path as messages quote it."""
    parts = (f"[{part}]" if isinstance(part, int) else part for part in path)
    return f"[{', '.join(parts)}]"


def _faults(value: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an attribute value, in its elements too.

    Source: Amazon DynamoDB API Reference, "AttributeValue".
    """
    if not value:
        yield (
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    elif len(value) > 1:
        yield (
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes"
        )
    else:
        kind, content = next(iter(value.items()))
        for number in {"N": [content], "NS": content}.get(kind, ()):
            if not _NUMBER.fullmatch(number):
                yield (
                    "The parameter cannot be converted to a numeric value"
                    + (f": {number}" if number else "")
                )
        for inner in {"L": content, "M": content.values() if kind == "M" else ()}.get(kind, ()):
            yield from _faults(inner)
