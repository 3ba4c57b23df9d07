"""Exercise: signed URL, signed cookies or S3 presigned URL, case by case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from archlib.scenarios.answering import deployed, named
from archlib.scenarios.browsing import send
from archlib.scenarios.paid_content import SCENARIO
from archlib.scenarios.paid_content.studio import (
    HASHED,
    MOON,
    SEGMENTS,
    publish,
    signer,
    stored_pair,
)
from archlib.scenarios.paid_content.viewers import Viewer, ask_link, content, link, play, premium
from archlib.verify import Site
from archlib.verify.exercise import Exercise, Marked, Unfit

WAYS = ("signed URL", "signed cookies", "presigned URL")


@dataclass(frozen=True)
class Tried:
    """Whether a way does what a case needs, and what was seen."""

    works: bool
    seen: str


@dataclass(frozen=True)
class _Place:
    """A running site with two viewers who bought the Moon."""

    site: Site
    ana: Viewer
    ben: Viewer

    def file(self, viewer: Viewer, way: str) -> str:
        """The whole video's URL; of cookies nothing is in the URL."""
        if way == "signed URL":
            return link(self.site, viewer, MOON)
        return self.other(MOON.path, way)

    def manifest(self, way: str) -> str:
        """The URL of the stream's manifest, alike."""
        if way == "signed URL":
            return link(self.site, self.ana, MOON, "stream")
        return self.other(MOON.part(MANIFEST_NAME), way)

    def other(self, path: str, way: str) -> str:
        """The URL of any file, alike."""
        if way == "presigned URL":
            return self.presigned("get_object", self.site.outputs["VideoBucketName"], path)
        plain = content(self.site, path)
        if way == "signed cookies":
            return plain
        end = datetime(2099, 1, 1, tzinfo=UTC)
        signed = signer(stored_pair(self.site)).generate_presigned_url(plain, date_less_than=end)
        return f"{signed}&{HASHED}"

    def presigned(self, operation: str, bucket: str, key: str) -> str:
        """A URL that S3 takes for the operator's own request."""
        where = {"Bucket": bucket, "Key": key}
        s3 = self.site.operator("s3")
        return str(s3.generate_presigned_url(operation, Params=where, ExpiresIn=300))

    def headers(self, way: str) -> dict[str, str]:
        """The ``Cookie`` header of a browser that was given cookies for the Moon's stream."""
        if way != "signed cookies":
            return {}
        made = ask_link(self.site, self.ana, MOON, "cookies")
        made.value("cookies")
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in made.json["cookies"].items())}


MANIFEST_NAME = "index.m3u8"


def _phone(place: _Place, way: str) -> Tried:
    """Two neighbours in Tokyo, whose app keeps no cookies, play one file."""
    with place.site.at("Tokyo"):
        answers = [play(place.file(viewer, way)) for viewer in (place.ana, place.ben)]
    bad = [answer for answer in answers if answer.status != 200]
    if bad:
        return Tried(False, f"without cookies the edge says {bad[0]}")
    if not answers[1].cached.startswith("Hit"):
        return Tried(False, "both play, and both fetch the video from the bucket's region")
    return Tried(True, "both play, the second from the edge in Tokyo")


def _page(place: _Place, way: str) -> Tried:
    """A player asks for the segments by the names in the manifest, and adds nothing to them.

    What a relative name means is RFC 3986, section 5.2: the query string is not kept.
    """
    first = place.manifest(way)
    targets = {name: urljoin(first, name) for name in (f"segment{n}.ts" for n in range(SEGMENTS))}
    for name, target in {MANIFEST_NAME: first, **targets}.items():
        answer = send("GET", target, headers=place.headers(way))
        if answer.status != 200:
            return Tried(False, f"the manifest comes, but {name} is {answer}")
    return Tried(True, f"the manifest and its {SEGMENTS} segments play")


def _upload(place: _Place, way: str) -> Tried:
    """Somebody without an account puts a new file into the bucket."""
    key, bucket = "masters/comet.mov", place.site.outputs["VideoBucketName"]
    if way == "presigned URL":
        answer = send("PUT", place.presigned("put_object", bucket, key), b"a film")
    else:
        answer = send("PUT", place.other(key, way), b"a film", headers=place.headers(way))
    if answer.status != 200:
        return Tried(False, f"the edge says {answer}")
    found = place.site.operator("s3").get_object(Bucket=bucket, Key=key)
    return Tried(found["Body"].read() == b"a film", "the file is in the bucket")


def _invoice(place: _Place, way: str) -> Tried:
    """A file in a bucket of its own, which no distribution has as its origin."""
    s3, bucket, key = place.site.operator("s3"), "paid-content-invoices", "invoices/2026-01.pdf"
    if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=b"an invoice")
    if way == "presigned URL":
        answer = send("GET", place.presigned("get_object", bucket, key))
    else:
        answer = send("GET", place.other(key, way), headers=place.headers(way))
    if answer.status != 200:
        return Tried(False, f"the distribution does not have that bucket: {answer}")
    return Tried(True, "the invoice comes")


CASES: Mapping[str, Callable[[_Place, str], Tried]] = {
    "phone": _phone,
    "page": _page,
    "upload": _upload,
    "invoice": _invoice,
}


def tried(cases: Mapping[str, str] | None = None) -> dict[tuple[str, str], Tried]:
    """What each way comes to in each case, or the ways given for the cases given."""
    chosen = [(case, way) for case in CASES for way in WAYS] if cases is None else cases.items()
    with deployed(SCENARIO) as (_, site):
        publish(site)
        place = _Place(site, premium(site, "ana", MOON), premium(site, "ben", MOON))
        return {(case, way): CASES[case](place, way) for case, way in chosen}


def _judge(answer: Any) -> Marked:
    given = named(answer, tuple(CASES), "one of the three ways")
    for case, way in given.items():
        if way not in WAYS:
            raise Unfit(f"{case}: {way!r} is none of {', '.join(map(repr, WAYS))}")
    seen = tried(dict(given))
    for (case, way), one in seen.items():
        if not one.works:
            return Marked(False, f"{case}, by {way}: {one.seen}.")
    return Marked(True, "; ".join(f"{case}: {one.seen}" for (case, _), one in seen.items()) + ".")


WHICH = Exercise(
    "which",
    "Which of the three?",
    "Choose for each case `signed URL`, `signed cookies` (both CloudFront's) or `presigned URL` "
    "(S3's).\n\n"
    "- `phone`: an app that keeps no cookies plays a single file, and so do its neighbours in "
    "Tokyo; the bucket is in Virginia.\n"
    "- `page`: a page on the distribution's own domain plays a stream. Its player asks for the "
    "segments by the names in the manifest, and adds nothing to them.\n"
    "- `upload`: a film maker without an AWS account hands in a file.\n"
    "- `invoice`: an accountant fetches one file a month, from a bucket that has no distribution.",
    '`{"phone": "…", "page": "…", "upload": "…", "invoice": "…"}`',
    (
        "What does a relative name in a manifest leave out of the URL it stands in?",
        "CloudFront serves its origins, with the methods that its behaviors allow. S3's presigned "
        "URL is any operation, on any bucket that the signer may use.",
    ),
    _judge,
)
