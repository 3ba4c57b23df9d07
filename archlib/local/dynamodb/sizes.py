"""How many bytes an item weighs.

Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats":
names and strings count their UTF-8 bytes, a binary its raw bytes, a number one
byte per two significant digits plus one, null and Boolean one, a list or map
three bytes plus one for each element. The page calls the number rule approximate.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

MAX_ITEM_BYTES = 400 * 1024
"""The largest item (binary kilobytes; "Constraints in Amazon DynamoDB")."""

AttributeValue = Mapping[str, Any]
Item = Mapping[str, AttributeValue]


def _text(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode())


def _number(value: Any) -> int:
    digits = str(value).lstrip("+-").lower().partition("e")[0].replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1


def _binary(value: Any) -> int:
    return len(base64.b64decode(value)) if isinstance(value, str) else len(value)


def _nested_map(value: Mapping[str, Any]) -> int:
    return 3 + sum(1 + _text(name) + value_size(inner) for name, inner in value.items())


def _plain(value: Any) -> AttributeValue:
    """moto keeps nested values as objects with ``type`` and ``value``."""
    return value if isinstance(value, Mapping) else {value.type: value.value}


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": lambda value: 1,
    "NULL": lambda value: 1,
    "SS": lambda value: sum(map(_text, value)),
    "NS": lambda value: sum(map(_number, value)),
    "BS": lambda value: sum(map(_binary, value)),
    "L": lambda value: 3 + sum(1 + value_size(inner) for inner in value),
    "M": _nested_map,
}


def value_size(value: Any) -> int:
    """Bytes of one attribute value in its ``{"S": ...}`` form, without the name."""
    for kind, content in _plain(value).items():
        return _SIZES[kind](content)
    return 0


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of a whole item: every attribute's name and value."""
    return sum(_text(name) + value_size(value) for name, value in item.items())
