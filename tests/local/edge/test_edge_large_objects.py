"""Videos through the edge: streamed, cached, cut; nobody holds one, and nobody changes it."""

from __future__ import annotations

import gc
import gzip
from typing import Any

import pytest
import requests
from edge_site import PLANES, Site
from film_site import MIB, Films, digest, film
from large_files import memory_below, temporary_bytes, temporary_files
from test_edge_origins import WEBSITE, website_of

from archlib.local import LocalCloud
from archlib.local.content import LARGE, Content
from archlib.local.edge import EdgePlane
from archlib.local.http import HttpRequest, HttpResponse


@pytest.fixture
def films(cloud: LocalCloud) -> Films:
    return Films.of(cloud)


def test_two_viewers_share_one_copy(films: Films) -> None:
    films.keep("film.ts", 8 * MIB)
    on_disk, open_files = temporary_bytes(), temporary_files()
    tiers = []
    for city in ("London", "London", "Frankfurt", "Sydney"):
        with films.cloud.plane(EdgePlane).viewer_in(city), films.get("film.ts") as answer:
            assert digest(answer.iter_content(MIB)) == digest(film(8 * MIB).chunks())
            tiers.append(films.last.detail["tier"])
    assert tiers == ["origin", "edge", "origin", "origin"]
    gc.collect()
    assert (temporary_bytes(), temporary_files()) == (on_disk, open_files)


@pytest.mark.parametrize("how", ["overwritten", "deleted", "invalidated"])
def test_a_download_and_the_cached_copy_stay_right(films: Films, how: str) -> None:
    films.keep("film.ts", 8 * MIB)
    right = digest(film(8 * MIB).chunks())
    with films.get("film.ts") as answer:
        chunks = answer.iter_content(MIB)
        first = next(chunks)
        if how == "overwritten":
            films.put("film.ts", b"another film" * LARGE)
        elif how == "deleted":
            films.cloud.client("s3").delete_object(Bucket="site", Key="film.ts")
        else:
            films.cloud.plane(EdgePlane).forget()
        gc.collect()
        assert digest([first, *chunks]) == right
    with films.get("film.ts") as answer:
        assert digest(answer.iter_content(MIB)) == right
    films.cloud.clock.advance(days=2)
    with films.get("film.ts") as answer:
        seen = answer.status_code, digest(answer.iter_content(MIB))
    another = digest([b"another film" * LARGE])
    assert (
        seen
        == {
            "overwritten": (200, another),
            # S3 tells nobody who may not list that an object is not there.
            "deleted": (403, seen[1]),
            "invalidated": (200, right),
        }[how]
    )


def test_a_head_of_a_cached_film_has_its_length_alone(films: Films) -> None:
    films.keep("film.ts", 8 * MIB)
    films.get("film.ts").close()
    answer = requests.head(films.url("film.ts"), timeout=5)
    assert answer.headers["X-Cache"] == "Hit from cloudfront"
    assert (answer.content, answer.headers["Content-Length"]) == (b"", str(8 * MIB))


def test_conditions_and_if_range_on_a_cached_film(films: Films) -> None:
    films.keep("film.ts", 8 * MIB)
    etag = films.get("film.ts").headers["ETag"]
    same = films.get("film.ts", If_None_Match=etag)
    assert (same.status_code, same.content) == (304, b"")
    part = films.get("film.ts", Range="bytes=3-7", If_Range=etag)
    assert (part.status_code, part.content) == (206, b"34567")
    with films.get("film.ts", Range="bytes=3-7", If_Range='"other"') as whole:
        assert (whole.status_code, whole.headers["Content-Length"]) == (200, str(8 * MIB))
    none = films.get("film.ts", Range=f"bytes={8 * MIB}-")
    assert (none.status_code, none.headers["Content-Range"]) == (416, f"bytes */{8 * MIB}")


class Origin:
    """Serves a film with whatever fields it is told to."""

    def __init__(self, cloud: LocalCloud, **fields: str) -> None:
        self.site = Site(cloud, 1, {"compress": True, "gzip": True})
        self.body: bytes | Content = film(3 * MIB)
        self.fields, self.status, self.asked = fields, 200, 0
        self.site.origins["main"]._respond = self._respond  # type: ignore[method-assign]

    def _respond(self, request: HttpRequest, answer: Any) -> HttpResponse:
        self.asked += 1
        fields = {"Content-Type": "video/mp4", "ETag": '"v1"', **self.fields}
        return HttpResponse(self.status, tuple(fields.items()), self.body)

    def get(self, **fields: str) -> HttpResponse:
        return self.site.send("GET", "/film", {n.replace("_", "-"): v for n, v in fields.items()})


