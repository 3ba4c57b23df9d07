"""Parts of objects, over plain HTTP and over the API alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from archlib.local import LocalCloud

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.s3:S3Plane")
LETTERS = b"abcdefghij"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="films")
        s3.put_object(Bucket="films", Key="o", Body=LETTERS, ChecksumAlgorithm="SHA256")
        s3.put_object(Bucket="films", Key="empty", Body=b"")
        yield cloud


def get(cloud: LocalCloud, key: str = "o", method: str = "get", **fields: str) -> Any:
    url = cloud.client("s3").generate_presigned_url(
        f"{method}_object", Params={"Bucket": "films", "Key": key}
    )
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return requests.request(method, url, headers=headers, timeout=5)


@pytest.mark.parametrize(
    ("wanted", "place", "body"),
    [
        ("bytes=0-0", "0-0", b"a"),
        ("bytes=2-4", "2-4", b"cde"),
        ("bytes=7-", "7-9", b"hij"),
        ("bytes=8-100", "8-9", b"ij"),
        ("bytes=-3", "7-9", b"hij"),
        ("bytes=-100", "0-9", LETTERS),
        ("Bytes=0-9", "0-9", LETTERS),
    ],
)
def test_a_range(cloud: LocalCloud, wanted: str, place: str, body: bytes) -> None:
    answer = get(cloud, Range=wanted)
    assert (answer.status_code, answer.content) == (206, body)
    assert answer.headers["Content-Range"] == f"bytes {place}/10"
    assert answer.headers["Content-Length"] == str(len(body))
    assert answer.headers["Accept-Ranges"] == "bytes"
    got = cloud.client("s3").get_object(Bucket="films", Key="o", Range=wanted)
    assert (got["Body"].read(), got["ContentRange"]) == (body, f"bytes {place}/10")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentLength"] == len(body)


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,4-5", "bytes=4-2", "bytes=a-b", "bytes", "bytes=1=2", "bytes=-", "lines=1-2", ""],
)
def test_what_is_no_single_range_gets_the_whole(cloud: LocalCloud, wanted: str) -> None:
    answer = get(cloud, Range=wanted)
    assert (answer.status_code, answer.content) == (200, LETTERS)
    assert "Content-Range" not in answer.headers
    got = cloud.client("s3").get_object(Bucket="films", Key="o", Range=wanted)
    assert got["Body"].read() == LETTERS


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=50-60", "bytes=-0"])
def test_a_range_that_is_not_there(cloud: LocalCloud, wanted: str) -> None:
    answer = get(cloud, Range=wanted)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */10"
    assert "<Code>InvalidRange</Code>" in answer.text
    assert "<ActualObjectSize>10</ActualObjectSize>" in answer.text
    assert f"<RangeRequested>{wanted}</RangeRequested>" in answer.text
    with pytest.raises(ClientError) as refused:
        cloud.client("s3").get_object(Bucket="films", Key="o", Range=wanted)
    assert refused.value.response["Error"]["Code"] == "InvalidRange"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416
    headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-range"] == "bytes */10"


def test_an_empty_object_has_no_first_byte_but_any_suffix(cloud: LocalCloud) -> None:
    none = get(cloud, "empty", Range="bytes=0-")
    assert (none.status_code, none.headers["Content-Range"]) == (416, "bytes */0")
    assert get(cloud, "empty", Range="bytes=-5").status_code == 200


def test_if_range_holds_by_the_etag_or_the_date(cloud: LocalCloud) -> None:
    whole = get(cloud)
    etag, date = whole.headers["ETag"], whole.headers["Last-Modified"]
    for condition in (etag, date):
        answer = get(cloud, Range="bytes=0-1", If_Range=condition)
        assert (answer.status_code, answer.content) == (206, b"ab"), condition
    earlier = "Sun, 04 Jan 2026 09:00:00 GMT"
    for condition in ('"another"', f"W/{etag}", earlier, etag.strip('"')):
        answer = get(cloud, Range="bytes=0-1", If_Range=condition)
        assert (answer.status_code, answer.content) == (200, LETTERS), condition


def test_conditions_go_before_ranges(cloud: LocalCloud) -> None:
    etag = get(cloud).headers["ETag"]
    assert get(cloud, Range="bytes=0-1", If_None_Match=etag).status_code == 304
    assert get(cloud, Range="bytes=50-", If_Match='"x"').status_code == 412


def test_a_head_tells_the_length_of_the_part(cloud: LocalCloud) -> None:
    answer = get(cloud, method="head", Range="bytes=2-4")
    assert (answer.status_code, answer.content) == (206, b"")
    assert answer.headers["Content-Length"] == "3"
    assert answer.headers["Content-Range"] == "bytes 2-4/10"
    none = get(cloud, method="head", Range="bytes=20-")
    assert (none.status_code, none.headers["Content-Range"]) == (416, "bytes */10")
    told = cloud.client("s3").head_object(Bucket="films", Key="o", Range="bytes=2-4")
    assert told["ContentLength"] == 3


def test_the_checksum_of_the_whole_is_not_told_of_a_part(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    wanted = {"Bucket": "films", "Key": "o", "ChecksumMode": "ENABLED"}
    assert "ChecksumSHA256" in s3.get_object(**wanted)
    assert "ChecksumSHA256" in s3.get_object(**wanted, Range="bytes=0-9")
    assert "ChecksumSHA256" not in s3.get_object(**wanted, Range="bytes=0-8")


def test_ranges_are_of_objects_only(cloud: LocalCloud) -> None:
    url = cloud.client("s3").generate_presigned_url(
        "get_object_tagging", Params={"Bucket": "films", "Key": "o"}
    )
    answer = requests.get(url, headers={"Range": "bytes=0-3"}, timeout=5)
    assert answer.status_code == 200
    assert answer.text.endswith("</Tagging>")


def test_an_etag_overrules_a_date(cloud: LocalCloud) -> None:
    whole = get(cloud)
    etag, date = whole.headers["ETag"], whole.headers["Last-Modified"]
    earlier = "Sun, 04 Jan 2026 09:00:00 GMT"
    assert get(cloud, If_None_Match='"x"', If_Modified_Since=date).status_code == 200
    assert get(cloud, If_None_Match=etag, If_Modified_Since=earlier).status_code == 304
    assert get(cloud, If_Match=etag, If_Unmodified_Since=earlier).status_code == 200
    assert get(cloud, method="head", If_None_Match='"x"', If_Modified_Since=date).ok
    assert get(cloud, If_Unmodified_Since=earlier).status_code == 412
    assert get(cloud, If_Modified_Since=date).status_code == 304
    got = cloud.client("s3").get_object(
        Bucket="films", Key="o", IfNoneMatch='"x"', IfModifiedSince=date
    )
    assert got["Body"].read() == LETTERS
