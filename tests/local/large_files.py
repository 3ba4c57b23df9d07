"""Large files that nobody holds, and what is left of them."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATTERN = b"0123456789abcdef"


class Repeated(io.RawIOBase):
    """A file of ``size`` bytes, the pattern over and over."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size, self._at = size, 0
        self._block = PATTERN * (1 << 16)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, target: Any) -> int:
        filled, wanted = 0, min(len(target), max(0, self._size - self._at))
        while filled < wanted:
            shift = self._at % len(PATTERN)
            count = min(wanted - filled, len(self._block) - shift)
            target[filled : filled + count] = self._block[shift : shift + count]
            self._at += count
            filled += count
        return filled


def expected(first: int, end: int) -> bytes:
    """Bytes ``first`` to ``end`` of a repeated file."""
    return bytes(PATTERN[n % len(PATTERN)] for n in range(first, end))


def temporary_files() -> int:
    """How many unnamed temporary files this process has open."""
    return len(_temporary())


def temporary_bytes() -> int:
    """How much is in them."""
    return sum(_temporary())


def _temporary() -> list[int]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list open files in /proc")
    found = []
    for entry in os.listdir(folder):
        try:
            if "(deleted)" in os.readlink(folder / entry):
                found.append((folder / entry).stat().st_size)
        except FileNotFoundError:  # the listing's own
            continue
    return found


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    """Python's memory stays within ``limit`` bytes of what it is at the start."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        yield
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < limit, f"{peak:,} bytes at once"