@pytest.mark.parametrize("wrong", [-1, 1])
def test_what_is_not_as_long_as_told_is_served_and_not_kept(cloud: LocalCloud, wrong: int) -> None:
    origin = Origin(cloud, **{"Content-Length": str(3 * MIB + wrong)})
    assert [origin.get().body == film(3 * MIB) for _ in range(2)] == [True, True]
    assert origin.asked == 2
    origin.fields["Content-Length"] = str(3 * MIB)
    assert [len(origin.get().content) for _ in range(2)] == [3 * MIB] * 2
    assert origin.asked == 3


@pytest.mark.parametrize(
    ("place", "length"), [("0-99", 99), ("0-99", 101), ("0-99", 100), ("0-98", 100)]
)
def test_a_part_that_is_not_as_long_as_told_is_not_kept(
    cloud: LocalCloud, place: str, length: int
) -> None:
    origin = Origin(
        cloud, **{"Content-Length": str(length), "Content-Range": f"bytes {place}/1000000"}
    )
    origin.status, origin.body = 206, film(3 * MIB)[:100]
    for _ in range(2):
        assert origin.get(Range="bytes=0-99").status == 206
    assert origin.asked == (1 if (place, length) == ("0-99", 100) else 2)


@pytest.mark.parametrize(("size", "packed"), [(2 * MIB, True), (11_000_000, False)])
def test_the_edge_compresses_what_cloudfront_compresses(
    cloud: LocalCloud, size: int, packed: bool
) -> None:
    origin = Origin(cloud, **{"Content-Type": "text/html", "Content-Length": str(size)})
    origin.body = film(size)
    for result in ("Miss", "Hit"):
        answer = origin.get(Accept_Encoding="gzip")
        assert (answer.header("X-Cache") or "").startswith(result)
        assert (answer.header("Content-Encoding") == "gzip") == packed
        assert answer.header("Content-Length") == str(len(answer.content))
        assert (gzip.decompress(answer.body) if packed else answer.content) == origin.body


def test_an_error_page_may_be_large(cloud: LocalCloud) -> None:
    origin = Origin(cloud, **{"Content-Length": str(3 * MIB)})
    origin.status = 404
    assert [origin.get().content == origin.body for _ in range(2)] == [True, True]
    assert origin.asked == 1


def test_what_is_never_cached_streams_too(cloud: LocalCloud) -> None:
    origin = Origin(cloud, **{"Content-Length": str(3 * MIB), "Cache-Control": "no-store"})
    with memory_below(MIB):
        answers = [origin.get() for _ in range(2)]
    assert [len(answer.content) for answer in answers] == [3 * MIB] * 2
    assert origin.asked == 2


def test_no_file_is_left_when_the_cloud_has_stopped() -> None:
    gc.collect()
    before = temporary_files()
    cloud = LocalCloud(planes=PLANES).start()
    try:
        films = Films.of(cloud)
        films.keep("film.ts", 3 * MIB)
        with films.cloud.plane(EdgePlane).viewer_in("Sydney"):
            assert len(films.get("film.ts").content) == 3 * MIB
            films.get("film.ts", Range="bytes=0-9").close()
        assert temporary_files() > before
    finally:
        cloud.stop()
    gc.collect()
    assert temporary_files() == before


def test_a_website_streams_and_cuts_as_well(cloud: LocalCloud) -> None:
    website_of(cloud)
    cloud.client("s3").put_object(Bucket="site", Key="film", Body=bytes(film(3 * MIB)))
    url = f"http://{WEBSITE}/film"
    etag = requests.head(url, timeout=5).headers["ETag"]
    with memory_below(2 * MIB), requests.get(url, stream=True, timeout=5) as answer:
        assert sum(len(chunk) for chunk in answer.iter_content(1 << 16)) == 3 * MIB
    for condition, status in ((etag, 206), ('"other"', 200)):
        fields = {"Range": "bytes=5-8", "If-Range": condition}
        assert requests.get(url, headers=fields, timeout=5).status_code == status
