"""A quarter of a gigabyte through the edge."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator

import httpx
import pytest
import requests
from edge_site import PLANES
from film_site import MIB, Films, digest, film
from large_files import expected, memory_below, temporary_bytes

from archlib.local import LocalCloud
from archlib.local.edge import EdgePlane

FILM = 256 * MIB

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def long_film() -> Iterator[Films]:
    with LocalCloud(planes=PLANES) as cloud:
        films = Films.of(cloud)
        films.keep("film.ts", FILM)
        yield films


def by_requests(url: str) -> tuple[int, str]:
    with requests.get(url, stream=True, timeout=5) as response:
        return digest(response.iter_content(MIB))


def by_httpx(url: str) -> tuple[int, str]:
    with httpx.stream("GET", url) as response:
        return digest(response.iter_bytes())


def by_urllib(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=5) as response:
        return digest(iter(lambda: response.read(MIB), b""))


@pytest.mark.parametrize("fetch", [by_requests, by_httpx, by_urllib])
def test_a_quarter_of_a_gigabyte_streams_through_the_edge(
    long_film: Films, fetch: Callable[[str], tuple[int, str]]
) -> None:
    edge, url = long_film.cloud.plane(EdgePlane), long_film.url("film.ts")
    edge.forget()
    right = digest(film(FILM).chunks())
    on_disk = temporary_bytes()
    tiers = []
    with memory_below(32 * MIB):
        for _ in range(2):
            assert fetch(url) == right
            tiers.append(long_film.last.detail["tier"])
    assert tiers == ["origin", "edge"]
    assert temporary_bytes() == on_disk


def test_a_range_at_the_end_of_it_is_all_that_is_fetched(long_film: Films) -> None:
    long_film.cloud.plane(EdgePlane).forget()
    on_disk, wanted = temporary_bytes(), f"bytes={FILM - 100}-"
    with memory_below(2 * MIB):
        answers = [long_film.get("film.ts", Range=wanted) for _ in range(2)]
        bodies = [answer.content for answer in answers]
    assert bodies == [expected(FILM - 100, FILM)] * 2
    assert {a.status_code for a in answers} == {206}
    assert answers[0].headers["Content-Range"] == f"bytes {FILM - 100}-{FILM - 1}/{FILM}"
    results = [answer.headers["X-Cache"] for answer in answers]
    assert results == ["Miss from cloudfront", "Hit from cloudfront"]
    to_s3 = [h for h in long_film.cloud.trace.hops if h.action == "s3:GetObject"][-1]
    assert to_s3.status == 206
    assert temporary_bytes() == on_disk


def test_several_ranges_of_it_are_views_too(long_film: Films) -> None:
    long_film.cloud.plane(EdgePlane).forget()
    with memory_below(8 * MIB):
        answer = long_film.get("film.ts", Range=f"bytes=5-9,{100 * MIB}-{200 * MIB - 1},-3")
        size = sum(len(chunk) for chunk in answer.iter_content(MIB))
    assert answer.status_code == 206
    assert size == int(answer.headers["Content-Length"]) > 100 * MIB
    small = long_film.get("film.ts", Range="bytes=5-9,-3").content
    assert b"Content-Range: bytes 5-9/268435456\r\n\r\n56789\r\n" in small
    assert b"\r\n\r\ndef\r\n--CloudFront_" in small
