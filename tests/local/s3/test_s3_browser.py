"""S3 as a browser meets it: forms with policies, cross-origin questions, S3's own errors."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from archlib.local import LocalCloud
from archlib.local.identity import ADMIN_KEY, LOCAL_SECRET
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.cors import Rule, matching
from archlib.local.s3.post_policy import Policy

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.sts:SecurityTokens",
          "archlib.local.s3:S3Plane")  # fmt: skip
PAGE = "https://app.example.com"


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        admin = cloud.client("s3")
        admin.create_bucket(Bucket="files")
        admin.create_bucket(
            Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield cloud


def signer(version: str = "s3v4") -> Any:
    return boto3.client("s3", config=Config(signature_version=version))


def posted(made: dict[str, Any], content: bytes = b"hello", **changes: str) -> requests.Response:
    fields = {**made["fields"], **changes}
    return requests.post(
        made["url"], data=fields, files={"file": ("a b.txt", content)}, timeout=5,
        allow_redirects=False,
    )  # fmt: skip


def said(answer: requests.Response) -> dict[str, str | None]:
    return {element.tag: element.text for element in ElementTree.fromstring(answer.content)}


def refused(answer: requests.Response) -> tuple[int, str | None, str | None]:
    told = said(answer)
    return answer.status_code, told["Code"], told["Message"]


CONDITIONS = [["starts-with", "$Content-Type", "text/"], ["content-length-range", 1, 10]]


def form(version: str = "s3v4", **fields: str) -> dict[str, Any]:
    made: dict[str, Any] = signer(version).generate_presigned_post(
        "files",
        "up/${filename}",
        Fields={"Content-Type": "text/plain", **fields},
        Conditions=[*CONDITIONS, *({name: value} for name, value in fields.items())],
        ExpiresIn=60,
    )
    return made


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_uploads_what_its_policy_allows(cloud: LocalCloud, version: str) -> None:
    answer = posted(form(version, **{"x-amz-meta-by": "me"}), b"\r\nhi\r\n")
    assert (answer.status_code, answer.content) == (204, b"")
    stored = cloud.client("s3").get_object(Bucket="files", Key="up/a b.txt")
    assert stored["Body"].read() == b"\r\nhi\r\n"
    assert (stored["ContentType"], stored["Metadata"]) == ("text/plain", {"by": "me"})
    hop = [h for h in cloud.trace.hops if h.status == 204 or h.action == "s3:PutObject"][-1]
    assert hop.principal == cloud.administrator


@pytest.mark.parametrize(
    ("changes", "status", "code", "message"),
    [
        ({"key": "elsewhere"}, 403, "AccessDenied",
         'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "up/"]'),
        ({"Content-Type": "image/png"}, 403, "AccessDenied",
         "Invalid according to Policy: Policy Condition failed: "
         '["starts-with", "$content-type", "text/"]'),
        ({"x-amz-meta-more": "x"}, 403, "AccessDenied",
         "Invalid according to Policy: Extra input fields: x-amz-meta-more"),
        ({"policy": "bm8="}, 403, "SignatureDoesNotMatch", None),
        ({"x-amz-credential": "AKIANOBODY/20260105/us-east-1/s3/aws4_request"}, 403,
         "InvalidAccessKeyId", None),
    ],
    ids=["key", "type", "extra", "policy", "credential"],
)  # fmt: skip
def test_a_form_that_breaks_its_policy_is_refused(
    cloud: LocalCloud, changes: dict[str, str], status: int, code: str, message: str | None
) -> None:
    found = refused(posted(form(), **changes))
    assert found[:2] == (status, code)
    assert message is None or found[2] == message
    assert "Contents" not in cloud.client("s3").list_objects_v2(Bucket="files")


def test_the_files_length_is_bounded(cloud: LocalCloud) -> None:
    large, small = posted(form(), b"x" * 11), posted(form(), b"")
    assert refused(large)[:2] == (400, "EntityTooLarge")
    assert (said(large)["ProposedSize"], said(large)["MaxSizeAllowed"]) == ("11", "10")
    assert refused(small)[:2] == (400, "EntityTooSmall")


def test_a_policy_expires(cloud: LocalCloud) -> None:
    made = form()
    cloud.clock.advance(seconds=60)
    assert refused(posted(made)) == (
        403, "AccessDenied", "Invalid according to Policy: Policy expired.",
    )  # fmt: skip


def test_success_is_told_as_the_form_asks(cloud: LocalCloud) -> None:
    made = posted(form(success_action_status="201"))
    assert (made.status_code, said(made)["Key"], said(made)["Bucket"]) == (
        201, "up/a b.txt", "files",
    )  # fmt: skip
    moved = posted(form(success_action_redirect=f"{PAGE}/done"))
    assert moved.status_code == 303
    assert moved.headers["Location"].startswith(f"{PAGE}/done?bucket=files&key=up%2Fa+b.txt&etag=")


def test_a_form_without_a_policy_is_a_strangers(cloud: LocalCloud) -> None:
    answer = requests.post(
        "https://files.s3.amazonaws.com/", data={"key": "k"}, files={"file": b"x"}, timeout=5
    )
    assert refused(answer)[:2] == (403, "AccessDenied")


def test_forms_that_are_no_uploads(cloud: LocalCloud) -> None:
    url = "https://files.s3.amazonaws.com/"
    no_key = requests.post(url, files={"file": b"x"}, timeout=5)
    assert (no_key.status_code, said(no_key)["ArgumentName"]) == (400, "key")
    no_file = requests.post(url, files={"key": (None, "k")}, timeout=5)
    assert (no_file.status_code, said(no_file)["ArgumentName"]) == (400, "file")


def policy(*conditions: Any, expiration: str = "2026-01-05T10:00:00.000Z") -> str:
    document = {"expiration": expiration, "conditions": list(conditions)}
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    "encoded",
    ["!", base64.b64encode(b"{").decode(), base64.b64encode(b'{"conditions": []}').decode(),
     policy(["eq", "key", "x"]), policy(["like", "$key", "x"]), policy("x"),
     policy(["content-length-range", "a", 1]), policy(expiration="soon")],
)  # fmt: skip
def test_a_malformed_policy_is_refused(encoded: str) -> None:
    with pytest.raises(ApiRefusal, match="InvalidPolicyDocument"):
        Policy.read(encoded)


@given(prefix=st.text("ab/", max_size=3), key=st.text("ab/", min_size=1, max_size=4))
def test_starts_with_means_what_it_says(prefix: str, key: str) -> None:
    read = Policy.read(policy(["starts-with", "$key", prefix]))
    try:
        read.check({"key": key}, 0, read.expiration.replace(hour=9))
        allowed = True
    except ApiRefusal:
        allowed = False
    assert allowed == key.startswith(prefix)


# -- cross-origin requests ----------------------------------------------------------------------


RULES = [
    {"AllowedMethods": ["PUT"], "AllowedOrigins": [PAGE], "AllowedHeaders": ["x-amz-*"],
     "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 30},
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]},
]  # fmt: skip


def ask(method: str, origin: str = PAGE, headers: str = "") -> requests.Response:
    given = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        given["Access-Control-Request-Headers"] = headers
    return requests.options("https://files.s3.amazonaws.com/k", headers=given, timeout=5)


def test_a_preflight_is_answered_by_the_buckets_rules(cloud: LocalCloud) -> None:
    assert refused(ask("PUT"))[1:] == (
        "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.",
    )  # fmt: skip
    cloud.client("s3").put_bucket_cors(Bucket="files", CORSConfiguration={"CORSRules": RULES})
    allowed = ask("PUT", headers="X-Amz-Date, x-amz-acl")
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert allowed.headers["Access-Control-Allow-Headers"] == "x-amz-date, x-amz-acl"
    assert allowed.headers["Access-Control-Max-Age"] == "30"
    for wrong in (ask("PUT", headers="x-other"), ask("PUT", "https://evil.example"), ask("DELETE")):
        assert refused(wrong)[:2] == (403, "AccessForbidden")
    assert ask("GET", "https://evil.example").headers["Access-Control-Allow-Origin"] == "*"
    assert not [hop for hop in cloud.trace.hops if hop.action == "s3:Request"]


def test_an_answer_says_who_may_read_it(cloud: LocalCloud) -> None:
    cloud.client("s3").put_bucket_cors(Bucket="files", CORSConfiguration={"CORSRules": RULES})
    url = signer().generate_presigned_url("put_object", Params={"Bucket": "files", "Key": "k"})
    put = requests.put(url, data=b"x", headers={"Origin": PAGE}, timeout=5)
    assert put.headers["Access-Control-Allow-Origin"] == PAGE
    assert put.headers["Access-Control-Expose-Headers"] == "ETag"
    plain = requests.put(url, data=b"x", timeout=5)
    assert "Access-Control-Allow-Origin" not in plain.headers
    denied = requests.get("https://files.s3.amazonaws.com/k", headers={"Origin": PAGE}, timeout=5)
    assert (denied.status_code, denied.headers["Access-Control-Allow-Origin"]) == (403, "*")


def test_the_first_rule_that_matches_decides() -> None:
    one, two = Rule(("GET",), ("https://*.example.com",), ("x-*",)), Rule(("GET", "PUT"), ("*",))
    assert matching([one, two], "https://a.example.com", "GET", ["X-Y"]) is one
    assert matching([one, two], "https://a.example.com", "GET", ["y"]) is None
    assert matching([one, two], "https://a.example.org", "PUT") is two
    assert matching([one, two], "https://a.example.org", "POST") is None


# -- bodies, regions, errors --------------------------------------------------------------------


def signed(
    method: str, url: str, body: bytes, trailing: bool = False, **headers: str
) -> requests.Request:
    request = AWSRequest(
        method, url, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    if trailing:
        request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    key = boto3.DEFAULT_SESSION.get_credentials()  # type: ignore[union-attr]
    S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
    return requests.Request(method, url, data=body, headers=dict(request.headers.items()))


def sent(request: requests.Request, body: bytes | None = None) -> requests.Response:
    prepared = request.prepare()
    if body is not None:
        prepared.body = body
    with requests.Session() as session:
        return session.send(prepared, timeout=5)


URL = "https://files.s3.us-east-1.amazonaws.com/k"


def test_a_body_that_is_not_the_signed_one_is_refused(cloud: LocalCloud) -> None:
    request = signed("PUT", URL, b"hello")
    assert sent(request).status_code == 200
    answer = sent(request, b"other")
    assert refused(answer)[:2] == (400, "XAmzContentSHA256Mismatch")
    assert said(answer)["S3ComputedContentSHA256"] == hashlib.sha256(b"other").hexdigest()
    stored = cloud.client("s3").get_object(Bucket="files", Key="k")
    assert stored["Body"].read() == b"hello"


def test_chunks_with_a_trailing_checksum_are_joined(cloud: LocalCloud) -> None:
    body = b"5\r\nhello\r\n3\r\n\r\n!\r\n0\r\nx-amz-checksum-crc32:QU3emg==\r\n\r\n"
    request = signed(
        "PUT", URL, body, trailing=True, Content_Encoding="aws-chunked",
        X_Amz_Trailer="x-amz-checksum-crc32", X_Amz_Decoded_Content_Length="8",
    )  # fmt: skip
    assert sent(request).status_code == 200
    stored = cloud.client("s3").get_object(Bucket="files", Key="k")
    assert stored["Body"].read() == b"hello\r\n!"
    assert stored.get("ContentEncoding") is None
    assert refused(sent(request, body[:12]))[:2] == (400, "IncompleteBody")
    assert refused(sent(request, body.replace(b"!", b"?")))[:2] == (400, "BadDigest")


def signed_in_chunks(*pieces: bytes, trailer: str = "") -> tuple[requests.Request, bytes]:
    """A PUT whose chunks are signed one by one, as some SDKs send it over HTTP."""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": str(sum(len(piece) for piece in pieces)),
    }
    made = AWSRequest("PUT", URL, headers=headers, data=b"")

    class Streaming(S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return kind

    signer = Streaming(Credentials(ADMIN_KEY, LOCAL_SECRET), "s3", "us-east-1")
    signer.add_auth(made)
    timestamp = made.headers["X-Amz-Date"]
    scope = f"{timestamp[:8]}/us-east-1/s3/aws4_request"
    previous = made.headers["Authorization"].rpartition("Signature=")[2]

    def sign(label: str, *digests: str) -> str:
        text = "\n".join((f"AWS4-HMAC-SHA256-{label}", timestamp, scope, previous, *digests))
        return signer.signature(text, made)

    body, empty = b"", hashlib.sha256(b"").hexdigest()
    for piece in (*pieces, b""):
        previous = sign("PAYLOAD", empty, hashlib.sha256(piece).hexdigest())
        body += f"{len(piece):x};chunk-signature={previous}\r\n".encode() + piece
        body += b"\r\n" if piece else b""
    if trailer:
        seal = sign("TRAILER", hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
        body += f"{trailer}\r\nx-amz-trailer-signature:{seal}\r\n".encode()
    return requests.Request("PUT", URL, headers=dict(made.headers.items())), body + b"\r\n"


@pytest.mark.parametrize("trailer", ["", "x-amz-checksum-crc32:%s"])
def test_chunks_that_are_signed_one_by_one(cloud: LocalCloud, trailer: str) -> None:
    crc = base64.b64encode(zlib.crc32(b"hello you").to_bytes(4, "big")).decode()
    request, body = signed_in_chunks(b"hello ", b"you", trailer=trailer and trailer % crc)
    assert sent(request, body).status_code == 200
    stored = cloud.client("s3").get_object(Bucket="files", Key="k")
    assert stored["Body"].read() == b"hello you"
    answer = sent(request, body.replace(b"you", b"me!"))
    assert refused(answer)[:2] == (403, "SignatureDoesNotMatch")
    if trailer:
        answer = sent(request, body.replace(b"trailer-signature:", b"trailer-signature:0"))
        assert refused(answer)[:2] == (403, "SignatureDoesNotMatch")


def test_signed_chunks_without_a_signature_are_refused(cloud: LocalCloud) -> None:
    answer = requests.put(
        URL, data=b"0\r\n\r\n", timeout=5,
        headers={"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
    )  # fmt: skip
    assert refused(answer)[:2] == (403, "AccessDenied")


def test_another_regions_signature_and_endpoint(cloud: LocalCloud) -> None:
    where = {"Bucket": "far", "Key": "k"}
    wrong = requests.get(signer().generate_presigned_url("get_object", Params=where), timeout=5)
    assert refused(wrong) == (
        400, "AuthorizationQueryParametersError",
        "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting "
        "'eu-west-1'",
    )  # fmt: skip
    assert wrong.headers["x-amz-bucket-region"] == "eu-west-1"
    moved = requests.get("https://far.s3.us-west-2.amazonaws.com/k", timeout=5)
    assert refused(moved)[:2] == (301, "PermanentRedirect")
    assert said(moved)["Endpoint"] == "far.s3.eu-west-1.amazonaws.com"
    near = boto3.client("s3", region_name="eu-west-1", config=Config(signature_version="s3v4"))
    near.put_object(**where, Body=b"x")
    url = near.generate_presigned_url("get_object", Params=where)
    assert requests.get(url, timeout=5).content == b"x"


def test_an_error_says_what_s3s_own_says(cloud: LocalCloud) -> None:
    url = signer().generate_presigned_url(
        "get_object", Params={"Bucket": "files", "Key": "k"}, ExpiresIn=60
    )
    cloud.clock.advance(seconds=61)
    answer = requests.get(url, timeout=5)
    assert list(said(answer)) == [
        "Code", "Message", "X-Amz-Expires", "Expires", "ServerTime", "RequestId", "HostId",
    ]  # fmt: skip
    assert said(answer)["Expires"] == "2026-01-05T09:01:00Z"
    assert answer.headers["x-amz-request-id"] == said(answer)["RequestId"]
