"""Bodies too large to hold: immutable bytes that may lie in an unnamed temporary file.

A video goes from a bucket through the caches of the edge to the client's library as one
:class:`Content`. Ranges of it are views, several of them joined are a view of views, and all
read from the same file, to which nothing but a :class:`Spool` ever appends. A file goes when the
last content that lies in it goes; so whoever holds a content can read it, whatever has become of
the object meanwhile.
"""

from __future__ import annotations

import io
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from archlib.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGE: Final = 1 << 20
"""Up to so many bytes a body is plain ``bytes``: holding them costs less than a file."""

CHUNK: Final = 1 << 18
"""Bytes that are read at a time."""

#: A file that has grown to this takes no further content: what is deleted frees its disk space
#: once all contents of its file are gone.
_ROLL: Final = 64 << 20


class _File:
    """An unnamed temporary file that only grows."""

    __slots__ = ("__weakref__", "_lock", "_raw", "size")

    def __init__(self) -> None:
        import tempfile  # which brings much along, and few need it

        self._raw = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with the last view
        self._lock = threading.Lock()
        self.size = 0
        weakref.finalize(self, self._raw.close)

    def append(self, data: bytes) -> _Piece:
        with self._lock:
            start = self._raw.seek(self.size)
            left = memoryview(data)
            while left:
                left = left[self._raw.write(left) :]
            self.size += len(data)
        return _Piece(self, start, len(data))

    def readinto(self, at: int, target: memoryview) -> int:
        with self._lock:
            self._raw.seek(at)
            return self._raw.readinto(target) or 0

    def read(self, at: int, size: int) -> bytes:
        with self._lock:
            self._raw.seek(at)
            data = self._raw.read(size) or b""
        # A system reads no more than about 2 GiB at once.
        return data + self.read(at + len(data), size - len(data)) if len(data) < size else data


class _Piece(NamedTuple):
    """``size`` bytes of a source, from ``start``."""

    source: bytes | _File
    start: int
    size: int

    def cut(self, begin: int, end: int) -> _Piece:
        return _Piece(self.source, self.start + begin, end - begin)

    def readinto(self, at: int, target: memoryview) -> int:
        target = target[: self.size - at]
        if isinstance(self.source, _File):
            return self.source.readinto(self.start + at, target)
        target[:] = self.source[self.start + at : self.start + at + len(target)]
        return len(target)

    def read(self) -> bytes:
        if isinstance(self.source, _File):
            return self.source.read(self.start, self.size)
        return self.source[self.start : self.start + self.size]


class Content:
    """An immutable sequence of bytes, in memory or in temporary files.

    ``len()`` and slices (views, step 1) cost nothing; ``bytes()`` reads all of it, :meth:`chunks`
    and :meth:`open` as much as is asked for. Equal to what has the same bytes.
    """

    __slots__ = ("_length", "_pieces")

    def __init__(self, pieces: Iterable[_Piece] = ()) -> None:
        """For this module; others say :meth:`of`, :meth:`read`, :func:`joined` or use a spool."""
        self._pieces = tuple(_coalesced(pieces))
        self._length = sum(piece.size for piece in self._pieces)

    @classmethod
    def of(cls, body: Body) -> Content:
        """``body`` as a content; nothing is copied."""
        return body if isinstance(body, Content) else cls((_Piece(body, 0, len(body)),))

    @classmethod
    def read(cls, file: BinaryIO) -> Content:
        """What ``file`` has left, copied into a temporary file of its own."""
        return Spool().keep(iter(lambda: file.read(CHUNK), b""))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice) -> Content:
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise UsageError(f"a content has ranges, no {part!r}", hint="say content[first:end]")
        first, end, _ = part.indices(self._length)
        return self if (first, end) == (0, self._length) else Content(self._within(first, end))

    def _within(self, first: int, end: int) -> Iterator[_Piece]:
        at = 0
        for piece in self._pieces:
            begin, stop = max(first - at, 0), min(end - at, piece.size)
            if begin < stop:
                yield piece.cut(begin, stop)
            at += piece.size

    def __bytes__(self) -> bytes:
        return b"".join(piece.read() for piece in self._pieces)

    def __copy__(self) -> Content:
        return self

    def __deepcopy__(self, memo: object) -> Content:
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Content | bytes):
            return NotImplemented
        same = zip(self.chunks(), Content.of(other).chunks(), strict=False)
        return len(self) == len(other) and all(mine == yours for mine, yours in same)

    def __repr__(self) -> str:
        return f"<Content of {self._length} bytes>"

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """The bytes in order, ``size`` at a time; the last chunk may be shorter."""
        with self.open() as file:
            while chunk := file.read(size):
                yield chunk

    def open(self) -> io.BufferedReader:
        """A file object to read and seek in; it keeps the content alive while it is open."""
        return io.BufferedReader(Reader(self), CHUNK)


class Reader(io.RawIOBase):
    """A raw file over a content."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._pieces: tuple[_Piece, ...] = content._pieces
        self._length = len(content)
        self._at = 0
        #: The piece that was read last and where it begins: reading goes on from there.
        self._place = (0, 0)

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def seekable(self) -> bool:
        """Its whole content is there."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; a position past the end reads nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._at, self._place = base + offset, (0, 0)
        return self._at

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def readinto(self, target: WriteableBuffer, /) -> int:
        """Fill a buffer as far as one piece goes; 0 at the end."""
        number, begin = self._place
        while number < len(self._pieces) and self._at >= begin + self._pieces[number].size:
            begin += self._pieces[number].size
            number += 1
        self._place = number, begin
        if number == len(self._pieces):
            return 0
        read = self._pieces[number].readinto(self._at - begin, memoryview(target).cast("B"))
        self._at += read
        return read

    def close(self) -> None:
        """Let go of the content."""
        self._pieces = ()
        super().close()


Body = bytes | Content
"""What a message carries: ``bytes`` while it is small, a content when it is large."""


class Spool:
    """Puts contents into temporary files, many small ones into one.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._file: _File | None = None
        self._lock = threading.Lock()

    def keep(self, chunks: Iterable[bytes]) -> Content:
        """The content of ``chunks``, which are read once and not held."""
        return Content([self._current().append(chunk) for chunk in chunks])

    def close(self) -> None:
        """Let go of the file; contents that lie in it keep it until they go."""
        self._file = None

    def _current(self) -> _File:
        with self._lock:
            if self._file is None or self._file.size >= _ROLL:
                self._file = _File()
            return self._file


def joined(parts: Iterable[Body]) -> Body:
    """``parts`` after one another: ``bytes`` if they are and are few, else a view of them all."""
    known = tuple(parts)
    plain = [part for part in known if isinstance(part, bytes)]
    if len(plain) == len(known) and sum(map(len, plain)) <= LARGE:
        return b"".join(plain)
    return Content(piece for part in known for piece in Content.of(part)._pieces)


def opened(body: Body) -> BinaryIO:
    """A file object to read a body from."""
    return io.BytesIO(body) if isinstance(body, bytes) else body.open()


def _coalesced(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Neighbours in one file as one piece, empty ones left out."""
    last: _Piece | None = None
    for piece in pieces:
        if not piece.size:
            continue
        if last is None:
            last = piece
        elif last.source is piece.source and last.start + last.size == piece.start:
            last = _Piece(last.source, last.start, last.size + piece.size)
        else:
            yield last
            last = piece
    if last is not None:
        yield last
