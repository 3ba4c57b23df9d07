"""Attribute values, keys and items as DAX sends them.

An item travels without its key and without attribute names: the names are agreed on once
as a numbered, sorted list, then only the values follow. A key is the partition value, with
the sort value's bytes behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from archlib.local.dax import cbor, lexdecimal

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]


def number(text: Any) -> int | Decimal:
    """A DynamoDB number as CBOR has it."""
    value = Decimal(str(text))
    exponent = value.as_tuple().exponent
    return int(value) if exponent == 0 else value


def digits(value: Any) -> str:
    """A number as DynamoDB returns it: plain, without needless zeros."""
    if isinstance(value, int):
        return str(value)
    text = f"{Decimal(str(value)):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def from_cbor(value: Any) -> AttributeValue:
    """An attribute value out of what the reader read."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, (int, float, Decimal)):
        return {"N": digits(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, cbor.Set):
        convert = digits if value.kind == "NS" else lambda member: member
        return {value.kind: [convert(member) for member in value.values]}
    if isinstance(value, list):
        return {"L": [from_cbor(inner) for inner in value]}
    return {"M": {name: from_cbor(inner) for name, inner in value.items()}}


def to_cbor(value: Mapping[str, Any]) -> Any:
    """An attribute value in the form the encoder takes."""
    ((kind, content),) = value.items()
    return _TO_CBOR[kind](content)


_TO_CBOR: Mapping[str, Any] = {
    "S": lambda content: content,
    "N": number,
    "B": bytes,
    "BOOL": bool,
    "NULL": lambda content: None,
    "SS": lambda content: cbor.Set("SS", list(content)),
    "NS": lambda content: cbor.Set("NS", [number(member) for member in content]),
    "BS": lambda content: cbor.Set("BS", [bytes(member) for member in content]),
    "L": lambda content: [to_cbor(inner) for inner in content],
    "M": lambda content: {name: to_cbor(inner) for name, inner in content.items()},
}


@dataclass(frozen=True)
class KeySchema:
    """A table's key attributes with their types, partition key first."""

    attributes: tuple[tuple[str, str], ...]

    @property
    def names(self) -> frozenset[str]:
        """The key attributes' names."""
        return frozenset(name for name, _ in self.attributes)

    def key_of(self, item: Mapping[str, Any]) -> Item:
        """The key out of an item."""
        return {name: dict(item[name]) for name, _ in self.attributes}

    def encode(self, item: Mapping[str, Any]) -> bytes:
        """The key of an item, as bytes."""
        (name, kind), *sort = self.attributes
        value = to_cbor(item[name])
        if not sort:
            return _tail(value, kind) if kind != "N" else cbor.encode(value)
        ((sort_name, sort_kind),) = sort
        return cbor.encode(value) + _tail(to_cbor(item[sort_name]), sort_kind)

    def decode(self, data: bytes) -> Item:
        """The key that :meth:`encode` wrote."""
        (name, kind), *sort = self.attributes
        if not sort:
            value = cbor.Reader(data).read() if kind == "N" else _head(data, kind)
            return {name: from_cbor(value)}
        reader = cbor.Reader(data)
        partition = reader.read()
        ((sort_name, sort_kind),) = sort
        return {name: from_cbor(partition), sort_name: from_cbor(_head(reader.rest(), sort_kind))}


def _tail(value: Any, kind: str) -> bytes:
    if kind == "S":
        text: bytes = value.encode()
        return text
    return lexdecimal.encode(Decimal(value)) if kind == "N" else bytes(value)


def _head(data: bytes, kind: str) -> Any:
    if kind == "S":
        return data.decode()
    return lexdecimal.decode(data) if kind == "N" else data


class AttributeLists:
    """The numbered lists of attribute names that a cluster and its clients share.

    Number 1 is the empty list, without asking.
    """

    def __init__(self) -> None:
        self._lists: list[tuple[str, ...]] = [(), ()]
        self._numbers: dict[tuple[str, ...], int] = {(): 1}

    def number(self, names: Sequence[str]) -> int:
        """The number of a list, given out at first sight."""
        key = tuple(names)
        if key not in self._numbers:
            self._lists.append(key)
            self._numbers[key] = len(self._lists) - 1
        return self._numbers[key]

    def names(self, number: int) -> tuple[str, ...]:
        """The list behind a number; raises :class:`~archlib.local.dax.cbor.Malformed`."""
        if not 0 < number < len(self._lists):
            raise cbor.Malformed(f"unknown attribute list {number}")
        return self._lists[number]

    def encode(self, item: Mapping[str, Any], without: frozenset[str]) -> bytes:
        """An item's attributes, its key left out."""
        names = sorted(name for name in item if name not in without)
        return cbor.encode(self.number(names)) + b"".join(
            cbor.encode(to_cbor(item[name])) for name in names
        )

    def encode_some(self, item: Mapping[str, Any]) -> bytes:
        """Some attributes of an item, by their place in their list (UPDATED_OLD, UPDATED_NEW)."""
        names = sorted(item)
        values = {place: to_cbor(item[name]) for place, name in enumerate(names)}
        return cbor.encode(self.number(names)) + cbor.encode(values)

    def decode(self, data: bytes) -> Item:
        """Attributes that a client wrote with :meth:`encode`'s rules."""
        reader = cbor.Reader(data)
        names = self.names(reader.read())
        return {name: from_cbor(reader.read()) for name in names}
