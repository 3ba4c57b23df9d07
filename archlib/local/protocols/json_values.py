"""Shapes as JSON values.

AWS: Smithy 2.0 specification, "AWS JSON 1.0 protocol" and "AWS restJson1 protocol", "Shape
serialization".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from archlib.local.protocols import values
from archlib.local.protocols.compiled import Compiler, Function, later
from archlib.local.protocols.message import Malformed

_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(body: bytes) -> Any:
    """The JSON document of a body; an empty body is an empty object."""
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None


def dumps(value: Any) -> bytes:
    """A document as bytes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _member_name(name: str, shape: Any) -> str:
    return str(shape.serialization.get("name", name))


class JsonReader(Compiler):
    """From JSON values to what boto3 would have been given."""

    def _structure(self, shape: Any) -> Function:
        """Unknown members are ignored, as are those given as null."""
        if shape.is_document_type:
            return lambda value: value
        table: list[tuple[str, str, Function]] = []

        def read(value: Any) -> Any:
            if not isinstance(value, Mapping):
                raise Malformed(f"{shape.name} is not an object")
            if not table:
                table.extend(
                    (name, _member_name(name, member), self.of(member))
                    for name, member in shape.members.items()
                    if "location" not in member.serialization
                )
            return {
                name: inner(value[key]) for name, key, inner in table if value.get(key) is not None
            }

        return read

    def _list(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.member)

        def read(value: Any) -> Any:
            if not isinstance(value, list):
                raise Malformed(f"{shape.name} is not a list")
            return [None if one is None else inner(one) for one in value]

        return read

    def _map(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.value)

        def read(value: Any) -> Any:
            if not isinstance(value, Mapping):
                raise Malformed(f"{shape.name} is not an object")
            return {key: None if one is None else inner(one) for key, one in value.items()}

        return read

    def _string(self, shape: Any) -> Function:
        return _string

    def _blob(self, shape: Any) -> Function:
        return values.blob

    def _timestamp(self, shape: Any) -> Function:
        return values.instant

    def _boolean(self, shape: Any) -> Function:
        return values.flag

    def _integer(self, shape: Any) -> Function:
        return values.integer

    def _float(self, shape: Any) -> Function:
        return values.number

    _long = _integer
    _double = _float


class JsonWriter(Compiler):
    """From results to JSON values."""

    def _structure(self, shape: Any) -> Function:
        if shape.is_document_type:
            return lambda value: value
        table: dict[str, tuple[str, Function]] = {}

        def write(value: Any) -> Any:
            if not table:
                table.update(
                    (name, (_member_name(name, member), self.of(member)))
                    for name, member in shape.members.items()
                    if "location" not in member.serialization
                )
            found = {}
            for name, one in value.items():
                if one is not None and (entry := table.get(name)) is not None:
                    found[entry[0]] = entry[1](one)
            return found

        return write

    def _list(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.member)
        return lambda value: [None if one is None else inner(one) for one in value]

    def _map(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.value)
        return lambda value: {
            values.text(key): None if one is None else inner(one) for key, one in value.items()
        }

    def _string(self, shape: Any) -> Function:
        return values.text

    def _blob(self, shape: Any) -> Function:
        return values.base64_text

    def _timestamp(self, shape: Any) -> Function:
        return values.timestamp_writer(shape, "unixtimestamp")

    def _boolean(self, shape: Any) -> Function:
        return values.flag

    def _integer(self, shape: Any) -> Function:
        return values.integer

    def _float(self, shape: Any) -> Function:
        return values.spelled

    _long = _integer
    _double = _float


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{value!r} is not a string")
    if not value.isascii() and _SURROGATE.search(value):
        raise Malformed("a string has half of a surrogate pair, which is no character")
    return value
