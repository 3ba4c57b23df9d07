"""S3 as boto3's own tests use it, over the wire."""

from __future__ import annotations

import io
import json
import urllib.parse
from typing import Any

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MEBIBYTE = 1024 * 1024


@pytest.fixture
def s3(server: Any) -> Any:
    return server.client("s3")


def bucket(s3: Any, name: str) -> str:
    s3.create_bucket(Bucket=name)
    return name


def code(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("key", ["a b/ü+€&=?#%.txt", "/leading", "a//b", "dots/../x", "😀"])
def test_keys_of_every_kind(s3: Any, key: str) -> None:
    name = "keys"
    if name not in [b["Name"] for b in s3.list_buckets()["Buckets"]]:
        bucket(s3, name)
    made = s3.put_object(
        Bucket=name, Key=key, Body=key.encode(), ContentType="text/x; charset=utf-8",
        Metadata={"who": "me", "under_score": "1"}, CacheControl="no-cache",
    )  # fmt: skip
    got = s3.get_object(Bucket=name, Key=key)
    assert got["Body"].read() == key.encode()
    assert (got["ETag"], got["ContentType"]) == (made["ETag"], "text/x; charset=utf-8")
    assert got["Metadata"] == {"who": "me", "under_score": "1"}
    head = s3.head_object(Bucket=name, Key=key)
    assert head["ContentLength"] == len(key.encode())
    assert key in [o["Key"] for o in s3.list_objects_v2(Bucket=name)["Contents"]]
    copied = s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": key})
    assert copied["CopyObjectResult"]["ETag"] == made["ETag"]
    s3.delete_object(Bucket=name, Key=key)
    assert code(s3.get_object, Bucket=name, Key=key) == ("NoSuchKey", 404)
    assert code(s3.head_object, Bucket=name, Key=key) == ("404", 404)


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_both_addressing_styles(server: Any, style: str) -> None:
    endpoint = f"http://s3.localhost:{server.port}"
    client = server.client("s3", endpoint_url=endpoint, config={"s3": {"addressing_style": style}})
    name = bucket(server.client("s3"), f"style-{style}")
    session = requests.Session()
    url = client.generate_presigned_url(
        "put_object", Params={"Bucket": name, "Key": "k"}, HttpMethod="PUT"
    )
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname == (f"{name}.s3.localhost" if style == "virtual" else "s3.localhost")
    # Names below localhost are this machine, whatever its resolver knows.
    local = f"http://127.0.0.1:{server.port}{parts.path}?{parts.query}"
    answer = session.put(local, data=b"x", headers={"Host": parts.netloc}, timeout=10)
    assert answer.status_code == 200, answer.text
    assert server.client("s3").get_object(Bucket=name, Key="k")["Body"].read() == b"x"


def test_a_bucket_before_the_endpoints_name(server: Any) -> None:
    """As clients address one whose endpoint is ``http://localhost``, also to make it."""
    client = server.client("s3", endpoint_url=f"http://localhost:{server.port}",
                           config={"s3": {"addressing_style": "virtual"}})  # fmt: skip
    for operation, key in (("create_bucket", None), ("put_object", "k")):
        params = {"Bucket": "before", **({"Key": key} if key else {})}
        url = client.generate_presigned_url(operation, Params=params, HttpMethod="PUT")
        parts = urllib.parse.urlsplit(url)
        assert parts.hostname == "before.localhost"
        local = f"http://127.0.0.1:{server.port}{parts.path or '/'}?{parts.query}"
        answer = requests.put(local, headers={"Host": parts.netloc}, data=b"", timeout=10)
        assert answer.status_code == 200, answer.text
    assert server.client("s3").get_object(Bucket="before", Key="k")["Body"].read() == b""


def test_multipart(s3: Any) -> None:
    name = bucket(s3, "multipart")
    content = bytes(range(256)) * (11 * MEBIBYTE // 256)
    config = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE)
    s3.upload_fileobj(io.BytesIO(content), name, "big", Config=config)
    assert s3.head_object(Bucket=name, Key="big")["ETag"].endswith('-3"')
    back = io.BytesIO()
    s3.download_fileobj(name, "big", back, Config=config)
    assert back.getvalue() == content
    got = s3.get_object(Bucket=name, Key="big", Range="bytes=10-19")
    assert got["Body"].read() == content[10:20]
    assert (got["ContentRange"], got["ResponseMetadata"]["HTTPStatusCode"]) == (
        f"bytes 10-19/{len(content)}", 206,
    )  # fmt: skip
    begun = s3.create_multipart_upload(Bucket=name, Key="left")["UploadId"]
    s3.upload_part(Bucket=name, Key="left", UploadId=begun, PartNumber=1, Body=b"x")
    s3.upload_part_copy(
        Bucket=name, Key="left", UploadId=begun, PartNumber=2,
        CopySource={"Bucket": name, "Key": "big"}, CopySourceRange="bytes=0-9",
    )  # fmt: skip
    parts = s3.list_parts(Bucket=name, Key="left", UploadId=begun)["Parts"]
    assert [part["Size"] for part in parts] == [1, 10]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=name)["Uploads"]] == ["left"]
    s3.abort_multipart_upload(Bucket=name, Key="left", UploadId=begun)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)


