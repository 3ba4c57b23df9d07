"""Shapes out of form parameters, as the query and ec2 protocols send them.

AWS: Smithy 2.0 specification, "AWS query protocol" and "AWS EC2 query protocol", "Query key
resolution": ``Filter.1.Value.2=x``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from archlib.local.protocols import values
from archlib.local.protocols.compiled import Compiler, Function, later
from archlib.local.protocols.message import Malformed


class Node:
    """One level of the names: a value, the levels below, or both."""

    __slots__ = ("below", "value")

    def __init__(self) -> None:
        self.value: str | None = None
        self.below: dict[str, Node] = {}

    def at(self, path: str) -> Node | None:
        """The node that a dotted name leads to."""
        node: Node | None = self
        for part in path.split("."):
            node = None if node is None else node.below.get(part)
        return node

    def numbered(self) -> list[Node]:
        """The nodes below that are called 1, 2, 3 …, in that order."""
        found = [n for n in self.below if n.isascii() and n.isdigit() and len(n) < _DIGITS]
        return [self.below[name] for name in sorted(found, key=int)]


#: More digits than the number of any element has.
_DIGITS = 10
#: More levels than any shape has; deeper names only cost time.
_DEPTH = 100


def tree(pairs: Iterable[tuple[str, str]]) -> Node:
    """All parameters by the parts of their names."""
    top = Node()
    for name, value in pairs:
        node = top
        for part in name.split(".")[:_DEPTH]:
            node = node.below.setdefault(part, Node())
        node.value = value
    return top


class FormReader(Compiler):
    """From nodes to what boto3 would have been given (the query protocol)."""

    def name(self, name: str, shape: Any) -> str:
        """The part of the key that stands for a member."""
        return str(shape.serialization.get("name", name))

    def _structure(self, shape: Any) -> Function:
        table: list[tuple[str, Callable[[Node], Any]]] = []

        def read(node: Node) -> dict[str, Any]:
            if not table:
                table.extend((n, self._member(n, member)) for n, member in shape.members.items())
            found = {}
            for name, inner in table:
                if (value := inner(node)) is not None:
                    found[name] = value
            return found

        return read

    def _member(self, name: str, shape: Any) -> Callable[[Node], Any]:
        own, inner = self.name(name, shape), self.of(shape)
        path = self._items_path(own, shape)

        def read(parent: Node) -> Any:
            node = parent.at(path)
            if node is None and path != own and (empty := parent.at(own)) is not None:
                # An empty list is an empty string under the list's own name.
                return [] if empty.value == "" else None
            return None if node is None else inner(node)

        return read

    def _items_path(self, own: str, shape: Any) -> str:
        """Where the numbered items of a flattened list are: beside it, by its members' name."""
        if shape.type_name == "list" and shape.serialization.get("flattened"):
            name = shape.member.serialization.get("name")
            return str(name) if name else own
        return own

    def _list(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.member)
        flat = bool(shape.serialization.get("flattened"))
        own = str(shape.member.serialization.get("name", "member"))

        def read(node: Node) -> Any:
            items: Node | None = node if flat else node.at(own)
            if items is None or not items.below:
                return [] if node.value == "" else None
            return [inner(one) for one in items.numbered()]

        return read

    def _map(self, shape: Any) -> Function:
        flat = bool(shape.serialization.get("flattened"))
        key_name, value_name = self.name("key", shape.key), self.name("value", shape.value)
        key, value = later(self, lambda: shape.key), later(self, lambda: shape.value)

        def read(node: Node) -> Any:
            entries = node if flat else node.at("entry")
            found = {}
            for entry in entries.numbered() if entries is not None else ():
                named, held = entry.at(key_name), entry.at(value_name)
                if named is None or held is None:
                    raise Malformed(f"an entry of {shape.name} lacks {key_name} or {value_name}")
                found[key(named)] = value(held)
            return found or None

        return read

    def _string(self, shape: Any) -> Function:
        return _scalar(str)

    def _blob(self, shape: Any) -> Function:
        return _scalar(values.blob)

    def _timestamp(self, shape: Any) -> Function:
        return _scalar(values.instant)

    def _boolean(self, shape: Any) -> Function:
        return _scalar(values.flag)

    def _integer(self, shape: Any) -> Function:
        return _scalar(values.integer)

    def _float(self, shape: Any) -> Function:
        return _scalar(values.number)

    _long = _integer
    _double = _float


class Ec2Reader(FormReader):
    """The ec2 protocol: capitalised names, lists always flat, no maps."""

    def name(self, name: str, shape: Any) -> str:
        """A name of its own, or the member's with a capital."""
        told = shape.serialization
        if "queryName" in told:
            return str(told["queryName"])
        given = str(told.get("name", name))
        return given[:1].upper() + given[1:] if "name" in told else given

    def _items_path(self, own: str, shape: Any) -> str:
        return own

    def _list(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.member)

        def read(node: Node) -> Any:
            items = node.numbered()
            if not items:
                return [] if node.value == "" else None
            return [inner(one) for one in items]

        return read


def _scalar(read: Callable[[str], Any]) -> Function:
    def value(node: Node) -> Any:
        return None if node.value is None else read(node.value)

    return value
