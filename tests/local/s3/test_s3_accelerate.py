"""Transfer Acceleration: who may use the endpoint, and what distance costs with and without."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from archlib.errors import UsageError
from archlib.local import LocalCloud
from archlib.local.geography import client_in, place
from archlib.local.s3.accelerate import accelerated, direct

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.s3:S3Plane",
          "archlib.local.deploy:CloudFormation")  # fmt: skip
MEGABYTE = b"x" * 1_000_000


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        for name in ("quick", "slow", "has.dots"):
            cloud.client("s3").create_bucket(Bucket=name)
        set_to(cloud, "Enabled")
        yield cloud


def set_to(cloud: LocalCloud, status: str, bucket: str = "quick") -> None:
    cloud.client("s3").put_bucket_accelerate_configuration(
        Bucket=bucket, AccelerateConfiguration={"Status": status}
    )


def fast(**options: Any) -> Any:
    settings = {"use_accelerate_endpoint": True, **options}
    return boto3.client("s3", config=Config(signature_version="s3v4", s3=settings))


def refusal(call: Any, **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    response = refused.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], response["Error"]["Message"], status


def test_the_endpoint_serves_a_bucket_where_it_is_enabled(cloud: LocalCloud) -> None:
    fast().put_object(Bucket="quick", Key="a", Body=b"hello")
    assert fast().get_object(Bucket="quick", Key="a")["Body"].read() == b"hello"
    hop = cloud.trace.hops[-1]
    assert hop.detail["edge"] == "IAD89-C1"


def test_it_refuses_a_bucket_where_it_never_was_enabled(cloud: LocalCloud) -> None:
    assert refusal(fast().put_object, Bucket="slow", Key="a", Body=b"x") == (
        "InvalidRequest",
        "S3 Transfer Acceleration is not configured on this bucket",
        400,
    )
    assert cloud.client("s3").list_objects_v2(Bucket="slow")["KeyCount"] == 0


def test_it_refuses_a_bucket_where_it_is_suspended(cloud: LocalCloud) -> None:
    set_to(cloud, "Suspended")
    code, message, _ = refusal(fast().get_object, Bucket="quick", Key="a")
    assert (code, message) == (
        "InvalidRequest",
        "S3 Transfer Acceleration is disabled on this bucket",
    )
    cloud.client("s3").put_object(Bucket="quick", Key="a", Body=b"x")


def test_an_endpoint_url_counts_as_well_as_the_setting(cloud: LocalCloud) -> None:
    client = boto3.client("s3", endpoint_url="https://s3-accelerate.amazonaws.com")
    assert refusal(client.put_object, Bucket="slow", Key="a", Body=b"")[0] == "InvalidRequest"


def test_periods_in_the_name_are_refused(cloud: LocalCloud) -> None:
    params = {"Bucket": "has.dots", "AccelerateConfiguration": {"Status": "Enabled"}}
    code, message, _ = refusal(cloud.client("s3").put_bucket_accelerate_configuration, **params)
    assert (code, "periods (.)" in message) == ("InvalidRequest", True)
    answer = requests.get("https://has.dots.s3-accelerate.amazonaws.com/a", timeout=5)
    assert answer.status_code in {400, 403}


def test_buckets_are_not_made_through_it(cloud: LocalCloud) -> None:
    assert refusal(fast().create_bucket, Bucket="new")[0] == "MethodNotAllowed"
    assert "new" not in {b["Name"] for b in fast().list_buckets()["Buckets"]}


@pytest.mark.parametrize("dualstack", [False, True])
def test_presigned_uploads_reach_it_over_http(cloud: LocalCloud, dualstack: bool) -> None:
    client = fast(use_dualstack_endpoint=dualstack)
    url = client.generate_presigned_url("put_object", Params={"Bucket": "quick", "Key": "a"})
    host = f"quick.s3-accelerate.{'dualstack.' if dualstack else ''}amazonaws.com"
    assert url.startswith(f"https://{host}/a?")
    assert requests.put(url, data=b"hello", timeout=5).status_code == 200
    assert cloud.client("s3").get_object(Bucket="quick", Key="a")["Body"].read() == b"hello"


def test_presigned_uploads_to_other_buckets_are_refused(cloud: LocalCloud) -> None:
    url = fast().generate_presigned_url("put_object", Params={"Bucket": "slow", "Key": "a"})
    answer = requests.put(url, data=b"x", timeout=5)
    assert answer.status_code == 400
    assert "<Code>InvalidRequest</Code>" in answer.text
    assert "not configured on this bucket" in answer.text


def test_the_signature_is_checked_there_too(cloud: LocalCloud) -> None:
    url = fast().generate_presigned_url("put_object", Params={"Bucket": "quick", "Key": "a"})
    answer = requests.put(url.replace("/a?", "/b?"), data=b"x", timeout=5)
    assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)


def test_path_style_is_refused_there(cloud: LocalCloud) -> None:
    answer = requests.get("https://s3-accelerate.amazonaws.com/quick/a", timeout=5)
    assert answer.status_code == 400
    assert "virtual style" in answer.text


def upload(cloud: LocalCloud, client: Any, body: Any) -> float:
    client.put_object(Bucket="quick", Key="photo", Body=body)
    return cloud.trace.hops[-1].duration


def test_far_from_the_region_acceleration_pays_and_near_it_does_not(cloud: LocalCloud) -> None:
    with client_in("Sydney"):
        far, far_fast = upload(cloud, boto3.client("s3"), MEGABYTE), upload(cloud, fast(), MEGABYTE)
    with client_in("Ashburn"):
        near, near_fast = (
            upload(cloud, boto3.client("s3"), MEGABYTE),
            upload(cloud, fast(), MEGABYTE),
        )
    assert far > 2 * far_fast
    assert near_fast == pytest.approx(near, abs=0.005)
    assert far > near
    with client_in("Sydney"):
        assert upload(cloud, boto3.client("s3"), MEGABYTE) == pytest.approx(far)


def test_http_uploads_take_the_same_time_as_boto3s(cloud: LocalCloud) -> None:
    for make in (boto3.client, lambda *_, **__: fast()):
        client = make("s3", config=Config(signature_version="s3v4"))
        url = client.generate_presigned_url("put_object", Params={"Bucket": "quick", "Key": "p"})
        with client_in("Tokyo"):
            through_api = upload(cloud, client, MEGABYTE)
            requests.put(url, data=MEGABYTE, timeout=5)
            assert cloud.trace.hops[-1].duration == pytest.approx(through_api)


def test_downloads_and_file_uploads_count_their_bytes(cloud: LocalCloud) -> None:
    with client_in("London"):
        upload(cloud, boto3.client("s3"), io.BytesIO(MEGABYTE))
        assert cloud.trace.hops[-1].detail["bytes"] == 1_000_000
        fetched = boto3.client("s3").get_object(Bucket="quick", Key="photo")["Body"].read()
    assert fetched == MEGABYTE
    assert cloud.trace.hops[-1].detail["bytes"] == 1_000_000


def test_an_unplaced_client_takes_the_time_it_always_took(cloud: LocalCloud) -> None:
    assert upload(cloud, boto3.client("s3"), MEGABYTE) == pytest.approx(0.1)
    assert "transfer" not in cloud.trace.hops[-1].detail


@pytest.mark.parametrize("city", ["Sydney", "Sao Paulo", "Tokyo", "Johannesburg", "Mumbai"])
def test_the_gain_grows_with_the_size(city: str) -> None:
    client, region = place(city), place("us-east-1")
    gains = [direct(client, region, n) - accelerated(client, region, n) for n in (1, 10**6, 10**8)]
    assert gains == sorted(gains)
    assert gains[0] > 0


def test_nobody_stands_in_a_place_that_is_none() -> None:
    with pytest.raises(UsageError, match="Atlantis"), client_in("Atlantis"):
        pass


def test_cloudformation_enables_it(cloud: LocalCloud) -> None:
    template = """
Resources:
  Photos:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: photos
      AccelerateConfiguration: {AccelerationStatus: Enabled}
"""
    cloud.client("cloudformation").create_stack(StackName="s", TemplateBody=template)
    fast().put_object(Bucket="photos", Key="a", Body=b"x")
    off = template.replace("Enabled", "Suspended")
    cloud.client("cloudformation").update_stack(StackName="s", TemplateBody=off)
    assert "is disabled" in refusal(fast().get_object, Bucket="photos", Key="a")[1]
