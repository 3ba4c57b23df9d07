"""Every HTTP library streams a large body from the local cloud without anybody holding it."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import http.client
import io
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest
import requests
import urllib3
from large_files import Repeated, expected, memory_below, temporary_files

from archlib.local import LocalCloud
from archlib.local.content import Content
from archlib.local.http import HttpRequest, HttpResponse

SIZE = 24 << 20
PART = 1 << 20
AT = "https://films.example.com"
URL = f"{AT}/film"

Digest = tuple[int, str]


def digest(chunks: Iterable[bytes]) -> Digest:
    """Length and hash of what comes."""
    size, running = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        running.update(chunk)
    return size, running.hexdigest()


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    content = Content.read(io.BufferedReader(Repeated(SIZE)))

    def serve(request: HttpRequest) -> HttpResponse:
        if request.path == "/upload":
            return HttpResponse(200, (), str(len(request.body)).encode())
        length = {"/short": SIZE + 1}.get(request.path, SIZE)
        return HttpResponse(200, (("Content-Length", str(length)),), content)

    with LocalCloud(planes=()) as cloud:
        cloud.http.serve(r"films\.example\.com", serve)
        yield cloud


def by_requests() -> Digest:
    with requests.get(URL, stream=True, timeout=5) as response:
        return digest(response.iter_content(PART))


def by_urllib3() -> Digest:
    response = urllib3.PoolManager().request("GET", URL, preload_content=False)
    return digest(response.stream(PART))


def by_httpx() -> Digest:
    with httpx.stream("GET", URL) as response:
        return digest(response.iter_bytes())


def by_httpx_raw() -> Digest:
    with httpx.stream("GET", URL) as response:
        return digest(response.iter_raw(PART))


def by_asynchronous_httpx() -> Digest:
    async def fetch() -> Digest:
        async with httpx.AsyncClient() as client, client.stream("GET", URL) as response:
            return digest([chunk async for chunk in _small(response)])

    async def _small(response: httpx.Response) -> Any:
        # What has been seen is let go of: only the digest of each chunk counts.
        async for chunk in response.aiter_bytes():
            yield hashlib.sha256(chunk).digest()

    return asyncio.run(fetch())


def by_urllib() -> Digest:
    with urllib.request.urlopen(URL, timeout=5) as response:
        return digest(iter(lambda: response.read(PART), b""))


def by_http_client() -> Digest:
    connection = http.client.HTTPSConnection("films.example.com")
    connection.request("GET", "/film")
    response = connection.getresponse()
    target = bytearray(PART)

    def parts() -> Iterator[bytes]:
        while count := response.readinto(target):
            yield bytes(target[:count])

    return digest(parts())


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    "fetch",
    [by_requests, by_urllib3, by_httpx, by_httpx_raw, by_urllib, by_http_client],
)
def test_a_stream_holds_little_and_is_right(fetch: Callable[[], Digest]) -> None:
    right = fetch()  # what libraries load at first is not the body
    assert right == digest([expected(0, 16) * (SIZE // 16)])
    with memory_below(6 << 20):
        assert fetch() == right


@pytest.mark.usefixtures("cloud")
def test_an_asynchronous_stream_holds_little_and_is_right() -> None:
    by_asynchronous_httpx()
    with memory_below(6 << 20):
        assert by_asynchronous_httpx()[0] > 0


@pytest.mark.usefixtures("cloud")
def test_asynchronous_chunks_are_the_body() -> None:
    async def fetch() -> Digest:
        async with httpx.AsyncClient() as client, client.stream("GET", URL) as response:
            return digest([chunk async for chunk in response.aiter_bytes()])

    assert asyncio.run(fetch()) == digest([expected(0, 16) * (SIZE // 16)])


@pytest.mark.usefixtures("cloud")
def test_whole_bodies_are_there_for_those_who_want_them() -> None:
    whole = expected(0, 16) * (SIZE // 16)
    assert requests.get(URL, timeout=5).content == whole
    assert httpx.get(URL).content == whole
    with urllib.request.urlopen(URL, timeout=5) as response:
        assert response.read() == whole


@pytest.mark.usefixtures("cloud")
def test_a_stream_that_is_left_leaves_nothing_open() -> None:
    before = temporary_files()
    with requests.get(URL, stream=True, timeout=5) as response:
        assert next(response.iter_content(10)) == expected(0, 10)
    with httpx.stream("GET", URL) as streamed:
        assert next(streamed.iter_bytes(10)) == expected(0, 10)
    with urllib.request.urlopen(URL, timeout=5) as opened:
        assert opened.read(10) == expected(0, 10)
    gc.collect()
    assert temporary_files() == before


@pytest.mark.usefixtures("cloud")
def test_a_head_has_no_body() -> None:
    answer = requests.head(URL, timeout=5)
    assert (answer.content, answer.headers["Content-Length"]) == (b"", str(SIZE))


@pytest.mark.usefixtures("cloud")
def test_a_body_shorter_than_told_is_an_error_at_its_end() -> None:
    with (
        requests.get(f"{AT}/short", stream=True, timeout=5) as response,
        pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"),
    ):
        digest(response.iter_content(PART))


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("chunked", [False, True])
def test_the_head_of_an_upload_is_read_once(monkeypatch: pytest.MonkeyPatch, chunked: bool) -> None:
    heads: list[Any] = []
    original = http.client.parse_headers
    monkeypatch.setattr(
        http.client, "parse_headers", lambda *given: heads.append(given) or original(*given)
    )
    body = io.BufferedReader(Repeated(2 << 20))
    length = {} if chunked else {"Content-Length": str(2 << 20)}
    request = urllib.request.Request(f"{AT}/upload", body, length, method="PUT")
    with urllib.request.urlopen(request, timeout=5) as response:
        assert response.read() == str(2 << 20).encode()
    assert len(heads) == 2  # the request's and the response's
