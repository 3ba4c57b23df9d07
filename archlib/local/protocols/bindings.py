"""Where the REST protocols put members besides the body: path, query, headers, status.

AWS: Smithy 2.0 specification, "HTTP binding traits".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from archlib.local.protocols import values
from archlib.local.protocols.message import Malformed, Message

#: A comma-separated header's items; one that holds a comma or a quote is quoted.
_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)')


def read_bound(shape: Any, message: Message) -> dict[str, Any]:
    """The members that path, query and headers carry."""
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location is None:
            continue
        key = str(member.serialization.get("name", name))
        if location == "uri":
            if (label := message.labels.get(key)) is not None:
                found[name] = _scalar(member, label, "iso8601")
        elif location == "header":
            if (field := message.fields.get(key.lower())) is not None:
                found[name] = _header(member, field)
        elif location == "headers":
            if prefixed := _prefixed(key, message):
                found[name] = prefixed
        elif location == "querystring" and member.type_name != "map":
            taken.add(key)
            _read_query(found, name, key, member, message)
    _read_other_parameters(found, shape, taken, message)
    return found


def _read_query(found: dict[str, Any], name: str, key: str, member: Any, message: Message) -> None:
    if member.type_name == "list":
        given = [value for n, value in message.asked if n == key]
        if given:
            found[name] = [_scalar(member.member, value, "iso8601") for value in given]
    elif key in message.given:
        found[name] = _scalar(member, message.given[key], "iso8601")


def _read_other_parameters(
    found: dict[str, Any], shape: Any, taken: set[str], message: Message
) -> None:
    """A map in the query takes every parameter that no other member names."""
    for name, member in shape.members.items():
        told = member.serialization
        if told.get("location") != "querystring" or member.type_name != "map":
            continue
        rest: dict[str, Any] = {}
        several = member.value.type_name == "list"
        for key, value in message.asked:
            if key in taken:
                continue
            if several:
                rest.setdefault(key, []).append(value)
            else:
                rest[key] = value
        if rest:
            found[name] = rest


def _prefixed(prefix: str, message: Message) -> dict[str, str]:
    lower = prefix.lower()
    return {
        message.named.get(name, name)[len(prefix) :]: value
        for name, value in message.fields.items()
        if name.startswith(lower)
    }


def _header(shape: Any, field: str) -> Any:
    if shape.type_name == "list":
        if shape.member.type_name == "timestamp":
            # HTTP dates hold a comma each.
            dates = re.findall(r"[^,]*,[^,]*|[^,]+", field)
            return [_scalar(shape.member, one.strip(), "rfc822") for one in dates]
        return [_scalar(shape.member, one, "rfc822") for one in items(field)]
    return _scalar(shape, field, "rfc822")


def items(field: str) -> list[str]:
    """The items of a comma-separated header."""
    found, at = [], 0
    while at < len(field):
        matched = _ITEM.match(field, at)
        if matched is None or matched.end() == at:
            raise Malformed("a header's list is not well-formed")
        quoted, plain = matched.groups()
        found.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip())
        at = matched.end()
    return found


def _scalar(shape: Any, text: str, timestamps: str) -> Any:
    if shape.serialization.get("jsonvalue"):
        try:
            return json.loads(base64.b64decode(text))
        except ValueError:
            raise Malformed("a header does not hold base64 of JSON") from None
    read = _READ.get(shape.type_name)
    return text if read is None else read(text)


_READ: Mapping[str, Any] = {
    "timestamp": values.instant,
    "boolean": values.flag,
    "integer": values.integer,
    "long": values.integer,
    "float": values.number,
    "double": values.number,
    "blob": values.blob,
}


def written_headers(shape: Any, result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that a result's members make."""
    headers: list[tuple[str, str]] = []
    for name, member in shape.members.items():
        location, value = member.serialization.get("location"), result.get(name)
        if value is None or location not in ("header", "headers"):
            continue
        key = str(member.serialization.get("name", name))
        if location == "headers":
            headers += [(f"{key}{n}", one_line(str(v))) for n, v in value.items() if v is not None]
        elif (text := _header_text(member, value)) is not None:
            headers.append((key, one_line(text)))
    return headers


def status_of(shape: Any, result: Mapping[str, Any], usual: int) -> int:
    """The HTTP status: a member may stand for it."""
    for name, member in shape.members.items():
        if member.serialization.get("location") == "statusCode" and name in result:
            return int(result[name])
    return usual


def _header_text(shape: Any, value: Any) -> str | None:
    if shape.type_name == "list":
        texts = [_header_text(shape.member, one) or "" for one in value if one is not None]
        if shape.member.type_name == "string":
            texts = [_quoted(one) if set(one) & {",", '"'} else one for one in texts]
        return ",".join(texts) if texts else None
    if shape.serialization.get("jsonvalue"):
        return values.base64_text(json.dumps(value, separators=(",", ":")))
    if shape.type_name == "timestamp":
        return str(values.timestamp_writer(shape, "rfc822")(value))
    write = _WRITE.get(shape.type_name, values.text)
    return str(write(value))


_WRITE: Mapping[str, Any] = {
    "boolean": values.flag_text,
    "integer": values.integer,
    "long": values.integer,
    "float": values.spelled,
    "double": values.spelled,
    "blob": values.base64_text,
}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def one_line(text: str) -> str:
    """A header's value: no line may end in it."""
    return text.replace("\r", " ").replace("\n", " ")
