"""A content: immutable, sliced without copying, in files that go with it."""

from __future__ import annotations

import gc
import io
import threading
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from large_files import Repeated, temporary_files

from archlib.errors import UsageError
from archlib.local.content import CHUNK, LARGE, Content, Spool, joined, opened

ALPHABET = b"abcdefghijklmnopqrstuvwxyz"


def in_pieces() -> Content:
    """The alphabet, in a file twice and in memory once."""
    spool, other = Spool(), Spool()
    first = spool.keep([b"abc", b"", b"defgh"])
    other.keep([b"not this"])
    made = joined([first, b"ijkl", other.keep([b"mnopqrstuv"]), b"", b"wxyz"])
    assert isinstance(made, Content)
    return made


@given(st.integers(-30, 30) | st.none(), st.integers(-30, 30) | st.none())
def test_slices_are_those_of_bytes(first: int | None, end: int | None) -> None:
    part = in_pieces()[first:end]
    assert bytes(part) == ALPHABET[first:end]
    assert len(part) == len(ALPHABET[first:end])
    assert bytes(part[1:-1]) == ALPHABET[first:end][1:-1]


@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from([io.SEEK_SET, io.SEEK_END]))
def test_its_file_is_that_of_bytes(at: int, size: int, whence: int) -> None:
    with in_pieces().open() as ours, io.BytesIO(ALPHABET) as plain:
        for file in (ours, plain):
            file.seek(-min(at, 26) if whence == io.SEEK_END else at, whence)
        assert ours.tell() == plain.tell()
        assert ours.read(size) == plain.read(size)
        assert ours.read() == plain.read()


def test_chunks_come_in_order_and_full() -> None:
    assert list(in_pieces().chunks(10)) == [b"abcdefghij", b"klmnopqrst", b"uvwxyz"]


def test_it_equals_what_has_the_same_bytes() -> None:
    assert in_pieces() == ALPHABET
    assert in_pieces() == Content.of(ALPHABET)
    assert in_pieces() != ALPHABET[:-1]
    assert in_pieces() != ALPHABET[:-1] + b"Z"
    assert in_pieces() != "abc"
    assert not Content.of(b"")


def test_there_is_no_single_byte_and_no_step() -> None:
    content: Any = in_pieces()
    with pytest.raises(UsageError, match="ranges"):
        content[3]
    with pytest.raises(UsageError, match="ranges"):
        content[::2]


def test_small_bodies_stay_bytes_and_large_ones_are_not_copied() -> None:
    assert joined([b"ab", b"", b"cd"]) == b"abcd"
    assert isinstance(joined([b"ab", b"cd"]), bytes)
    half = bytes(LARGE // 2)
    assert isinstance(joined([half, half]), bytes)
    tracemalloc.start()
    try:
        large = joined([half, half, half])
        assert tracemalloc.get_traced_memory()[1] < 10_000
    finally:
        tracemalloc.stop()
    assert isinstance(large, Content)
    assert len(large) == 3 * len(half)


def test_bodies_open_alike() -> None:
    for body in (ALPHABET, in_pieces()):
        with opened(body) as file:
            assert file.read() == ALPHABET


def test_a_file_is_copied_without_being_held() -> None:
    size = 40 << 20
    tracemalloc.start()
    try:
        content = Content.read(io.BufferedReader(Repeated(size)))
        total = sum(len(chunk) for chunk in content[5:].chunks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(content), total) == (size, size - 5)
    assert peak < 8 * CHUNK


def test_many_contents_share_a_file_that_goes_with_the_last() -> None:
    gc.collect()  # what other tests have left
    before = temporary_files()
    spool = Spool()
    contents = [spool.keep([bytes([n]) * 1000]) for n in range(50)]
    assert temporary_files() == before + 1
    kept = contents[7][10:20]
    reading = kept.open()
    spool.close()
    del contents, kept
    gc.collect()
    assert reading.read() == b"\x07" * 10
    reading.close()
    gc.collect()
    assert temporary_files() == before


def test_a_spool_begins_another_file_when_one_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archlib.local.content._ROLL", 2000)
    gc.collect()  # what other tests have left
    before, spool = temporary_files(), Spool()
    contents = [spool.keep([b"x" * 900]) for _ in range(7)]
    assert temporary_files() == before + 3
    del contents[:3]
    gc.collect()
    assert temporary_files() == before + 2
    assert {bytes(content) for content in contents} == {b"x" * 900}


def test_threads_write_and_read_one_file_at_once() -> None:
    spool, wrong = Spool(), []

    def work(letter: bytes) -> None:
        for _ in range(20):
            content = spool.keep([letter * 5000, letter * 5000])
            if bytes(content) != letter * 10_000:
                wrong.append(letter)

    threads = [threading.Thread(target=work, args=(bytes([n]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
