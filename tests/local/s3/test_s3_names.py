"""Buckets' names: the rules, and the stack that breaks one."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from archlib.errors import DeploymentError
from archlib.local import LocalCloud
from archlib.local.s3.names import broken_rule
from archlib.template import Template


@pytest.mark.parametrize(
    "name", ["abc", "a-b.c", "1a2", "x" * 63, "my.example.com", "192.168.0.1a", "xnabc", "s3alias"]
)
def test_a_good_name_breaks_no_rule(name: str) -> None:
    assert broken_rule(name) is None


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ab", "between 3 and 63"),
        ("x" * 64, "between 3 and 63"),
        ("Photos", "uppercase"),
        ("my_photos", "lowercase letters, numbers"),
        ("my photos", "lowercase letters, numbers"),
        ("-photos", "begin and end"),
        ("photos.", "begin and end"),
        ("my..photos", "adjacent periods"),
        ("192.168.0.1", "IP Address"),
        ("xn--photos", "reserved prefix"),
        ("amzn-s3-demo-x", "reserved prefix"),
        ("photos-s3alias", "reserved suffix"),
        ("photos--x-s3", "reserved suffix"),
    ],
)
def test_a_bad_name_breaks_a_rule(name: str, rule: str) -> None:
    assert rule in str(broken_rule(name))


def test_a_stack_named_in_capitals_has_no_buckets_named_after_it() -> None:
    template = Template.parse(
        "Resources: {Photos: {Type: AWS::S3::Bucket, Properties: "
        "{BucketName: !Sub '${AWS::StackName}-photos'}}}"
    )
    with LocalCloud() as cloud:
        with pytest.raises(DeploymentError, match="Bucket name should not contain uppercase"):
            cloud.deploy(template, stack_name="BLOG")
        assert cloud.deploy(template, stack_name="blog").resources["Photos"].physical_id == (
            "blog-photos"
        )


def test_keys_have_1024_bytes_at_most() -> None:
    with LocalCloud() as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="files")
        s3.put_object(Bucket="files", Key="ü" * 512, Body=b"x")
        for call in (s3.put_object, s3.get_object):
            with pytest.raises(ClientError, match="KeyTooLongError"):
                call(Bucket="files", Key="ü" * 512 + "x")
