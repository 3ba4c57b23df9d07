"""Checksums that SDKs send and verify by default, over plain HTTP and over the API."""

from __future__ import annotations

import base64
import random
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from archlib.local import LocalCloud
from archlib.local.s3.cyclic import Cyclic, crc32c, crc64nvme

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.s3:S3Plane")
#: The checks of "123456789" that catalogues of cyclic redundancy checks give.
CHECKED = b"123456789"
CRC32C, CRC64NVME = 0xE3069283, 0xAE8B14860A799888
MEBIBYTE = 1024 * 1024


def told(value: int, size: int) -> str:
    return base64.b64encode(value.to_bytes(size, "big")).decode()


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        cloud.client("s3").create_bucket(Bucket="films")
        yield cloud


def asked(cloud: LocalCloud, method: str, path: str, body: bytes = b"", **fields: str) -> Any:
    """A request with signed headers, as an SDK sends it."""
    url = f"https://films.s3.us-east-1.amazonaws.com/{path}"
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    request = AWSRequest(method, url, headers=headers, data=body)
    keys = cloud.client("s3")._request_signer._credentials
    S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    sent = dict(request.prepare().headers)
    return requests.request(method, url, data=body, headers=sent, timeout=5)


def test_the_checks_of_the_catalogue() -> None:
    assert (crc32c(CHECKED), crc64nvme(CHECKED)) == (CRC32C, CRC64NVME)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 66, 72, 129, 1000, 65536, 65600, 200_001])
def test_any_length_and_any_cut(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert Cyclic(0xEDB88320, 4)(data) == zlib.crc32(data)
    for check in (crc32c, crc64nvme):
        assert check(data[size // 3 :], check(data[: size // 3])) == check(data)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x_amz_checksum_crc32c", told(CRC32C, 4)),
        ("x_amz_checksum_crc64nvme", told(CRC64NVME, 8)),
    ],
)
def test_a_body_is_compared_with_its_check(cloud: LocalCloud, header: str, value: str) -> None:
    assert asked(cloud, "PUT", "o", CHECKED, **{header: value}).status_code == 200
    harmed = asked(cloud, "PUT", "o", b"123456780", **{header: value})
    assert (harmed.status_code, "<Code>BadDigest</Code>" in harmed.text) == (400, True)


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Content_MD5", "abc", "InvalidDigest"),
        ("Content_MD5", "AAAA", "InvalidDigest"),
        ("x_amz_checksum_crc32", "no base64", "InvalidRequest"),
        ("x_amz_checksum_crc64nvme", "AAAAAA==", "InvalidRequest"),
    ],
)
def test_what_is_no_check_at_all(cloud: LocalCloud, header: str, value: str, code: str) -> None:
    refused = asked(cloud, "PUT", "o", b"x", **{header: value})
    assert (refused.status_code, f"<Code>{code}</Code>" in refused.text) == (400, True)


@pytest.mark.parametrize(
    ("algorithm", "kind", "check", "size"),
    [("CRC32C", "FULL_OBJECT", crc32c, 4), ("CRC64NVME", "FULL_OBJECT", crc64nvme, 8)],
)
def test_the_check_of_an_object_in_parts(
    cloud: LocalCloud, algorithm: str, kind: str, check: Any, size: int
) -> None:
    s3, place = cloud.client("s3"), {"Bucket": "films", "Key": "parts"}
    first, second = b"a" * (5 * MEBIBYTE), b"b"
    upload = s3.create_multipart_upload(
        **place, ChecksumAlgorithm=algorithm, ChecksumType=kind
    )["UploadId"]  # fmt: skip
    member, parts = f"Checksum{algorithm}", []
    for number, body in enumerate((first, second), 1):
        sent = {member: told(check(body), size)}
        made = s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=body, **sent)
        parts.append({"PartNumber": number, "ETag": made["ETag"], **sent})
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    answer = asked(cloud, "HEAD", "parts", x_amz_checksum_mode="ENABLED")
    whole = told(check(first + second), size)
    assert answer.headers[f"x-amz-checksum-{algorithm.lower()}"] == whole


def test_attributes_are_listed_with_blanks_or_without(cloud: LocalCloud) -> None:
    """The SDK for JavaScript sends ``Checksum, ETag, ObjectSize``."""
    s3, place = cloud.client("s3"), {"Bucket": "films", "Key": "attributes"}
    s3.put_object(**place, Body=CHECKED, ChecksumAlgorithm="SHA1")
    wanted = ["Checksum", "ETag", "ObjectSize", "StorageClass"]
    for comma in (",", ", "):
        listed = comma.join(wanted)
        answer = asked(cloud, "GET", "attributes?attributes", x_amz_object_attributes=listed).text
        for element in ("<ObjectSize>9<", "<ETag>", "<ChecksumSHA1>", "<StorageClass>"):
            assert element in answer
