"""Credentials that are no good, no longer good, or were never there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from archlib.errors import Unsupported
from archlib.local import LocalCloud

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.sts:SecurityTokens")

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)
EVERYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)

#: One harmless call of a service of every protocol.
CALLS = {
    "s3": "list_buckets",
    "dynamodb": "list_tables",
    "sns": "list_topics",
    "lambda": "list_functions",
    "ec2": "describe_vpcs",
    "sts": "get_caller_identity",
}


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


def role(cloud: LocalCloud, name: str = "app", path: str = "/") -> str:
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Path=path)
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=EVERYTHING)
    return str(made["Role"]["Arn"])


def assumed(cloud: LocalCloud, arn: str, **more: Any) -> dict[str, Any]:
    made = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="me", **more)
    return dict(made["Credentials"])


def client(service: str, keys: dict[str, Any], **changes: Any) -> Any:
    given = {**keys, **changes}
    return boto3.client(
        service,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given.get("SessionToken"),
    )


def refusal(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    said = refused.value.response
    return said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"]


def refusals(keys: dict[str, Any], **changes: Any) -> dict[str, tuple[str, int]]:
    return {
        service: refusal(getattr(client(service, keys, **changes), operation))
        for service, operation in CALLS.items()
    }


UNKNOWN = {
    "s3": ("InvalidAccessKeyId", 403),
    "dynamodb": ("UnrecognizedClientException", 400),
    "sns": ("InvalidClientTokenId", 403),
    "lambda": ("UnrecognizedClientException", 403),
    "ec2": ("AuthFailure", 401),
    "sts": ("InvalidClientTokenId", 403),
}


def test_expired_sessions_in_each_services_words(cloud: LocalCloud) -> None:
    keys = assumed(cloud, role(cloud), DurationSeconds=900)
    assert client("s3", keys).list_buckets()["Buckets"] == []
    cloud.clock.advance(seconds=901)
    assert refusals(keys) == {
        "s3": ("ExpiredToken", 400),
        "dynamodb": ("ExpiredTokenException", 400),
        "sns": ("ExpiredToken", 403),
        "lambda": ("ExpiredTokenException", 403),
        "ec2": ("RequestExpired", 400),
        "sts": ("ExpiredToken", 403),
    }


def test_a_temporary_key_needs_its_own_token(cloud: LocalCloud) -> None:
    keys = assumed(cloud, role(cloud))
    assert refusals(keys, SessionToken=None) == UNKNOWN
    assert refusals(keys, SessionToken="another") == UNKNOWN
    assert refusals({"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"}) == UNKNOWN


def test_a_session_ends_with_its_role_even_if_another_takes_its_name(cloud: LocalCloud) -> None:
    keys, iam = assumed(cloud, role(cloud)), cloud.client("iam")
    client("sts", keys).get_caller_identity()
    iam.delete_role_policy(RoleName="app", PolicyName="p")
    iam.delete_role(RoleName="app")
    assert refusals(keys) == UNKNOWN
    role(cloud)
    assert refusals(keys) == UNKNOWN


def test_a_users_keys(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="ana", Path="/staff/")
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=EVERYTHING)
    keys = iam.create_access_key(UserName="ana")["AccessKey"]
    session = client("sts", keys).get_session_token()["Credentials"]
    for good in (keys, session):
        arn = client("sts", good).get_caller_identity()["Arn"]
        assert arn == "arn:aws:iam::123456789012:user/staff/ana"
    assert refusals(keys, SessionToken="stray") == UNKNOWN
    change = {"UserName": "ana", "AccessKeyId": keys["AccessKeyId"]}
    iam.update_access_key(**change, Status="Inactive")
    assert refusals(keys) == UNKNOWN
    iam.update_access_key(**change, Status="Active")
    client("sts", keys).get_caller_identity()
    iam.delete_user_policy(UserName="ana", PolicyName="p")
    iam.delete_user(UserName="ana")
    assert refusals(keys) == UNKNOWN
    assert refusals(session) == UNKNOWN


def test_only_what_a_policy_may_open_to_strangers_judges_them(cloud: LocalCloud) -> None:
    nobody = Config(signature_version=UNSIGNED)
    found = {s: refusal(getattr(boto3.client(s, config=nobody), o)) for s, o in CALLS.items()}
    assert found == {
        "s3": ("AccessDenied", 403),
        "dynamodb": ("MissingAuthenticationTokenException", 400),
        "sns": ("AuthorizationError", 403),
        "lambda": ("MissingAuthenticationTokenException", 403),
        "ec2": ("MissingAuthenticationToken", 403),
        "sts": ("MissingAuthenticationToken", 403),
    }


def test_a_role_on_a_path_and_a_chain_of_roles(cloud: LocalCloud) -> None:
    first, second = role(cloud, "one", "/deep/er/"), role(cloud, "two")
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    given = cloud.identities.issue(first, "run", source=function)
    sts = cloud.client("sts", credentials=given)
    assert sts.get_caller_identity()["Arn"].endswith(":assumed-role/one/run")
    keys = sts.assume_role(RoleArn=second, RoleSessionName="next")["Credentials"]
    assert client("sts", keys).get_caller_identity()["Arn"].endswith(":assumed-role/two/next")
    assert cloud.trace.hops[-1].source == function
    longer = {"RoleArn": second, "RoleSessionName": "next", "DurationSeconds": 7200}
    assert refusal(sts.assume_role, **longer) == ("ValidationError", 400)


def test_a_role_that_cannot_be_assumed(cloud: LocalCloud) -> None:
    sts, iam = cloud.client("sts"), cloud.client("iam")
    nobody = "arn:aws:iam::123456789012:role/nobody"
    me = {"RoleSessionName": "me"}
    assert refusal(sts.assume_role, RoleArn=nobody, **me) == ("AccessDenied", 403)
    two_hours = {"RoleArn": role(cloud), "DurationSeconds": 7200, **me}
    assert refusal(sts.assume_role, **two_hours) == ("ValidationError", 400)
    iam.update_role(RoleName="app", MaxSessionDuration=7200)
    sts.assume_role(**two_hours)
    assert refusal(sts.assume_role, **{**two_hours, "Policy": "{bad"}) == (
        "MalformedPolicyDocument", 400,
    )  # fmt: skip


def test_credentials_that_nobody_would_know_are_not_handed_out(cloud: LocalCloud) -> None:
    with pytest.raises(Unsupported, match="sts:GetFederationToken"):
        cloud.client("sts").get_federation_token(Name="bob")


def test_what_a_client_refuses_to_send_is_no_hop(cloud: LocalCloud) -> None:
    began = cloud.clock.time()
    with pytest.raises(ParamValidationError):
        cloud.client("sts").assume_role(RoleArn="x", RoleSessionName="y")
    with pytest.raises(ParamValidationError):
        cloud.client("dynamodb").describe_table(Table="x")
    assert (cloud.trace.hops, cloud.clock.time()) == ((), began)
