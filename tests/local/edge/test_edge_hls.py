"""HTTP Live Streaming (RFC 8216) through the edge: manifests, segments, byte ranges."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
import requests
from film_site import MIB, Films, digest, film
from large_files import memory_below
from test_edge_origins import OPTIMIZED, SERVICE, allow, bucket, control, distribution

from archlib.local import LocalCloud
from archlib.local.edge import EdgePlane

SEGMENTS, SEGMENT = 24, MIB + 188 * 10
MANIFEST = "application/vnd.apple.mpegurl"
WHOLE = digest(film(SEGMENTS * SEGMENT).chunks())


def playlist(entries: list[list[str]]) -> bytes:
    head = ["#EXTM3U", "#EXT-X-VERSION:4", "#EXT-X-TARGETDURATION:6", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines = [line for entry in entries for line in ("#EXTINF:6.006,", *entry)]
    return "\n".join([*head, *lines, "#EXT-X-ENDLIST", ""]).encode()


@pytest.fixture
def films(cloud: LocalCloud) -> Films:
    bucket(cloud)
    made = distribution(
        cloud,
        origin=control(cloud),
        DefaultCacheBehavior={
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": OPTIMIZED,
            "Compress": True,
        },
    )
    allow(cloud, SERVICE)
    films = Films(cloud, made)
    whole = film(SEGMENTS * SEGMENT)
    for n in range(SEGMENTS):
        films.put(f"film/{n:03}.ts", bytes(whole[n * SEGMENT : (n + 1) * SEGMENT]))
    films.keep("film/all.ts", SEGMENTS * SEGMENT)
    files = [[f"{n:03}.ts"] for n in range(SEGMENTS)]
    ranges = [[f"#EXT-X-BYTERANGE:{SEGMENT}@{n * SEGMENT}", "all.ts"] for n in range(SEGMENTS)]
    films.put("film/files.m3u8", playlist(files), MANIFEST)
    films.put("film/ranges.m3u8", playlist(ranges), MANIFEST)
    master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1400000\nfilm/files.m3u8\n"
    films.put("master.m3u8", master, MANIFEST)
    return films


def entries(url: str, manifest: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each segment's URL and the fields to ask for it with."""
    fields: dict[str, str] = {}
    for line in manifest.splitlines():
        if line.startswith("#EXT-X-BYTERANGE:"):
            size, _, first = line.partition(":")[2].partition("@")
            fields = {"Range": f"bytes={first}-{int(first) + int(size) - 1}"}
        elif line and not line.startswith("#"):
            yield urljoin(url, line), fields
            fields = {}


def played(url: str, statuses: list[int]) -> Iterator[bytes]:
    """What a player shows: it follows the manifest and streams every segment."""
    answer = requests.get(url, timeout=5)
    assert answer.headers["Content-Type"] == MANIFEST
    for segment, fields in entries(url, answer.text):
        with requests.get(segment, headers=fields, stream=True, timeout=5) as response:
            statuses.append(response.status_code)
            yield from response.iter_content(1 << 16)


@pytest.mark.parametrize(("manifest", "status"), [("files", 200), ("ranges", 206)])
def test_a_player_gets_the_film_and_the_next_one_gets_it_from_the_edge(
    films: Films, manifest: str, status: int
) -> None:
    edge, statuses = films.cloud.plane(EdgePlane), list[int]()
    url = films.url(f"film/{manifest}.m3u8")
    tiers = []
    for _ in range(2):
        with edge.viewer_in("Tokyo"), memory_below(8 * MIB):
            assert digest(played(url, statuses)) == WHOLE
        tiers.append(films.last.detail["tier"])
    assert statuses == [status] * 2 * SEGMENTS
    assert tiers == ["origin", "edge"]


def test_a_master_manifest_leads_to_the_others(films: Films) -> None:
    url = films.url("master.m3u8")
    (media,) = [found for found, _ in entries(url, requests.get(url, timeout=5).text)]
    assert media == films.url("film/files.m3u8")
    assert len(list(entries(media, httpx.get(media).text))) == SEGMENTS


def test_manifests_are_compressed_and_segments_are_not(films: Films) -> None:
    manifest = requests.get(films.url("film/ranges.m3u8"), stream=True, timeout=5)
    assert manifest.headers["Content-Encoding"] == "gzip"
    assert manifest.headers["Vary"] == "Accept-Encoding"
    assert int(manifest.headers["Content-Length"]) < len(manifest.content)
    segment = films.get("film/000.ts")
    assert "Content-Encoding" not in segment.headers
    assert segment.headers["Content-Length"] == str(SEGMENT)


def test_a_player_that_seeks_asks_for_the_middle(films: Films) -> None:
    middle = 11 * SEGMENT + 7
    for result in ("Miss from cloudfront", "Hit from cloudfront"):
        answer = films.get("film/all.ts", Range=f"bytes={middle}-{middle + 99}")
        assert answer.headers["X-Cache"] == result
        assert answer.content == bytes(film(SEGMENTS * SEGMENT)[middle : middle + 100])
    # What a browser's video element asks first: from the beginning, without an end.
    with films.get("film/all.ts", Range="bytes=0-") as answer:
        assert answer.status_code == 206
        assert digest(answer.iter_content(MIB)) == WHOLE
