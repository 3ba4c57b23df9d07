"""Shapes out of XML, as the rest-xml protocol sends them in request bodies.

AWS: Smithy 2.0 specification, "XML binding traits" (flattened lists and maps, attributes,
namespaces).
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from archlib.local.protocols import values
from archlib.local.protocols.compiled import Compiler, Function, later
from archlib.local.protocols.message import Malformed

_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def root(body: bytes) -> ElementTree.Element:
    """The root element of a body."""
    try:
        return ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, RecursionError):
        raise Malformed("the body is not well-formed XML") from None


def tag(element: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _children(element: ElementTree.Element) -> dict[str, list[ElementTree.Element]]:
    found: dict[str, list[ElementTree.Element]] = {}
    for child in element:
        found.setdefault(tag(child), []).append(child)
    return found


def is_flat(shape: Any) -> bool:
    """Whether a list or map stands in its parent without an element of its own."""
    return shape.type_name in ("list", "map") and bool(shape.serialization.get("flattened"))


def element_name(name: str, shape: Any, *, member_first: bool = False) -> str:
    """The element that holds a member.

    ``member_first``: a flattened list's elements are called as its own members are, where those
    have a name. botocore reads answers so, and writes requests by the list's name; what it
    writes is read so.
    """
    if member_first and shape.type_name == "list" and is_flat(shape):
        inner = shape.member.serialization.get("name")
        if inner is not None:
            return str(inner)
    return str(shape.serialization.get("name", name))


class XmlReader(Compiler):
    """From elements (lists of them for flattened shapes) to what boto3 would have been given."""

    def _structure(self, shape: Any) -> Function:
        table: list[tuple[str, str, bool, Function]] = []
        attributes: list[tuple[str, str]] = []

        def read(element: Any) -> dict[str, Any]:
            if not table and not attributes:
                for name, member in shape.members.items():
                    if "location" in member.serialization:
                        continue
                    key = element_name(name, member)
                    if member.serialization.get("xmlAttribute"):
                        attributes.append((name, _attribute(key)))
                    else:
                        table.append((name, key, is_flat(member), self.of(member)))
            found: dict[str, Any] = {
                name: element.attrib[key] for name, key in attributes if key in element.attrib
            }
            children = _children(element)
            for name, key, flat, inner in table:
                if (given := children.get(key)) is not None:
                    found[name] = inner(given if flat else given[-1])
            return found

        return read

    def _list(self, shape: Any) -> Function:
        inner = later(self, lambda: shape.member)
        return lambda elements: [inner(one) for one in elements]

    def _map(self, shape: Any) -> Function:
        key_name = str(shape.key.serialization.get("name", "key"))
        value_name = str(shape.value.serialization.get("name", "value"))
        key = later(self, lambda: shape.key)
        value = later(self, lambda: shape.value)

        def read(entries: Any) -> dict[Any, Any]:
            found = {}
            for entry in entries:
                children = _children(entry)
                if key_name not in children or value_name not in children:
                    raise Malformed(f"an entry of {shape.name} lacks {key_name} or {value_name}")
                found[key(children[key_name][0])] = value(children[value_name][0])
            return found

        return read

    def _string(self, shape: Any) -> Function:
        return lambda element: element.text or ""

    def _blob(self, shape: Any) -> Function:
        return lambda element: values.blob(element.text or "")

    def _timestamp(self, shape: Any) -> Function:
        return lambda element: values.instant(element.text or "")

    def _boolean(self, shape: Any) -> Function:
        return lambda element: values.flag((element.text or "").strip())

    def _integer(self, shape: Any) -> Function:
        return lambda element: values.integer((element.text or "").strip())

    def _float(self, shape: Any) -> Function:
        return lambda element: values.number((element.text or "").strip())

    _long = _integer
    _double = _float


def _attribute(name: str) -> str:
    """An attribute's name as ElementTree has it: the only prefix in use is XML Schema's."""
    prefix, colon, local = name.partition(":")
    return f"{_SCHEMA_INSTANCE}{local}" if colon and prefix == "xsi" else name
