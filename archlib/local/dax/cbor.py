"""The part of CBOR (RFC 8949) that the DAX protocol is written in, with its own tags.

Read off the public client library ``amazon-dax-client``: definite and indefinite strings,
arrays and maps, big integers (tags 2 and 3), decimal fractions (tag 4), and four private
tags for sets and list ordinals.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from archlib.errors import ArchlibError

TAG_SETS: Final = {3321: "SS", 3322: "NS", 3323: "BS"}
SET_TAGS: Final = {kind: tag for tag, kind in TAG_SETS.items()}
TAG_ORDINAL: Final = 3324

_POSITIVE, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE: Final = 31
_BREAK: Final = 0xFF
_SIMPLE_VALUES: Final = {20: False, 21: True, 22: None, 23: None}
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}
_LENGTHS: Final = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}


class Incomplete(Exception):
    """The data ends in the middle of a value; more must be received first."""


class Malformed(ArchlibError):
    """What was received is not the DAX protocol."""


@dataclass(frozen=True)
class Set:
    """A DynamoDB set: ``kind`` is SS, NS or BS."""

    kind: str
    values: list[Any]


@dataclass(frozen=True)
class Ordinal:
    """An index into a list, as a document path has it."""

    index: int


class Reader:
    """Reads one value after another from ``data``, starting at ``position``."""

    def __init__(self, data: bytes | bytearray | memoryview, position: int = 0) -> None:
        self._data = data
        self.position = position

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.position >= len(self._data)

    def rest(self) -> bytes:
        """Everything not yet read, as it is."""
        rest = bytes(self._data[self.position :])
        self.position = len(self._data)
        return rest

    def read(self) -> Any:
        """The next value; raises :class:`Incomplete` or :class:`Malformed`."""
        initial = self._take(1)[0]
        major, minor = initial >> 5, initial & 0x1F
        if major == _SIMPLE:
            return self._simple(minor)
        if minor == _INDEFINITE:
            return self._indefinite(major)
        argument = self._argument(minor)
        if major == _POSITIVE:
            return argument
        if major == _NEGATIVE:
            return -1 - argument
        if major == _BYTES:
            return self._take(argument)
        if major == _TEXT:
            return self._take(argument).decode()
        if major == _ARRAY:
            return [self.read() for _ in range(argument)]
        if major == _MAP:
            return {self.read(): self.read() for _ in range(argument)}
        return self._tagged(argument)

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            raise Incomplete
        taken = bytes(self._data[self.position : end])
        self.position = end
        return taken

    def _argument(self, minor: int) -> int:
        if minor < 24:
            return minor
        if minor not in _LENGTHS:
            raise Malformed(f"reserved CBOR length {minor}")
        form = _LENGTHS[minor]
        value: int = struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return value

    def _simple(self, minor: int) -> Any:
        if minor in _SIMPLE_VALUES:
            return _SIMPLE_VALUES[minor]
        if minor in _FLOATS:
            form = _FLOATS[minor]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        raise Malformed(f"unexpected CBOR simple value {minor}")

    def _ended(self) -> bool:
        if self.position >= len(self._data):
            raise Incomplete
        if self._data[self.position] == _BREAK:
            self.position += 1
            return True
        return False

    def _indefinite(self, major: int) -> Any:
        if major == _MAP:
            pairs = {}
            while not self._ended():
                name = self.read()
                pairs[name] = self.read()
            return pairs
        if major not in (_ARRAY, _BYTES, _TEXT):
            raise Malformed(f"CBOR type {major} has no indefinite form")
        parts = []
        while not self._ended():
            parts.append(self.read())
        if major == _ARRAY:
            return parts
        return b"".join(parts) if major == _BYTES else "".join(parts)

    def _tagged(self, tag: int) -> Any:
        content = self.read()
        if tag == 2:
            return int.from_bytes(content, "big")
        if tag == 3:
            return -1 - int.from_bytes(content, "big")
        if tag == 4:
            exponent, mantissa = content
            digits = tuple(map(int, str(abs(mantissa))))
            return Decimal((int(mantissa < 0), digits, exponent))
        if tag in TAG_SETS:
            return Set(TAG_SETS[tag], content)
        if tag == TAG_ORDINAL:
            return Ordinal(content)
        raise Malformed(f"unknown CBOR tag {tag}")


@dataclass(frozen=True)
class Raw:
    """Bytes that are CBOR already."""

    data: bytes


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major << 5 | argument,))
    for minor, form in _LENGTHS.items():
        if argument < 1 << 8 * struct.calcsize(form):
            return bytes((major << 5 | minor,)) + struct.pack(form, argument)
    raise Malformed("CBOR argument beyond 64 bits")


def _integer(value: int) -> bytes:
    if 0 <= value < 1 << 64:
        return _head(_POSITIVE, value)
    if -(1 << 64) <= value < 0:
        return _head(_NEGATIVE, -1 - value)
    magnitude = value if value >= 0 else -1 - value
    content = magnitude.to_bytes((magnitude.bit_length() + 7) // 8, "big")
    return _head(_TAG, 2 if value >= 0 else 3) + _head(_BYTES, len(content)) + content


def _decimal(value: Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    mantissa = int("".join(map(str, digits)))
    return (
        _head(_TAG, 4)
        + _head(_ARRAY, 2)
        + _integer(int(exponent))
        + _integer(-mantissa if sign else mantissa)
    )


def _sequence(values: Iterable[Any], count: int) -> bytes:
    return _head(_ARRAY, count) + b"".join(map(encode, values))


def encode(value: Any) -> bytes:
    """CBOR of ints, floats, decimals, texts, bytes, lists, maps, sets, None and Booleans."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        text = value.encode()
        return _head(_TEXT, len(text)) + text
    if isinstance(value, (bytes, bytearray)):
        return _head(_BYTES, len(value)) + bytes(value)
    if isinstance(value, Raw):
        return value.data
    if isinstance(value, Mapping):
        return _head(_MAP, len(value)) + b"".join(
            encode(name) + encode(content) for name, content in value.items()
        )
    if isinstance(value, (list, tuple)):
        return _sequence(value, len(value))
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, Set):
        return _head(_TAG, SET_TAGS[value.kind]) + _sequence(value.values, len(value.values))
    if isinstance(value, Ordinal):
        return _head(_TAG, TAG_ORDINAL) + _integer(value.index)
    raise Malformed(f"{type(value).__name__} has no CBOR form here")
