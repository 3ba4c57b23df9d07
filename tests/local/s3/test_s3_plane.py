from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from archlib.local import LocalCloud
from archlib.local.s3.address import HOST

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.sts:SecurityTokens",
          "archlib.local.s3:S3Plane")  # fmt: skip

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        ],
    }
)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        admin = cloud.client("s3")
        admin.create_bucket(Bucket="files")
        admin.put_object(Bucket="files", Key="a b/ü.txt", Body=b"hello")
        yield cloud


def presigner(version: str) -> Any:
    return boto3.client("s3", config=Config(signature_version=version))


def role_client(cloud: LocalCloud, *statements: dict[str, Any], version: str = "s3v4") -> Any:
    iam = cloud.client("iam")
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=json.dumps(document))
    made = cloud.identities.issue(arn, "me", duration=900)
    return boto3.client(
        "s3",
        aws_access_key_id=made.access_key,
        aws_secret_access_key=made.secret_key,
        aws_session_token=made.session_token,
        config=Config(signature_version=version),
    )


GET = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/a*"}
OBJECT = {"Bucket": "files", "Key": "a b/ü.txt"}


def code_of(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_works_until_it_expires(cloud: LocalCloud, version: str) -> None:
    url = presigner(version).generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"hello")
    cloud.clock.advance(seconds=61)
    late = requests.get(url, timeout=5)
    assert late.status_code == 403
    assert "<Message>Request has expired</Message>" in late.text


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("a%20b", "a%20c"),
        lambda url: url.replace("https://files.", "https://other."),
        lambda url: url.replace("Expires=", "Expires=1"),
        lambda url: url.replace("Signature=", "Signature=0"),
    ],
    ids=["key", "bucket", "expiry", "signature"],
)
def test_a_changed_presigned_url_is_refused(cloud: LocalCloud, version: str, change: Any) -> None:
    url = presigner(version).generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    changed = change(url)
    assert changed != url
    answer = requests.get(changed, timeout=5)
    assert answer.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in answer.text


def test_a_presigned_url_for_one_method_does_not_serve_another(cloud: LocalCloud) -> None:
    url = presigner("s3v4").generate_presigned_url("get_object", Params=OBJECT)
    assert requests.put(url, data=b"x", timeout=5).status_code == 403
    assert requests.delete(url, timeout=5).status_code == 403


