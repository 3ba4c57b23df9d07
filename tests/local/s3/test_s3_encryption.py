"""SSE-KMS: objects that only those can read and write who may use the key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from key_roles import KMS, allow, client_of, document, key_policy, make_role, refused

from archlib.local import LocalCloud

PLANES = (*KMS, "archlib.local.s3:S3Plane", "archlib.local.edge:EdgePlane")
FILES = "arn:aws:s3:::files"
OBJECT = {"Bucket": "files", "Key": "a/b.txt"}


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as running:
        running.client("s3").create_bucket(Bucket="files")
        yield running


@pytest.fixture
def key(cloud: LocalCloud) -> str:
    return str(cloud.client("kms").create_key()["KeyMetadata"]["Arn"])


def default(cloud: LocalCloud, *, key: str | None = None, whole: bool = False) -> None:
    """Encrypt what comes into the bucket."""
    chosen = {"SSEAlgorithm": "aws:kms", **({"KMSMasterKeyID": key} if key else {})}
    rule = {"ApplyServerSideEncryptionByDefault": chosen, "BucketKeyEnabled": whole}
    cloud.client("s3").put_bucket_encryption(
        Bucket="files", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def member(cloud: LocalCloud, name: str, *statements: dict[str, Any]) -> Any:
    """The S3 client of a role that may do all in S3, and what the statements say."""
    role = make_role(cloud, name, allow("s3:*"), *statements)
    return client_of(cloud, role, "s3")


@pytest.mark.parametrize("way", ["request", "bucket"])
def test_readers_and_writers_need_the_key(cloud: LocalCloud, key: str, way: str) -> None:
    alias = "alias/files"
    cloud.client("kms").create_alias(AliasName=alias, TargetKeyId=key)
    given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": alias} if way == "request" else {}
    if way == "bucket":
        default(cloud, key=alias)
    writer = member(cloud, "writer", allow("kms:GenerateDataKey", key))
    reader = member(cloud, "reader", allow("kms:Decrypt", key))
    code, message = refused(reader.put_object, **OBJECT, Body=b"x", **given)
    assert code == "AccessDenied"
    assert "not authorized to perform: kms:GenerateDataKey" in message
    answer = writer.put_object(**OBJECT, Body=b"secret", **given)
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    code, message = refused(writer.get_object, **OBJECT)
    assert code == "AccessDenied"
    assert "not authorized to perform: kms:Decrypt" in message
    got = reader.get_object(**OBJECT)
    assert (got["Body"].read(), got["SSEKMSKeyId"]) == (b"secret", key)
    assert writer.head_object(**OBJECT)["SSEKMSKeyId"] == key
    assert refused(writer.head_object, **OBJECT, ChecksumMode="ENABLED")[0] == "AccessDenied"


def test_a_request_may_choose_otherwise_than_the_bucket(cloud: LocalCloud, key: str) -> None:
    default(cloud, key=key)
    plain = member(cloud, "plain")
    answer = plain.put_object(**OBJECT, Body=b"x", ServerSideEncryption="AES256")
    assert answer["ServerSideEncryption"] == "AES256"
    assert "SSEKMSKeyId" not in answer
    assert plain.get_object(**OBJECT)["Body"].read() == b"x"
    # "aws:kms" without a key is the account's own key, open to all who may use S3.
    answer = plain.put_object(**OBJECT, Body=b"y", ServerSideEncryption="aws:kms")
    assert answer["SSEKMSKeyId"] != key
    assert plain.get_object(**OBJECT)["Body"].read() == b"y"


def test_objects_keep_the_key_they_came_with(cloud: LocalCloud, key: str) -> None:
    default(cloud, key=key)
    admin = cloud.client("s3")
    admin.put_object(**OBJECT, Body=b"x")
    admin.delete_bucket_encryption(Bucket="files")
    assert refused(member(cloud, "nobody").get_object, **OBJECT)[0] == "AccessDenied"


@pytest.mark.parametrize(("whole", "resource"), [(False, f"{FILES}/a/b.txt"), (True, FILES)])
def test_the_encryption_context(cloud: LocalCloud, key: str, whole: bool, resource: str) -> None:
    default(cloud, key=key, whole=whole)
    bound = {
        "StringEquals": {
            "kms:EncryptionContext:aws:s3:arn": resource,
            "kms:ViaService": "s3.us-east-1.amazonaws.com",
        }
    }
    right = member(cloud, "right", allow(["kms:GenerateDataKey", "kms:Decrypt"], key,
                                         Condition=bound))  # fmt: skip
    answer = right.put_object(**OBJECT, Body=b"x")
    assert answer.get("BucketKeyEnabled", False) is whole
    assert right.get_object(**OBJECT)["Body"].read() == b"x"
    bound["StringEquals"]["kms:EncryptionContext:aws:s3:arn"] = f"{FILES}/other"
    wrong = member(cloud, "wrong", allow("kms:Decrypt", key, Condition=bound))
    assert refused(wrong.get_object, **OBJECT)[0] == "AccessDenied"


def test_uploads_in_parts_need_both_permissions(cloud: LocalCloud, key: str) -> None:
    default(cloud, key=key)
    writer = member(cloud, "writer", allow("kms:GenerateDataKey", key))
    upload = writer.create_multipart_upload(**OBJECT)["UploadId"]
    part = {**OBJECT, "UploadId": upload, "PartNumber": 1}
    assert refused(writer.upload_part, **part, Body=b"x")[0] == "AccessDenied"
    both = member(cloud, "both", allow(["kms:GenerateDataKey", "kms:Decrypt"], key))
    etag = both.upload_part(**part, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    done = {**OBJECT, "UploadId": upload, "MultipartUpload": parts}
    assert refused(writer.complete_multipart_upload, **done)[0] == "AccessDenied"
    both.complete_multipart_upload(**done)
    assert both.get_object(**OBJECT)["SSEKMSKeyId"] == key


def test_copies_read_with_one_key_and_write_with_another(cloud: LocalCloud, key: str) -> None:
    other = str(cloud.client("kms").create_key()["KeyMetadata"]["Arn"])
    cloud.client("s3").put_object(**OBJECT, Body=b"x", ServerSideEncryption="aws:kms",
                                  SSEKMSKeyId=key)  # fmt: skip
    copy = {"Bucket": "files", "Key": "copy", "CopySource": "files/a/b.txt",
            "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": other}  # fmt: skip
    half = member(cloud, "half", allow("kms:GenerateDataKey", other))
    assert "kms:Decrypt" in refused(half.copy_object, **copy)[1]
    half = member(cloud, "half2", allow("kms:Decrypt", key))
    assert "kms:GenerateDataKey" in refused(half.copy_object, **copy)[1]
    whole = member(cloud, "whole", allow("kms:Decrypt", key), allow("kms:*", other))
    assert whole.copy_object(**copy)["SSEKMSKeyId"] == other
    assert whole.get_object(Bucket="files", Key="copy")["Body"].read() == b"x"


def test_keys_that_cannot_be_used(cloud: LocalCloud, key: str) -> None:
    default(cloud, key=key)
    admin, kms = cloud.client("s3"), cloud.client("kms")
    admin.put_object(**OBJECT, Body=b"x")
    kms.disable_key(KeyId=key)
    for call in (admin.get_object, admin.put_object):
        assert refused(call, **OBJECT)[0] == "KMS.DisabledException"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refused(admin.get_object, **OBJECT)[0] == "KMS.KMSInvalidStateException"
    default(cloud, key=key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert refused(admin.put_object, **OBJECT)[0] == "KMS.NotFoundException"


def test_over_http_links_read_as_their_signer_and_strangers_do_not(
    cloud: LocalCloud, key: str
) -> None:
    default(cloud, key=key)
    admin = cloud.client("s3")
    admin.put_object(**OBJECT, Body=b"x")
    reader, nobody = member(cloud, "reader", allow("kms:Decrypt", key)), member(cloud, "nobody")
    urls = [one.generate_presigned_url("get_object", Params=OBJECT) for one in (reader, nobody)]
    good, bad = (requests.get(url, timeout=5) for url in urls)
    assert (good.status_code, good.content) == (200, b"x")
    assert good.headers["x-amz-server-side-encryption-aws-kms-key-id"] == key
    assert (bad.status_code, "kms:Decrypt" in bad.text) == (403, True)
    admin.delete_public_access_block(Bucket="files")
    public = allow("s3:GetObject", f"{FILES}/*", Principal="*")
    admin.put_bucket_policy(Bucket="files", Policy=document(public))
    stranger = requests.get("https://files.s3.us-east-1.amazonaws.com/a/b.txt", timeout=5)
    assert (stranger.status_code, "<Code>InvalidArgument" in stranger.text) == (400, True)


def test_cloudfront_needs_the_key_too(cloud: LocalCloud, key: str) -> None:
    default(cloud, key=key)
    cloud.client("s3").put_object(**OBJECT, Body=b"x")
    front = cloud.client("cloudfront")
    control = front.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "c", "SigningProtocol": "sigv4", "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]  # fmt: skip
    origin = {
        "Id": "o", "DomainName": "files.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": control, "S3OriginConfig": {"OriginAccessIdentity": ""},
    }  # fmt: skip
    made = front.create_distribution(
        DistributionConfig={
            "CallerReference": "1", "Comment": "", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o", "ViewerProtocolPolicy": "https-only",
                "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            },
        }
    )["Distribution"]  # fmt: skip
    service = {"Service": "cloudfront.amazonaws.com"}
    of_this = {"StringEquals": {"aws:SourceArn": made["ARN"]}}
    read = allow("s3:GetObject", f"{FILES}/*", Principal=service, Condition=of_this)
    cloud.client("s3").put_bucket_policy(Bucket="files", Policy=document(read))
    cloud.clock.advance(seconds=600)
    url = f"https://{made['DomainName']}/a/b.txt"
    assert requests.get(url, timeout=5).status_code == 403
    use = allow("kms:Decrypt", Principal=service, Condition=of_this)
    cloud.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(use))
    cloud.clock.advance(seconds=60)
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"x")


def test_the_trace_shows_the_key(cloud: LocalCloud, key: str) -> None:
    default(cloud, key=key)
    mark = cloud.trace.mark()
    cloud.client("s3").put_object(**OBJECT, Body=b"x")
    used = [hop for hop in cloud.trace.since(mark) if hop.action.startswith("kms:")]
    assert [(hop.source, hop.target, hop.action) for hop in used] == [
        (FILES, key, "kms:GenerateDataKey")
    ]
    assert json.loads(json.dumps(used[0].detail["iam"]))
