"""Large objects: stored in files, read in parts, and nobody's but the reader's once he reads."""

from __future__ import annotations

import base64
import gc
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from large_files import Repeated, expected, memory_below, temporary_files

from archlib.local import LocalCloud
from archlib.local.content import LARGE

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.s3:S3Plane")
PART = 5 << 20
SIZE = 3 * PART + 1000
ONE_BY_ONE = TransferConfig(use_threads=False, multipart_chunksize=PART)


def whole(size: int = SIZE) -> bytes:
    return Repeated(size).readall()


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        cloud.client("s3").create_bucket(Bucket="films")
        yield cloud


@pytest.fixture
def s3(cloud: LocalCloud) -> Any:
    client = cloud.client("s3")
    client.upload_fileobj(Repeated(SIZE), "films", "film", Config=ONE_BY_ONE)
    return client


def signed(s3: Any, key: str = "film") -> str:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "films", "Key": key})
    return str(url)


@pytest.mark.slow
def test_an_upload_in_parts_holds_a_few_of_them(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    s3.upload_fileobj(Repeated(SIZE), "films", "warm", Config=ONE_BY_ONE)
    with memory_below(9 * PART):
        s3.upload_fileobj(Repeated(12 * PART), "films", "film", Config=ONE_BY_ONE)
    told = s3.head_object(Bucket="films", Key="film")
    digests = [hashlib.md5(whole(PART)).digest()] * 12
    etag = f'"{hashlib.md5(b"".join(digests)).hexdigest()}-12"'
    assert (told["ContentLength"], told["ETag"]) == (12 * PART, etag)


@pytest.mark.slow
def test_files_are_uploaded_and_downloaded_by_threads(cloud: LocalCloud, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(whole(40 << 20))
    s3 = cloud.client("s3")
    s3.upload_file(str(there), "films", "film")
    s3.download_file("films", "film", str(back))
    assert back.read_bytes() == there.read_bytes()


def test_the_body_of_get_object_is_read_as_it_is_asked_for(s3: Any) -> None:
    s3.get_object(Bucket="films", Key="film")["Body"].close()
    running = hashlib.sha256()
    with memory_below(4 << 20):
        body = s3.get_object(Bucket="films", Key="film")["Body"]
        for chunk in body.iter_chunks(1 << 20):
            running.update(chunk)
        body.close()
    assert running.digest() == hashlib.sha256(whole()).digest()
    assert s3.get_object(Bucket="films", Key="film")["Body"].read() == whole()
    s3.put_object(Bucket="films", Key="list", Body=b"a line\n" * LARGE)
    lines = s3.get_object(Bucket="films", Key="list")["Body"].iter_lines(1 << 20)
    assert {next(lines) for _ in range(10)} == {b"a line"}


def test_a_range_reads_no_more(s3: Any) -> None:
    s3.get_object(Bucket="films", Key="film", Range="bytes=0-1")
    requests.get(signed(s3), headers={"Range": "bytes=0-1"}, timeout=5)
    with memory_below(2 << 20):
        got = s3.get_object(Bucket="films", Key="film", Range="bytes=-10")["Body"].read()
        told = requests.get(signed(s3), headers={"Range": "bytes=5000000-5000009"}, timeout=5)
    assert got == expected(SIZE - 10, SIZE)
    assert told.content == expected(5_000_000, 5_000_010)


def test_copies_share_the_bytes_and_outlive_the_original(s3: Any) -> None:
    with memory_below(36 << 20):  # moto hashes 16 MiB at a time
        s3.copy_object(Bucket="films", Key="copy", CopySource="films/film")
    upload = s3.create_multipart_upload(Bucket="films", Key="cut")["UploadId"]
    part = s3.upload_part_copy(
        Bucket="films", Key="cut", UploadId=upload, PartNumber=1,
        CopySource="films/film", CopySourceRange=f"bytes=3-{PART + 2}",
    )["CopyPartResult"]  # fmt: skip
    s3.complete_multipart_upload(
        Bucket="films", Key="cut", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )  # fmt: skip
    s3.delete_object(Bucket="films", Key="film")
    assert s3.get_object(Bucket="films", Key="copy")["Body"].read() == whole()
    assert s3.get_object(Bucket="films", Key="cut")["Body"].read() == whole()[3 : PART + 3]


@pytest.mark.parametrize("how", ["overwritten", "deleted", "bucket emptied"])
def test_a_download_stays_right_whatever_becomes_of_the_object(s3: Any, how: str) -> None:
    body = s3.get_object(Bucket="films", Key="film")["Body"]
    with requests.get(signed(s3), stream=True, timeout=5) as response:
        begun = [body.read(1000), next(response.iter_content(1000))]
        if how == "overwritten":
            s3.put_object(Bucket="films", Key="film", Body=b"another film")
        else:
            s3.delete_object(Bucket="films", Key="film")
            if how == "bucket emptied":
                s3.delete_bucket(Bucket="films")
        assert begun[0] + body.read() == whole()
        assert begun[1] + b"".join(response.iter_content(1 << 20)) == whole()


def test_versions_keep_their_own_bytes(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="films", Key="v", Body=b"1" * (LARGE + 1))["VersionId"]
    s3.put_object(Bucket="films", Key="v", Body=b"2" * (LARGE + 1))
    s3.delete_object(Bucket="films", Key="v")
    got = s3.get_object(Bucket="films", Key="v", VersionId=first)["Body"].read()
    assert got == b"1" * (LARGE + 1)


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, LARGE + 1])
def test_objects_about_the_threshold(s3: Any, size: int) -> None:
    body = whole(size)
    assert s3.put_object(Bucket="films", Key="o", Body=body)["ETag"] == (
        f'"{hashlib.md5(body).hexdigest()}"'
    )
    assert s3.get_object(Bucket="films", Key="o")["Body"].read() == body
    assert requests.get(signed(s3, "o"), timeout=5).content == body


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE"),
     ("SHA1", "COMPOSITE")],
)  # fmt: skip
def test_checksums_of_uploads_in_parts(s3: Any, algorithm: str, kind: str) -> None:
    def digest(data: bytes) -> bytes:
        if algorithm == "CRC32":
            return zlib.crc32(data).to_bytes(4, "big")
        return hashlib.new(algorithm.lower(), data).digest()

    pieces = [whole(PART), b"the end"]
    upload = s3.create_multipart_upload(
        Bucket="films", Key="sum", ChecksumAlgorithm=algorithm, ChecksumType=kind
    )["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(
                Bucket="films", Key="sum", UploadId=upload, PartNumber=number, Body=piece,
                ChecksumAlgorithm=algorithm,
            )["ETag"],
        }
        for number, piece in enumerate(pieces, 1)
    ]  # fmt: skip
    s3.complete_multipart_upload(
        Bucket="films", Key="sum", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    told = s3.head_object(Bucket="films", Key="sum", ChecksumMode="ENABLED")
    of = b"".join(pieces) if kind == "FULL_OBJECT" else b"".join(map(digest, pieces))
    assert told[f"Checksum{algorithm}"] == base64.b64encode(digest(of)).decode()


def completing(s3: Any, upload: str, parts: list[dict[str, Any]]) -> str:
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(
            Bucket="films", Key="o", UploadId=upload, MultipartUpload={"Parts": parts}
        )
    return str(refused.value.response["Error"]["Code"])


def test_parts_that_do_not_make_an_object_are_refused(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="films", Key="o")["UploadId"]
    parts = [
        {
            "PartNumber": n,
            "ETag": s3.upload_part(
                Bucket="films", Key="o", UploadId=upload, PartNumber=n, Body=b"small"
            )["ETag"],
        }
        for n in (1, 2)
    ]
    assert completing(s3, upload, parts) == "EntityTooSmall"
    assert completing(s3, upload, [{"PartNumber": 1, "ETag": '"wrong"'}]) == "InvalidPart"
    assert completing(s3, upload, [{"PartNumber": 7, "ETag": parts[0]["ETag"]}]) == "InvalidPart"
    s3.complete_multipart_upload(
        Bucket="films", Key="o", UploadId=upload, MultipartUpload={"Parts": parts[1:]}
    )
    assert s3.get_object(Bucket="films", Key="o")["Body"].read() == b"small"


def test_a_post_of_a_large_file_is_stored_as_it_is(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    form = s3.generate_presigned_post("films", "posted")
    files = {"file": io.BytesIO(whole(2 * LARGE))}
    assert requests.post(form["url"], data=form["fields"], files=files, timeout=5).ok
    assert s3.get_object(Bucket="films", Key="posted")["Body"].read() == whole(2 * LARGE)


def test_no_file_is_left_when_the_cloud_has_stopped() -> None:
    gc.collect()
    before = temporary_files()
    with LocalCloud(planes=PLANES) as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="films")
        s3.upload_fileobj(Repeated(SIZE), "films", "film", Config=ONE_BY_ONE)
        s3.put_object(Bucket="films", Key="film", Body=whole(2 * LARGE))
        upload = s3.create_multipart_upload(Bucket="films", Key="never")["UploadId"]
        s3.upload_part(Bucket="films", Key="never", UploadId=upload, PartNumber=1, Body=whole(PART))
        requests.get(signed(s3), timeout=5)
        assert temporary_files() > before
    gc.collect()
    assert temporary_files() == before
    with LocalCloud(planes=PLANES) as again:
        again.client("s3").create_bucket(Bucket="films")
