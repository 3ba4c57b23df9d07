"""What one invocation writes: standard output, log records, the platform's own lines.

AWS: "Log and monitor Python Lambda functions" (the formats), "Working with Lambda function
logs" (START, END and REPORT). Each line of standard output is a log event; a record of the
``logging`` module is one event, whatever line ends it holds.
"""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from archlib.local.functions import limits
from archlib.local.functions.execution import running


@dataclass(frozen=True)
class LogEvent:
    """One CloudWatch event: virtual milliseconds since the epoch, and the text."""

    timestamp: int
    message: str


def timestamp(seconds: float) -> str:
    """``2026-01-05T09:00:00.000Z``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@dataclass
class Output:
    """The log of one invocation while it is being written."""

    now: Callable[[], float]
    events: list[LogEvent] = field(default_factory=list)
    _partial: str = ""
    _size: int = 0
    _cut: bool = False

    def event(self, message: str) -> None:
        """Add one event; a line end is added, as CloudWatch shows it."""
        self.flush()
        self._add(message if message.endswith("\n") else message + "\n")

    def write(self, text: str) -> None:
        """Add standard output: every finished line becomes an event."""
        if len(text) > limits.OUTPUT_CHARACTERS:
            text = text[: limits.OUTPUT_CHARACTERS + 1]  # one more: so that it is said
        if "\n" not in text:
            if len(self._partial) < limits.OUTPUT_CHARACTERS:
                self._partial += text
            return
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            self._add(line + "\n")

    def flush(self) -> None:
        """Finish an unfinished line."""
        if self._partial:
            line, self._partial = self._partial, ""
            self._add(line + "\n")

    def tail(self) -> bytes:
        """The last 4 KB of the text, for ``LogResult``."""
        kept: list[str] = []
        size = 0
        for event in reversed(self.events):
            kept.append(event.message)
            size += len(event.message)
            if size > limits.TAIL_BYTES:
                break
        return "".join(reversed(kept)).encode("utf-8", "replace")[-limits.TAIL_BYTES :]

    def _add(self, message: str) -> None:
        if self._size > limits.OUTPUT_CHARACTERS:
            if not self._cut and not message.startswith(("END ", "REPORT ")):
                self._cut = True
                self.events.append(
                    LogEvent(int(self.now() * 1000), "archlib: more output was cut off\n")
                )
            if not message.startswith(("END ", "REPORT ")):
                return
        self._size += len(message)
        self.events.append(LogEvent(int(self.now() * 1000), message))


class StandardOutput(io.TextIOBase):
    """``sys.stdout`` and ``sys.stderr`` of an environment; ``output`` changes per invocation."""

    def __init__(self) -> None:
        self.output: Output | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Lambda's standard output is UTF-8."""
        return "utf-8"

    @property
    def buffer(self) -> io.BufferedIOBase:
        """The same for bytes."""
        return _Bytes(self)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Write to the current invocation's log; between invocations nobody listens."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.output is not None:
            self.output.write(text)
        return len(text)

    def write_bytes(self, data: bytes) -> int:
        """Write what is encoded already."""
        self.write(data.decode("utf-8", "replace"))
        return len(data)


class _Bytes(io.BufferedIOBase):
    """``sys.stdout.buffer``."""

    def __init__(self, output: StandardOutput) -> None:
        self._output = output

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._output.write_bytes(bytes(data))


class _Formatter(logging.Formatter):
    converter = staticmethod(__import__("time").gmtime)


class LambdaHandler(logging.Handler):
    """The handler on the root logger that Lambda's runtime installs."""

    def __init__(self, output: StandardOutput, json_format: bool) -> None:
        super().__init__()
        self._output = output
        self.request_id = ""
        self._json = json_format
        self.setFormatter(
            _Formatter(
                "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
                "%Y-%m-%dT%H:%M:%S",
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as one log event; records of other people's threads are not ours."""
        if running() is None:
            return
        record.aws_request_id = self.request_id
        try:
            text = _as_json(record) if self._json else self.format(record)
        except Exception:
            self.handleError(record)
            return
        if self._output.output is not None:
            self._output.output.event(text)


_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "aws_request_id"}


def _as_json(record: logging.LogRecord) -> str:
    """A record in the JSON log format ("Configuring JSON and plain text log formats")."""
    error = record.exc_info if record.exc_info and record.exc_info[0] else None
    fields: dict[str, Any] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "level": record.levelname,
        "message": record.getMessage(),
        "logger": record.name,
        "stackTrace": traceback.format_tb(error[2]) if error else None,
        "errorType": error[0].__name__ if error and error[0] else None,
        "errorMessage": str(error[1]) if error else None,
        "requestId": getattr(record, "aws_request_id", None),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if error else None,
    }
    extra = {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS}
    given = {k: v for k, v in {**fields, **extra}.items() if v is not None}
    return json.dumps(given, default=str, ensure_ascii=False)


def log_level(name: str | None) -> int | None:
    """The number of an ``ApplicationLogLevel``; ``TRACE`` is as fine as ``DEBUG`` here."""
    if name is None:
        return None
    levels: dict[str, int] = {
        "TRACE": logging.DEBUG, "DEBUG": logging.DEBUG, "INFO": logging.INFO,
        "WARN": logging.WARNING, "ERROR": logging.ERROR, "FATAL": logging.CRITICAL,
    }  # fmt: skip
    return levels[name]
