"""What the HTTP libraries promise their users holds inside the cloud too."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import io
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests
import urllib3

from archlib.errors import NetworkBlocked
from archlib.local import LocalCloud
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse

BIG = b"x" * 300_000
TEXT = b"hello" * 100
AT = "https://api.example.com"


def answer(request: HttpRequest) -> HttpResponse:
    """What came, as JSON; or what the path asks for."""
    if request.port == 81:
        raise ConnectionRefused("port 81 is closed")
    told = {
        "method": request.method,
        "url": request.url,
        "headers": {name.lower(): value for name, value in request.headers},
        "body": request.body.decode(),
    }
    body = json.dumps(told).encode()
    plain = ("Content-Type", "application/json")
    table = {
        "/big": HttpResponse(200, (), BIG),
        "/gzip": HttpResponse(200, (("Content-Encoding", "gzip"),), gzip.compress(TEXT)),
        "/none": HttpResponse(204, (), b"never sent"),
        "/moved": HttpResponse(307, (("Location", "/there"),)),
    }
    sized = HttpResponse(200, (plain, ("Content-Length", str(len(body)))), body)
    return table.get(request.path, sized)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=()) as cloud:
        cloud.http.serve(r"[a-z]+\.example\.com", answer)
        yield cloud


def test_a_proxy_that_urlopen_learned_before_is_not_the_clouds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen("https://127.0.0.1:9/")  # from now on it knows the proxy
    learned = vars(urllib.request)["_opener"]
    with LocalCloud(planes=()) as cloud:
        cloud.http.serve(r"[a-z]+\.example\.com", answer)
        with urllib.request.urlopen(f"{AT}/") as reply:
            assert reply.status == 200
    assert vars(urllib.request)["_opener"] is learned


@pytest.mark.usefixtures("cloud")
class TestUrllib:
    def test_a_get(self) -> None:
        with urllib.request.urlopen(f"{AT}/a%20b?c=d") as reply:
            told = json.load(reply)
            assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        assert (told["method"], told["url"]) == ("GET", f"{AT}/a%20b?c=d")
        assert told["headers"]["host"] == "api.example.com"
        assert told["headers"]["user-agent"].startswith("Python-urllib/")

    @pytest.mark.parametrize(
        "body", [b"some data", iter([b"some ", b"data"]), io.BytesIO(b"some data")]
    )
    def test_a_post(self, body: object) -> None:
        request = urllib.request.Request(f"{AT}/", data=body, method="POST")  # type: ignore[arg-type]
        request.add_header("Content-Type", "text/plain")
        with urllib.request.urlopen(request) as reply:
            told = json.load(reply)
        assert (told["method"], told["body"]) == ("POST", "some data")

    def test_a_redirect_and_an_answer_without_a_body(self) -> None:
        with urllib.request.urlopen(f"{AT}/moved") as reply:
            assert json.load(reply)["url"] == f"{AT}/there"
        with urllib.request.urlopen(f"{AT}/none") as reply:
            assert (reply.status, reply.read()) == (204, b"")

    def test_who_does_not_listen_is_a_url_error(self) -> None:
        with pytest.raises(urllib.error.URLError, match="port 81 is closed"):
            urllib.request.urlopen("http://api.example.com:81/")

    def test_who_is_not_served_is_blocked(self) -> None:
        with pytest.raises(urllib.error.URLError, match="never talks to the network") as blocked:
            urllib.request.urlopen("https://example.org/")
        assert isinstance(blocked.value.reason, NetworkBlocked)

    def test_a_connection_is_used_again(self) -> None:
        connection = http.client.HTTPSConnection("api.example.com")
        for number in range(3):
            connection.request("PUT", f"/{number}", body=b"x" * number)
            with connection.getresponse() as reply:
                assert json.load(reply)["body"] == "x" * number
        connection.request("HEAD", "/")
        with connection.getresponse() as reply:
            assert (reply.read(), int(reply.headers["Content-Length"]) > 0) == (b"", True)
        connection.close()

    def test_a_large_answer_comes_in_pieces(self) -> None:
        with urllib.request.urlopen(f"{AT}/big") as reply:
            assert reply.read(10) == b"x" * 10
            assert len(reply.read()) == len(BIG) - 10


@pytest.mark.usefixtures("cloud")
class TestRequests:
    def test_streaming_and_encodings(self) -> None:
        with requests.get(f"{AT}/big", stream=True, timeout=5) as reply:
            assert sum(map(len, reply.iter_content(1000))) == len(BIG)
        assert requests.get(f"{AT}/gzip", timeout=5).content == TEXT
        with requests.get(f"{AT}/gzip", stream=True, timeout=5) as reply:
            assert reply.raw.read(2) == b"\x1f\x8b"

    def test_answers_without_a_body(self) -> None:
        reply = requests.head(f"{AT}/", timeout=5)
        assert (reply.content, int(reply.headers["Content-Length"]) > 0) == (b"", True)
        assert requests.get(f"{AT}/none", timeout=5).content == b""

    def test_a_url_may_carry_another_one(self) -> None:
        url = f"{AT}/login?redirect_uri=https://app.example.net/back"
        assert requests.get(url, timeout=5).json()["url"] == url

    def test_a_generator_is_a_body(self) -> None:
        told = requests.post(f"{AT}/", data=(p for p in (b"1", b"2")), timeout=5).json()
        assert (told["body"], told["headers"]["transfer-encoding"]) == ("12", "chunked")

    def test_a_header_may_be_left_out(self) -> None:
        told = requests.get(f"{AT}/", headers={"User-Agent": None}, timeout=5).json()
        assert not {"SKIP" in value for value in told["headers"].values()} & {True}


@pytest.mark.usefixtures("cloud")
class TestUrllib3:
    def test_streamed_answers_give_their_connection_back(self) -> None:
        pool = urllib3.HTTPSConnectionPool("api.example.com", maxsize=1, block=True)
        for _ in range(3):
            reply = pool.request("GET", "/big", preload_content=False, pool_timeout=2)
            assert sum(map(len, reply.stream(1000))) == len(BIG)
            reply.release_conn()
        pool.close()

    def test_what_its_connection_would_add(self) -> None:
        told = urllib3.request("POST", f"{AT}/", body=b"four").json()
        assert told["headers"]["content-length"] == "4"
        assert told["headers"]["user-agent"].startswith("python-urllib3/")
        told = urllib3.request("PUT", f"{AT}/").json()
        assert told["headers"]["content-length"] == "0"
        told = urllib3.PoolManager().request("POST", AT, body=b"x", chunked=True).json()
        assert told["headers"]["transfer-encoding"] == "chunked"
        assert "content-length" not in told["headers"]

    def test_raw_bytes_are_kept_on_request(self) -> None:
        assert urllib3.request("GET", f"{AT}/gzip", decode_content=False).data[:2] == b"\x1f\x8b"
        assert urllib3.request("GET", f"{AT}/gzip").data == TEXT


@pytest.mark.usefixtures("cloud")
class TestHttpx:
    def test_streaming_decoded_and_raw(self) -> None:
        with httpx.stream("GET", f"{AT}/gzip") as reply:
            assert b"".join(reply.iter_raw())[:2] == b"\x1f\x8b"
        with httpx.stream("GET", f"{AT}/big") as reply:
            assert sum(map(len, reply.iter_bytes())) == len(BIG)
        assert httpx.get(f"{AT}/gzip").content == TEXT
        assert httpx.get(f"{AT}/none").content == b""
        assert httpx.head(f"{AT}/").content == b""

    def test_asynchronously(self) -> None:
        async def parts() -> AsyncIterator[bytes]:
            yield b"1"
            yield b"2"

        async def go() -> tuple[int, str, int]:
            async with httpx.AsyncClient() as client:
                many = await asyncio.gather(*(client.get(f"{AT}/{n}") for n in range(8)))
                sent = await client.post(f"{AT}/", content=parts())
                async with client.stream("GET", f"{AT}/big") as reply:
                    length = 0
                    async for piece in reply.aiter_bytes():
                        length += len(piece)
                return len(many), sent.json()["body"], length

        assert asyncio.run(go()) == (8, "12", len(BIG))


def test_many_threads_may_ask_at_once(cloud: LocalCloud) -> None:
    def ask(number: int) -> str:
        with urllib.request.urlopen(f"{AT}/{number}") as reply:
            return str(json.load(reply)["url"])

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(64))) == [f"{AT}/{n}" for n in range(64)]