def test_lists_and_versions(s3: Any) -> None:
    name = bucket(s3, "lists")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for n in range(5):
        s3.put_object(Bucket=name, Key=f"d{n % 2}/{n}", Body=b"1")
    first = s3.put_object(Bucket=name, Key="v", Body=b"one")["VersionId"]
    s3.put_object(Bucket=name, Key="v", Body=b"two")
    assert s3.get_object(Bucket=name, Key="v", VersionId=first)["Body"].read() == b"one"
    marker = s3.delete_object(Bucket=name, Key="v")
    assert marker["DeleteMarker"] is True
    found = s3.list_object_versions(Bucket=name, Prefix="v")
    assert (len(found["Versions"]), len(found["DeleteMarkers"])) == (2, 1)
    folders = s3.list_objects_v2(Bucket=name, Delimiter="/")
    assert [p["Prefix"] for p in folders["CommonPrefixes"]] == ["d0/", "d1/"]
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=name, PaginationConfig={"PageSize": 2}
    )
    assert [o["Key"] for page in pages for o in page["Contents"]] == [
        "d0/0", "d0/2", "d0/4", "d1/1", "d1/3",
    ]  # fmt: skip
    done = s3.delete_objects(
        Bucket=name, Delete={"Objects": [{"Key": "d0/0"}, {"Key": "d0/2"}], "Quiet": False}
    )
    assert sorted(d["Key"] for d in done["Deleted"]) == ["d0/0", "d0/2"]


def test_tags_acls_and_conditions(s3: Any) -> None:
    name = bucket(s3, "tags")
    s3.put_object(Bucket=name, Key="k", Body=b"x", Tagging="a=1&b=2")
    assert len(s3.get_object_tagging(Bucket=name, Key="k")["TagSet"]) == 2
    s3.put_object_tagging(Bucket=name, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": "ü"}]})
    assert s3.get_object_tagging(Bucket=name, Key="k")["TagSet"] == [{"Key": "c", "Value": "ü"}]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "t", "Value": "v"}]})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "t", "Value": "v"}]
    etag = s3.head_object(Bucket=name, Key="k")["ETag"]
    assert code(s3.get_object, Bucket=name, Key="k", IfNoneMatch=etag) == ("304", 304)
    assert code(s3.put_object, Bucket=name, Key="k", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert code(s3.put_object_acl, Bucket=name, Key="k", ACL="public-read") == (
        "AccessControlListNotSupported", 400,
    )  # fmt: skip
    attributes = s3.get_object_attributes(Bucket=name, Key="k", ObjectAttributes=["ObjectSize"])
    assert attributes["ObjectSize"] == 1


def test_configuration_of_buckets(s3: Any) -> None:
    name = bucket(s3, "configured")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5}
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"] == [rule]
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "a/"},
                       "Expiration": {"Days": 3}}]
        },
    )  # fmt: skip
    (kept,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (kept["ID"], kept["Expiration"]) == ("old", {"Days": 3})
    s3.put_bucket_website(
        Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    assert s3.get_bucket_website(Bucket=name)["IndexDocument"] == {"Suffix": "index.html"}
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    found = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert found[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    public = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                       "Resource": f"arn:aws:s3:::{name}/*"}],
    }  # fmt: skip
    assert code(s3.put_bucket_policy, Bucket=name, Policy=json.dumps(public))[0] == "AccessDenied"
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(public))
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == public
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]


