"""Shapes into XML, as the query, ec2 and rest-xml protocols answer.

AWS: Smithy 2.0 specification, "XML binding traits"; "AWS query protocol", "Response
serialization"; "AWS EC2 query protocol" (lists are in ``item`` elements).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from archlib.local.protocols import values
from archlib.local.protocols.compiled import Compiler
from archlib.local.protocols.xml_read import element_name, is_flat

#: Writes a value, as one element or several, under the name it has in its parent.
Write = Callable[[str, Any, Callable[[str], None]], None]

#: What IAM's model calls its documents.
_POLICY = "policyDocumentType"

XSI = "http://www.w3.org/2001/XMLSchema-instance"

#: What XML 1.0 cannot hold, and a carriage return, which a reader would take for a line feed.
_ESCAPED = re.compile("[&<>\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def escaped(text: str) -> str:
    """Text as an element holds it; characters that XML has no way to write become U+FFFD."""
    return _ESCAPED.sub(lambda found: _ENTITIES[found[0]], _FORBIDDEN.sub("�", text))


class XmlWriter(Compiler):
    """From results to XML text, in pieces.

    ``timestamps`` is the protocol's own format; ``members`` how a list's elements are called
    where its shape does not say.
    """

    def __init__(self, timestamps: str = "iso8601", members: str = "member") -> None:
        super().__init__()
        self._timestamps = timestamps
        self._members = members

    def inside(self, shape: Any, value: Any) -> str:
        """The children of the element that stands for a structure."""
        pieces: list[str] = []
        self._children(shape)(value, pieces.append)
        return "".join(pieces)

    def element(self, shape: Any, name: str, value: Any) -> str:
        """A value in its element."""
        pieces: list[str] = []
        self.of(shape)(name, value, pieces.append)  # type: ignore[call-arg]
        return "".join(pieces)

    def _children(self, shape: Any) -> Callable[[Any, Callable[[str], None]], None]:
        table: dict[str, tuple[str, Write]] = {}

        def write(value: Any, out: Callable[[str], None]) -> None:
            if not table:
                for name, member in shape.members.items():
                    told = member.serialization
                    if "location" in told or told.get("xmlAttribute"):
                        continue
                    key = element_name(name, member, member_first=True)
                    table[name] = (key, self._writer(member))
            for name, one in value.items():
                if one is not None and (entry := table.get(name)) is not None:
                    entry[1](entry[0], one, out)

        return write

    def _writer(self, shape: Any) -> Write:
        return self.of(shape)  # type: ignore[return-value]

    def _structure(self, shape: Any) -> Any:
        children = self._children(shape)
        attributes: list[tuple[str, str]] | None = None

        def write(name: str, value: Any, out: Callable[[str], None]) -> None:
            nonlocal attributes
            if attributes is None:
                attributes = [
                    (member_name, str(member.serialization["name"]))
                    for member_name, member in shape.members.items()
                    if member.serialization.get("xmlAttribute")
                ]
            told = "".join(
                f' xmlns:xsi="{XSI}" {key}={quoteattr(str(value[member]))}'
                for member, key in attributes
                if value.get(member) is not None
            )
            out(f"<{name}{told}>")
            children(value, out)
            out(f"</{name}>")

        return write

    def _list(self, shape: Any) -> Any:
        inner: Write | None = None
        flat = is_flat(shape)
        own = str(shape.member.serialization.get("name", self._members))

        def write(name: str, value: Any, out: Callable[[str], None]) -> None:
            nonlocal inner
            if inner is None:
                inner = self._writer(shape.member)
            if flat:
                for one in value:
                    inner(name, one, out)
                return
            out(f"<{name}>")
            for one in value:
                inner(own, one, out)
            out(f"</{name}>")

        return write

    def _map(self, shape: Any) -> Any:
        flat = is_flat(shape)
        key_name = str(shape.key.serialization.get("name", "key"))
        value_name = str(shape.value.serialization.get("name", "value"))

        def write(name: str, value: Any, out: Callable[[str], None]) -> None:
            key, inner = self._writer(shape.key), self._writer(shape.value)
            entry = name if flat else "entry"
            if not flat:
                out(f"<{name}>")
            for one, held in value.items():
                out(f"<{entry}>")
                key(key_name, one, out)
                inner(value_name, held, out)
                out(f"</{entry}>")
            if not flat:
                out(f"</{name}>")

        return write

    def _string(self, shape: Any) -> Any:
        return _scalar(_policy if shape.name == _POLICY else values.text)

    def _blob(self, shape: Any) -> Any:
        return _scalar(values.base64_text)

    def _timestamp(self, shape: Any) -> Any:
        return _scalar(values.timestamp_writer(shape, self._timestamps))

    def _boolean(self, shape: Any) -> Any:
        return _scalar(values.flag_text)

    def _integer(self, shape: Any) -> Any:
        return _scalar(values.integer)

    def _float(self, shape: Any) -> Any:
        return _scalar(values.spelled)

    _long = _integer
    _double = _float


def _policy(value: Any) -> str:
    """A policy document as IAM answers: "URL-encoded compliant with RFC 3986" (IAM API Reference,
    GetPolicyVersion)."""
    given = values.text(value)
    return quote(given, safe="") if given.lstrip()[:1] == "{" else given


def _scalar(spell: Callable[[Any], Any]) -> Write:
    def write(name: str, value: Any, out: Callable[[str], None]) -> None:
        out(f"<{name}>{escaped(str(spell(value)))}</{name}>")

    return write
