"""Numbers as bytes that sort like the numbers: how DAX writes a numeric sort key.

Read off the public client library: a header byte carries sign and decimal exponent (five
bytes when the exponent is large), then base-1000 digits of ten bits each, offset by 12 (from
1011 downwards for negative numbers), then a terminator that says how many of the last
digit's three decimal places count.
"""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Final

from archlib.local.dax.cbor import Malformed

_OFFSET: Final = 12
_TOP: Final = 999 + _OFFSET
_SMALL: Final = range(-0x3E, 0x3E)


def encode(value: Decimal) -> bytes:
    """Sortable bytes of a number."""
    if value == 0:
        return b"\x80"
    sign, digits, scale = value.as_tuple()
    exponent = len(digits) + int(scale)
    if exponent in _SMALL:
        head = bytes((0x3F - exponent if sign else 0xC0 + exponent,))
    else:
        first = (0x7E if exponent < 0 else 0x01) if sign else (0x81 if exponent < 0 else 0xFE)
        flip = 0x7FFFFFFF if sign else 0x80000000
        head = bytes((first,)) + struct.pack(">I", (exponent & 0xFFFFFFFF) ^ flip)
    text = "".join(map(str, digits))
    text += "0" * (-len(text) % 3)
    groups = [int(text[i : i + 3]) for i in range(0, len(text), 3)]
    end = (len(digits) - 1) % 3
    units = [_TOP - group if sign else group + _OFFSET for group in groups]
    units.append(1023 - end if sign else end)
    bits = "".join(f"{unit:010b}" for unit in units)
    bits += "0" * (-len(bits) % 8)
    return head + int(bits, 2).to_bytes(len(bits) // 8, "big")


def decode(data: bytes) -> Decimal:
    """The number that :func:`encode` wrote."""
    first = data[0]
    if first in (0x7F, 0x80):
        return Decimal(0)
    negative = first < 0x7F
    if first in (0x01, 0x7E, 0x81, 0xFE):
        flip = 0x7FFFFFFF if negative else 0x80000000
        exponent = struct.unpack(">I", data[1:5])[0] ^ flip
        exponent -= (exponent & 0x80000000) << 1
        body = data[5:]
    else:
        exponent = 0x3F - first if negative else first - 0xC0
        body = data[1:]
    bits = "".join(f"{byte:08b}" for byte in body)
    text = ""
    for start in range(0, len(bits) - 9, 10):
        unit = int(bits[start : start + 10], 2)
        if unit < _OFFSET or unit > _TOP:
            keep = (1023 - unit if negative else unit) + 1
            text = text[: len(text) - 3 + keep]
            digits = tuple(map(int, text))
            return Decimal((int(negative), digits, exponent - len(digits)))
        text += f"{_TOP - unit if negative else unit - _OFFSET:03d}"
    raise Malformed("a numeric sort key without its end")
