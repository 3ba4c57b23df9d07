"""Events in, results and errors out, as the Python runtime of Lambda writes them.

The runtime is the open-source "AWS Lambda Python Runtime Interface Client": Decimals become
JSON numbers, anything else that JSON does not know is a ``Runtime.MarshalError``. AWS:
"Define Lambda function handler in Python", "Python function errors".
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_MARK = "archlib:decimal:"
_MARKED = re.compile(rf'"{_MARK}([^"]*)"')

#: Runtimes whose encoder leaves non-ASCII characters as they are.
_ESCAPING_RUNTIMES = frozenset({"python3.9", "python3.10", "python3.11"})


@dataclass(frozen=True)
class Fault:
    """A failed initialization or invocation, as the caller gets to see it.

    ``stack`` holds the formatted frames; ``fatal`` means that the runtime process is gone and
    the environment with it; ``logged`` is what the runtime itself wrote to the log.
    """

    type: str
    message: str
    stack: tuple[str, ...] = ()
    fatal: bool = False
    request_id: str = ""
    platform: bool = False

    def payload(self) -> bytes:
        """The response body that goes with ``X-Amz-Function-Error: Unhandled``.

        Errors of the platform (timeout, exit) carry the type and the message only.
        """
        if self.platform:
            return json.dumps({"errorType": self.type, "errorMessage": self.message}).encode()
        body = {
            "errorMessage": self.message,
            "errorType": self.type,
            "requestId": self.request_id,
            "stackTrace": list(self.stack),
        }
        return json.dumps(body, ensure_ascii=False).encode()

    def log_text(self) -> str:
        """The one log event that the runtime writes for an error."""
        lines = [f"[ERROR] {self.type}: {self.message}" if self.message else f"[ERROR] {self.type}"]
        lines.append("Traceback (most recent call last):")
        for frame in self.stack:
            lines.extend(_indent(line) for line in frame.splitlines())
        return "\r".join(lines)


def _indent(line: str) -> str:
    """Leading blanks become no-break spaces, so that consoles keep them."""
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare


class MarshalError(Exception):
    """A handler's result cannot be written as JSON."""


def _encode_special(value: object) -> str:
    if isinstance(value, Decimal):
        return _MARK + ("NaN" if value.is_nan() else str(value))
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def unmarshal(payload: bytes) -> Any:
    """The event as Python values; an empty payload is an empty object.

    Raises:
        ValueError: the payload is not JSON.
    """
    return json.loads(payload) if payload else {}


def marshal(value: Any, runtime: str) -> bytes:
    """A handler's result as the bytes of the response; ``bytes`` pass through unchanged.

    Raises:
        MarshalError: with the runtime's message, for what JSON cannot hold.
    """
    if isinstance(value, bytes):
        return value
    try:
        text = json.dumps(
            value, default=_encode_special, ensure_ascii=runtime in _ESCAPING_RUNTIMES
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from None
    if _MARK in text:
        text = _MARKED.sub(r"\1", text)
    return text.encode("utf-8", "surrogatepass")


def stack_of(frames: Sequence[tuple[str, int | None, str, str | None]]) -> tuple[str, ...]:
    """Frames (file, line, function, source) in the form of ``stackTrace``."""
    return tuple(
        f'  File "{file}", line {line}, in {name}\n' + (f"    {source}\n" if source else "")
        for file, line, name, source in frames
    )