def test_notifications_are_told_and_happen(server: Any, s3: Any) -> None:
    name = bucket(s3, "notifying")
    sqs = server.client("sqs")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                       "Action": "sqs:SendMessage", "Resource": "*"}],
    }  # fmt: skip
    url = sqs.create_queue(QueueName="notified", Attributes={"Policy": json.dumps(policy)})[
        "QueueUrl"
    ]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"QueueConfigurations": [wanted]}
    )
    told = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert [(t["QueueArn"], t["Events"]) for t in told] == [(arn, ["s3:ObjectCreated:*"])]
    s3.put_object(Bucket=name, Key="new", Body=b"1")
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    events = [json.loads(m["Body"]) for m in got]
    keys = [r["s3"]["object"]["key"] for e in events for r in e.get("Records", ())]
    assert keys == ["new"]


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls(server: Any, version: str) -> None:
    name = bucket(server.client("s3"), f"presigned-{version}")
    client = server.client("s3", config={"signature_version": version})
    where = {"Bucket": name, "Key": "a b"}
    put = client.generate_presigned_url("put_object", Params=where, ExpiresIn=600)
    assert requests.put(put, data=b"hello", timeout=10).status_code == 200
    get = client.generate_presigned_url("get_object", Params=where, ExpiresIn=600)
    assert requests.get(get, timeout=10).content == b"hello"
    assert requests.get(get.replace("a%20b", "c"), timeout=10).status_code == 403
    server.advance(601)
    late = requests.get(get, timeout=10)
    assert (late.status_code, "Request has expired" in late.text) == (403, True)
    # Signed after the advance, by a clock that knows nothing of it.
    again = client.generate_presigned_url("get_object", Params=where, ExpiresIn=600)
    assert requests.get(again, timeout=10).content == b"hello"


def test_posted_forms(server: Any) -> None:
    client = server.client("s3", config={"signature_version": "s3v4"})
    name = bucket(client, "posted")
    made = client.generate_presigned_post(
        name, "up/${filename}", Conditions=[["content-length-range", 1, 10]], ExpiresIn=600
    )
    done = requests.post(
        made["url"], data=made["fields"], files={"file": ("f.txt", b"12345")}, timeout=10
    )
    assert done.status_code == 204, done.text
    assert client.get_object(Bucket=name, Key="up/f.txt")["Body"].read() == b"12345"
    large = requests.post(
        made["url"], data=made["fields"], files={"file": ("f.txt", b"1" * 11)}, timeout=10
    )
    assert (large.status_code, "EntityTooLarge" in large.text) == (400, True)


def test_compressed_content_stays_as_it_is(s3: Any) -> None:
    import gzip

    name, content = bucket(s3, "gzipped"), gzip.compress(b"hello")
    s3.put_object(Bucket=name, Key="k", Body=content, ContentEncoding="gzip")
    got = s3.get_object(Bucket=name, Key="k")
    assert (got["ContentEncoding"], got["Body"].read()) == ("gzip", content)


def test_another_regions_bucket_is_found(server: Any) -> None:
    far = server.client("s3", region_name="eu-west-1")
    far.create_bucket(
        Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    far.put_object(Bucket="far-away", Key="k", Body=b"x")
    near = server.client("s3")
    assert near.get_bucket_location(Bucket="far-away")["LocationConstraint"] == "eu-west-1"
    assert near.get_object(Bucket="far-away", Key="k")["Body"].read() == b"x"


def test_a_damaged_body_is_refused(server: Any, s3: Any) -> None:
    name = bucket(s3, "damaged")
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=name, Key="k", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    assert caught.value.response["Error"]["Code"] == "BadDigest"
