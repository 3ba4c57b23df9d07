"""Shapes as CBOR values.

AWS: Smithy 2.0 specification, "Smithy RPC v2 CBOR protocol": timestamps are tag 1, blobs byte
strings, members without a name of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import cbor2

from archlib.local.protocols import values
from archlib.local.protocols.compiled import Compiler, Function, later
from archlib.local.protocols.message import Malformed


def loads(body: bytes) -> Any:
    """The document of a body; an empty body is an empty map."""
    if not body:
        return {}
    try:
        return cbor2.loads(body)
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError, MemoryError):
        raise Malformed("the body is not CBOR") from None


def dumps(value: Any) -> bytes:
    """A document as bytes."""
    return cbor2.dumps(value)


class CborReader(Compiler):
    """From CBOR values to what boto3 would have been given."""

    def _structure(self, shape: Any) -> Function:
        table: list[tuple[str, Function]] = []

        def read(value: Any) -> Any:
            if not isinstance(value, Mapping):
                raise Malformed(f"{shape.name} is not a map")
            if not table:
                table.extend((name, self.of(member)) for name, member in shape.members.items())
            return {
                name: inner(value[name]) for name, inner in table if value.get(name) is not None
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
                raise Malformed(f"{shape.name} is not a map")
            return {str(k): None if one is None else inner(one) for k, one in value.items()}

        return read

    def _string(self, shape: Any) -> Function:
        return _exactly(str, shape.name)

    def _blob(self, shape: Any) -> Function:
        return _exactly(bytes, shape.name)

    def _timestamp(self, shape: Any) -> Function:
        return values.instant

    def _boolean(self, shape: Any) -> Function:
        return _exactly(bool, shape.name)

    def _integer(self, shape: Any) -> Function:
        return values.integer

    def _float(self, shape: Any) -> Function:
        return values.number

    _long = _integer
    _double = _float


class CborWriter(Compiler):
    """From results to CBOR values."""

    def _structure(self, shape: Any) -> Function:
        table: dict[str, Function] = {}

        def write(value: Any) -> Any:
            if not table:
                table.update((name, self.of(member)) for name, member in shape.members.items())
            return {
                name: table[name](one)
                for name, one in value.items()
                if one is not None and name in table
            }

        return write

    def _list(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.member)
        return lambda value: [None if one is None else inner(one) for one in value]

    def _map(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.value)
        return lambda value: {
            str(key): None if one is None else inner(one) for key, one in value.items()
        }

    def _string(self, shape: Any) -> Function:
        return values.text

    def _blob(self, shape: Any) -> Function:
        return values.octets

    def _timestamp(self, shape: Any) -> Function:
        return lambda value: cbor2.CBORTag(1, float(values.epoch_seconds(value)))

    def _boolean(self, shape: Any) -> Function:
        return values.flag

    def _integer(self, shape: Any) -> Function:
        return values.integer

    def _float(self, shape: Any) -> Function:
        return values.number

    _long = _integer
    _double = _float


def _exactly(kind: type, name: str) -> Function:
    def read(value: Any) -> Any:
        if not isinstance(value, kind) or isinstance(value, datetime):
            raise Malformed(f"{name} is not a {kind.__name__}")
        return value

    return read