def test_a_link_is_used_by_whoever_asks_not_by_its_signer(cloud: LocalCloud) -> None:
    """A function signs with its role; the trace must not say that the function fetched."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
             "Action": "sts:AssumeRole"}  # fmt: skip
    role = iam.create_role(
        RoleName="signer",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}
    iam.put_role_policy(
        RoleName="signer",
        PolicyName="reads",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    function = f"arn:aws:lambda:us-east-1:{cloud.account}:function:signer"
    keys = cloud.identities.issue(role, "signer", source=function)
    s3 = cloud.client("s3", credentials=keys)
    link = s3.generate_presigned_url("get_object", Params={"Bucket": "files", "Key": "a b/ü.txt"})
    mark = cloud.trace.mark()
    assert requests.get(link).status_code == 200
    (hop,) = cloud.trace.since(mark)
    assert (hop.source, hop.action) == ("client", "s3:GetObject")
    assert hop.principal.endswith("assumed-role/signer/signer")


def test_a_bucket_that_is_not_there_is_told_to_everybody(cloud: LocalCloud) -> None:
    answer = requests.get("https://nobucket.s3.amazonaws.com/a")
    assert answer.status_code == 404
    assert "<Code>NoSuchBucket</Code>" in answer.text
    assert "<BucketName>nobucket</BucketName>" in answer.text


@pytest.mark.parametrize("name", ["Photos", "my_photos", "a..b", "192.168.0.1", "-photos"])
def test_a_bucket_has_a_name_that_s3_takes(cloud: LocalCloud, name: str) -> None:
    with pytest.raises(ClientError, match="InvalidBucketName"):
        cloud.client("s3").create_bucket(Bucket=name)


def test_a_presigned_put_stores(cloud: LocalCloud) -> None:
    params = {"Bucket": "files", "Key": "new", "ContentType": "text/plain"}
    url = presigner("s3v4").generate_presigned_url("put_object", Params=params)
    assert requests.put(url, data=b"x", timeout=5).status_code == 403
    headers = {"Content-Type": "text/plain"}
    assert requests.put(url, data=b"data", headers=headers, timeout=5).status_code == 200
    stored = cloud.client("s3").get_object(Bucket="files", Key="new")
    assert stored["Body"].read() == b"data"


def test_a_presigned_url_can_do_what_its_signer_may(cloud: LocalCloud) -> None:
    client = role_client(cloud, GET)
    allowed = client.generate_presigned_url("get_object", Params=OBJECT)
    denied = client.generate_presigned_url("get_object", Params={"Bucket": "files", "Key": "z"})
    assert requests.get(allowed, timeout=5).text == "hello"
    answer = requests.get(denied, timeout=5)
    assert answer.status_code == 403
    assert "not authorized to perform: s3:GetObject" in answer.text
    hop = cloud.trace.hops[-1]
    assert (hop.action, hop.status, hop.error) == ("s3:GetObject", 403, "AccessDenied")


def test_a_presigned_url_ends_with_its_signers_session(cloud: LocalCloud) -> None:
    url = role_client(cloud, GET).generate_presigned_url("get_object", Params=OBJECT)
    cloud.clock.advance(minutes=16)
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, "<Code>ExpiredToken</Code>" in answer.text) == (400, True)


@pytest.mark.parametrize("expires", ["0", "604801", "x"])
def test_an_impossible_expiry_is_refused(cloud: LocalCloud, expires: str) -> None:
    url = presigner("s3v4").generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    answer = requests.get(url.replace("Expires=60", f"Expires={expires}"), timeout=5)
    assert (answer.status_code, "between 1 and 604800" in answer.text) == (400, True)


def test_tls_can_be_demanded_by_the_bucket_policy(cloud: LocalCloud) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::files", "arn:aws:s3:::files/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    client = role_client(cloud, GET)
    url = client.generate_presigned_url("get_object", Params=OBJECT)
    plain = url.replace("https://", "http://", 1)
    assert requests.get(plain, timeout=5).status_code == 200
    cloud.client("s3").put_bucket_policy(
        Bucket="files", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    assert requests.get(url, timeout=5).status_code == 200
    answer = requests.get(plain, timeout=5)
    assert answer.status_code == 403
    assert "explicit deny" in answer.text


PUBLIC = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::files/*",
        },
    }
)


def test_a_new_bucket_is_closed_to_the_public_in_every_way(cloud: LocalCloud) -> None:
    admin = cloud.client("s3")
    assert code_of(admin.put_bucket_policy, Bucket="files", Policy=PUBLIC) == "AccessDenied"
    acl = {**OBJECT, "ACL": "public-read"}
    assert code_of(admin.put_object_acl, **acl) == "AccessControlListNotSupported"
    assert code_of(admin.put_object, **acl) == "AccessControlListNotSupported"
    admin.put_object(**OBJECT, ACL="bucket-owner-full-control")
    assert (
        requests.get("https://files.s3.amazonaws.com/a%20b/%C3%BC.txt", timeout=5).status_code
        == 403
    )


def configure(cloud: LocalCloud, **settings: bool) -> None:
    cloud.client("s3").put_public_access_block(
        Bucket="files", PublicAccessBlockConfiguration=settings or {"BlockPublicAcls": False}
    )


def test_restrict_public_buckets_takes_a_public_policys_grants_back(cloud: LocalCloud) -> None:
    configure(cloud)
    cloud.client("s3").put_bucket_policy(Bucket="files", Policy=PUBLIC)
    anonymous = cloud.client("s3", unsigned=True)
    assert anonymous.get_object(**OBJECT)["Body"].read() == b"hello"
    configure(cloud, RestrictPublicBuckets=True)
    assert code_of(anonymous.get_object, **OBJECT) == "AccessDenied"
    inside = role_client(cloud, {**GET, "Resource": "arn:aws:s3:::elsewhere/*"})
    assert inside.get_object(**OBJECT)["Body"].read() == b"hello"


def test_a_public_acl_grants_unless_it_is_ignored(cloud: LocalCloud) -> None:
    admin, anonymous = cloud.client("s3"), cloud.client("s3", unsigned=True)
    configure(cloud)
    admin.put_bucket_ownership_controls(
        Bucket="files", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    admin.put_object_acl(**OBJECT, ACL="public-read")
    assert anonymous.get_object(**OBJECT)["Body"].read() == b"hello"
    configure(cloud, IgnorePublicAcls=True)
    assert code_of(anonymous.get_object, **OBJECT) == "AccessDenied"
    configure(cloud, BlockPublicAcls=True)
    assert code_of(admin.put_object_acl, **OBJECT, ACL="public-read") == "AccessDenied"


def test_path_style_and_listing_over_http(cloud: LocalCloud) -> None:
    client = role_client(
        cloud, {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::files"}
    )
    url = client.generate_presigned_url("list_objects_v2", Params={"Bucket": "files"})
    assert "<Key>a%20b/%C3%BC.txt</Key>" in requests.get(url, timeout=5).text
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    url = boto3.client("s3", config=config).generate_presigned_url("get_object", Params=OBJECT)
    assert url.startswith("https://s3.amazonaws.com/files/")
    assert requests.get(url, timeout=5).text == "hello"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PATCH", "k?x=y", 405, "MethodNotAllowed"),
        ("POST", "k", 405, "MethodNotAllowed"),
        ("POST", "", 412, "PreconditionFailed"),
    ],
)
def test_what_s3_does_not_know_is_answered_as_s3_answers_it(
    cloud: LocalCloud, method: str, path: str, status: int, code: str
) -> None:
    url = f"https://files.s3.amazonaws.com/{path}"
    answer = requests.request(method, url, data=b"x", timeout=5)
    assert answer.status_code == status
    assert f"<Code>{code}</Code>" in answer.text


def test_sub_resources_are_served_to_whoever_signs(cloud: LocalCloud) -> None:
    assert requests.get("https://files.s3.amazonaws.com/?versioning", timeout=5).status_code == 403
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
    config = Config(signature_version="s3v4")
    signer = boto3.client("s3", config=config)
    url = signer.generate_presigned_url("get_bucket_versioning", Params={"Bucket": "files"})
    assert "<Status>Enabled</Status>" in requests.get(url, timeout=5).text


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("s3.amazonaws.com", None),
        ("s3.eu-west-1.amazonaws.com", None),
        ("my.bucket.s3.amazonaws.com", "my.bucket"),
        ("b-1.s3.eu-west-1.amazonaws.com", "b-1"),
        ("b-1.s3-eu-west-1.amazonaws.com", "b-1"),
        ("b-1.s3.dualstack.eu-west-1.amazonaws.com", "b-1"),
    ],
)
def test_hosts(host: str, bucket: str | None) -> None:
    matched = HOST.fullmatch(host)
    assert matched is not None
    assert matched["bucket"] == bucket


@pytest.mark.parametrize(
    "host", ["sqs.us-east-1.amazonaws.com", "s3.example.com", "xs3.amazonaws.com"]
)
def test_other_hosts(host: str) -> None:
    assert HOST.fullmatch(host) is None


def test_a_client_without_tls_is_seen_as_such(cloud: LocalCloud) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::files/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    cloud.client("s3").put_bucket_policy(
        Bucket="files", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    made = role_client(cloud, GET)._request_signer._credentials
    keys = {
        "aws_access_key_id": made.access_key,
        "aws_secret_access_key": made.secret_key,
        "aws_session_token": made.token,
    }
    assert boto3.client("s3", **keys).get_object(**OBJECT)["Body"].read() == b"hello"
    assert code_of(boto3.client("s3", use_ssl=False, **keys).get_object, **OBJECT) == "AccessDenied"
