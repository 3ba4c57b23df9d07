"""The file: JSON lines, a header first, each with a sum over itself and all before it.

A line is written at once and whole; one that a crash has cut off is not a line. Whatever else is
not as it was written is an error that names the line: a changed history would make another cloud.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from archlib.errors import ArchlibError, UsageError

Fields = dict[str, Any]

#: Of the header: what the file is, and which form it has.
MAGIC, FORMAT = "archlib served state", 1

_BEGINNING = f'{{"is":"{MAGIC}",'.encode()
_SUM = re.compile(rb',"sum":"([0-9a-f]{16})"\}\n')
_PIECE = 1 << 20


class StateLost(ArchlibError):
    """What has been done could not be written down: the file ends before it."""


class StateFile:
    """A file that is held by this process; a new one, or one with lines to be read first.

    Raises :class:`UsageError` for a path that cannot be used, or that another server holds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(f"cannot keep state in {path}: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.close(self._descriptor)
            raise UsageError(
                f"cannot keep state in {path}: it is no file but a device or the like",
                hint="name a file; without --state nothing is kept",
            )
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise UsageError(
                f"{path} is the state of a cloud that is served right now", hint="stop that one"
            ) from None
        self._sum = ""
        self._lines = 0
        self._lost: str | None = None
        #: Whether the last line was cut off, and has been dropped.
        self.cut_off = False

    @property
    def size(self) -> int:
        """Bytes that it has."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> None:
        """Let go of it; harmless the second time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    # -- reading ----------------------------------------------------------------------------------

    def header(self) -> Fields | None:
        """The first line; None for a new file. Raises :class:`UsageError` for any other file."""
        begins = os.pread(self._descriptor, len(_BEGINNING), 0)
        first = next(self._raw_lines(), b"") if _BEGINNING.startswith(begins) else begins
        if not first or (first.startswith(_BEGINNING) and not first.endswith(b"\n")):
            return None  # a crash at the very beginning: nothing has been done yet
        if not first.startswith(_BEGINNING):
            raise UsageError(
                f"{self.path} holds something else than the state of a served cloud",
                hint="name another file; this one is left as it is",
            )
        told = self._checked(1, first)
        self._sum = ""
        if told.get("format") != FORMAT:
            raise UsageError(
                f"{self.path} has format {told.get('format')}; this archlib reads {FORMAT}",
                hint=f"it was written by archlib {told.get('archlib', '?')}",
            )
        return told

    def acts(self) -> Iterator[tuple[int, Fields]]:
        """Every line behind the header with its number; whatever a crash left of one is cut away.

        Raises :class:`UsageError` for a line that is not as it was written.
        """
        kept = 0
        for number, line in enumerate(self._raw_lines(), 1):
            if not line.endswith(b"\n"):
                self.cut_off = True
                break
            fields = self._checked(number, line)
            kept += len(line)
            self._lines = number
            if number > 1:
                yield number, fields
        os.ftruncate(self._descriptor, kept)

    def wrong(self, number: int, what: str) -> UsageError:
        """The error for a line that cannot be meant."""
        return UsageError(
            what, where=f"{self.path}, line {number}",
            hint="nothing is restored; with another file the cloud begins anew",
        )  # fmt: skip

    def _checked(self, number: int, line: bytes) -> Fields:
        matched = _SUM.search(line)
        if matched is None or matched.end() != len(line):
            raise self.wrong(number, "this is no line of a served cloud's state")
        body = line[: matched.start()]
        expected = self._next_sum(body)
        if matched[1].decode() != expected:
            raise self.wrong(number, "this line, or one before it, is not as it was written")
        self._sum = expected
        fields: Fields = json.loads(body + b"}")
        return fields

    def _raw_lines(self) -> Iterator[bytes]:
        with open(os.dup(self._descriptor), "rb", buffering=_PIECE) as file:
            file.seek(0)
            yield from file

    def _next_sum(self, body: bytes | memoryview) -> str:
        sum_ = hashlib.blake2b(self._sum.encode(), digest_size=8)
        sum_.update(body)
        return sum_.hexdigest()

    @property
    def lost(self) -> StateLost | None:
        """Why nothing can be written any more."""
        return None if self._lost is None else StateLost(self._lost, where=str(self.path))

    # -- writing ----------------------------------------------------------------------------------

    def begin(self, header: Mapping[str, Any]) -> None:
        """Begin anew with a header; everything that was in the file is gone."""
        try:
            os.ftruncate(self._descriptor, 0)
        except OSError as error:
            raise UsageError(f"cannot keep state in {self.path}: {error.strerror}") from None
        self._sum, self._lines, self._lost = "", 0, None
        self.append({"is": MAGIC, "format": FORMAT, **header})

    def append(self, fields: Mapping[str, Any]) -> None:
        """Write a line. Raises :class:`StateLost` if it cannot be, and for all after that one."""
        if self.lost is not None:
            raise self.lost
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        # Views: what a request brings may be large.
        body = memoryview(text.encode("utf-8", "surrogatepass"))[:-1]
        sum_ = self._next_sum(body)
        try:
            os.lseek(self._descriptor, 0, os.SEEK_END)
            for piece in (body, memoryview(f',"sum":"{sum_}"}}\n'.encode())):
                while piece:
                    piece = piece[os.write(self._descriptor, piece) :]
        except OSError as error:
            self._lost = f"the state cannot be kept any more: {error.strerror}"
            raise StateLost(self._lost, where=str(self.path)) from None
        self._sum = sum_
        self._lines += 1
