"""Objects that were uploaded in parts, read a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.local import LocalCloud

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.s3:S3Plane")
FIRST, SECOND = b"a" * (5 * 1024 * 1024), b"bcd"
WHOLE = len(FIRST) + len(SECOND)
PLACE = {"Bucket": "films", "Key": "o"}


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with LocalCloud(planes=PLANES) as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="films")
        s3.put_object(Bucket="films", Key="one", Body=b"xyz")
        upload = s3.create_multipart_upload(**PLACE, Metadata={"k": "v"})["UploadId"]
        parts = []
        # One more than is used, and numbers with gaps.
        for number, body in ((1, FIRST), (2, b"unused"), (7, SECOND)):
            made = s3.upload_part(**PLACE, UploadId=upload, PartNumber=number, Body=body)
            parts.append({"PartNumber": number, "ETag": made["ETag"]})
        del parts[1]
        s3.complete_multipart_upload(**PLACE, UploadId=upload, MultipartUpload={"Parts": parts})
        yield s3


@pytest.mark.parametrize(
    ("number", "body", "place"),
    [
        (1, FIRST, f"bytes 0-{len(FIRST) - 1}/{WHOLE}"),
        (7, SECOND, f"bytes {len(FIRST)}-{WHOLE - 1}/{WHOLE}"),
    ],
)
def test_a_part(s3: Any, number: int, body: bytes, place: str) -> None:
    whole = s3.head_object(**PLACE)
    got = s3.get_object(**PLACE, PartNumber=number)
    assert got["Body"].read() == body
    for answer in (got, s3.head_object(**PLACE, PartNumber=number)):
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert (answer["ContentLength"], answer["PartsCount"]) == (len(body), 2)
        assert answer["ResponseMetadata"]["HTTPHeaders"]["content-range"] == place
        assert (answer["ETag"], answer["Metadata"]) == (whole["ETag"], {"k": "v"})


def test_an_object_in_one_piece_is_its_first_part(s3: Any) -> None:
    got = s3.get_object(Bucket="films", Key="one", PartNumber=1)
    assert (got["Body"].read(), got["ContentRange"]) == (b"xyz", "bytes 0-2/3")
    assert "PartsCount" not in got


@pytest.mark.parametrize(
    ("key", "given", "code"),
    [
        ("o", {"PartNumber": 2}, "InvalidPartNumber"),
        ("one", {"PartNumber": 2}, "InvalidPartNumber"),
        ("o", {"PartNumber": 10_001}, "InvalidArgument"),
        ("o", {"PartNumber": 1, "Range": "bytes=0-1"}, "InvalidRequest"),
    ],
)
def test_what_is_no_part(s3: Any, key: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket="films", Key=key, **given)
    assert caught.value.response["Error"]["Code"] == code
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == (416 if code == "InvalidPartNumber" else 400)


def test_its_acl_is_private(s3: Any) -> None:
    acl = s3.get_object_acl(**PLACE)
    assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]
    assert acl["Grants"] == s3.get_object_acl(Bucket="films", Key="one")["Grants"]
