"""Scalars as the protocols write them: timestamps in their three formats, floats, blobs.

AWS: Smithy 2.0 specification, "timestampFormat trait" and "Serialization and Protocol traits".
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from archlib.local.protocols.message import Malformed

_WORDS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def instant(value: Any) -> datetime:
    """The aware UTC datetime behind any of the formats, on the way in and from handlers."""
    try:
        return _instant(value)
    except (ValueError, OverflowError, OSError, TypeError):
        raise Malformed(f"{value!r} is not a timestamp") from None


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    text = str(value).strip()
    if text[:1].isalpha():
        return _instant(parsedate_to_datetime(text))
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        return _instant(datetime.fromisoformat(text))


def epoch_seconds(value: Any) -> int | float:
    """Seconds since 1970, to the millisecond."""
    seconds = round(instant(value).timestamp(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def iso8601(value: Any) -> str:
    """``2026-01-05T09:00:00Z``, with milliseconds where there are any."""
    when = instant(value)
    milliseconds = when.microsecond // 1000
    return f"{when:%Y-%m-%dT%H:%M:%S}" + (f".{milliseconds:03d}Z" if milliseconds else "Z")


def http_date(value: Any) -> str:
    """``Mon, 05 Jan 2026 09:00:00 GMT``."""
    return format_datetime(instant(value).replace(microsecond=0), usegmt=True)


#: ``timestampFormat`` -> how it is written.
TIMESTAMPS: Mapping[str, Callable[[Any], Any]] = {
    "unixtimestamp": epoch_seconds,
    "iso8601": iso8601,
    "rfc822": http_date,
}


def timestamp_writer(shape: Any, default: str) -> Callable[[Any], Any]:
    """The writer of a timestamp shape, in the format it asks for or the protocol's own."""
    return TIMESTAMPS[str(shape.serialization.get("timestampFormat", default)).lower()]


def blob(value: Any) -> bytes:
    """Base64 text as bytes."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Malformed("a blob is not base64") from None


def base64_text(value: Any) -> str:
    """Bytes (or text, as UTF-8) as base64 text."""
    return base64.b64encode(octets(value)).decode("ascii")


def octets(value: Any) -> bytes:
    """The bytes of a blob given as bytes, text or a file."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    if hasattr(value, "read"):
        return octets(value.read())
    return str(value).encode()


def number(value: Any) -> float:
    """A float from a number or one of its words."""
    try:
        return _WORDS[value] if isinstance(value, str) and value in _WORDS else float(value)
    except (TypeError, ValueError):
        raise Malformed(f"{value!r} is not a number") from None


def spelled(value: Any) -> float | str:
    """A float, or the word for one that JSON has no digits for."""
    given = float(value)
    if math.isnan(given):
        return "NaN"
    if math.isinf(given):
        return "Infinity" if given > 0 else "-Infinity"
    return given


def integer(value: Any) -> int:
    """An integer from a number or its digits."""
    try:
        if isinstance(value, float) and not value.is_integer():
            raise ValueError
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise Malformed(f"{value!r} is not an integer") from None


def flag(value: Any) -> bool:
    """A boolean from JSON or from its word."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in ("true", "false"):
        raise Malformed(f"{value!r} is not a boolean")
    return word == "true"


def flag_text(value: Any) -> str:
    """``true`` or ``false``; handlers and moto give some booleans as words."""
    return "true" if str(value).lower() == "true" else "false"


def text(value: Any) -> str:
    """A string; moto gives some as enumerations or numbers, handlers documents as objects."""
    value = getattr(value, "value", value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    return flag_text(value) if isinstance(value, bool) else str(value)
