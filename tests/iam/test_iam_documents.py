"""Malformed policy documents are refused with the place of the mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.local.iam import PolicyError, is_public, parse_policy
from archlib.local.iam.document import PolicyKind

GOOD: dict[str, Any] = {"Sid": "One", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def statement(**changes: Any) -> str:
    made = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [made]})


PLACE = "Statement[0] (Sid One)"


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"Effect": "allow"}, "Effect", "Allow or Deny"),
        ({"Effect": None}, "Effect", "Allow or Deny"),
        ({"Action": None}, "Action", "needs Action"),
        ({"Action": "GetObject"}, "Action", "'GetObject' is not an action"),
        ({"Action": []}, "Action", "non-empty"),
        ({"Action": [3]}, "Action", "non-empty"),
        ({"NotAction": "s3:*"}, "NotAction", "exclude each other"),
        ({"Resource": None}, "Resource", "needs Resource"),
        ({"Resource": "bucket/*"}, "Resource", "not an ARN"),
        ({"Resource": "arn:aws:s3:::b/${aws:username"}, None, None),
        ({"Resource": "arn:aws:s3:::b/${}"}, "Resource", "not a policy variable"),
        ({"Resource": "arn:aws:s3:::b/${a, b}"}, "Resource", "not a policy variable"),
        ({"Resource": "arn:aws:sqs:${aws:Region}:1:q"}, "Resource", "before its fifth colon"),
        ({"Principal": "*"}, "Principal", "cannot name a principal"),
        ({"Principle": "*"}, "Principle", "unknown element 'Principle'"),
        ({"Condition": []}, "Condition", "must map operators"),
        ({"Condition": {"StringEqual": {"a": "b"}}}, "Condition.StringEqual", "unknown condition"),
        ({"Condition": {"StringEquals": "x"}}, "Condition.StringEquals", "must map condition keys"),
        (
            {"Condition": {"NumericEquals": {"s3:max-keys": "ten"}}},
            "Condition.NumericEquals.s3:max-keys",
            "must be a number",
        ),
        (
            {"Condition": {"NumericEquals": {"s3:max-keys": "${aws:username}"}}},
            "Condition.NumericEquals.s3:max-keys",
            "must be a number",
        ),
        (
            {"Condition": {"DateLessThan": {"aws:CurrentTime": "soon"}}},
            "Condition.DateLessThan.aws:CurrentTime",
            "ISO 8601",
        ),
        (
            {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}},
            "Condition.IpAddress.aws:SourceIp",
            "10.0.0.0/33",
        ),
        ({"Condition": {"Bool": {"a": "yes"}}}, "Condition.Bool.a", "true or false"),
        ({"Condition": {"NullIfExists": {"a": "true"}}}, "Condition.NullIfExists", "IfExists"),
        ({"Condition": {"Null": {"a": "maybe"}}}, "Condition.Null.a", "true or false"),
        ({"Condition": {"BinaryEquals": {"a": "!"}}}, "Condition.BinaryEquals.a", "base64"),
        ({"Condition": {"StringEquals": {"a": {}}}}, "Condition.StringEquals.a", "must be text"),
    ],
)
def test_a_mistake_in_a_statement_is_placed(
    changes: dict[str, Any], where: str | None, says: str | None
) -> None:
    if where is None:
        parse_policy(statement(**changes))  # an unclosed ${ is ordinary text
        return
    with pytest.raises(PolicyError, match=says and says.replace("(", r"\(")) as caught:
        parse_policy(statement(**changes))
    assert caught.value.where == f"{PLACE}.{where}"


@pytest.mark.parametrize(
    ("principal", "where"),
    [
        ({"AWS": "arn:aws:iam::111122223333:role/*"}, "Principal.AWS"),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/Worker/*"}, "Principal.AWS"),
        ({"AWS": "ann"}, "Principal.AWS"),
        ({"AWS": "arn:aws:iam::111122223333:group/g"}, "Principal.AWS"),
        ({"Service": "lambda"}, "Principal.Service"),
        ({"Everyone": "*"}, "Principal"),
        ({"AWS": []}, "Principal.AWS"),
        ("ann", "Principal"),
        ({}, "Principal"),
    ],
)
def test_a_mistaken_principal_is_placed(principal: Any, where: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(statement(Principal=principal), "resource")
    assert caught.value.where == f"{PLACE}.{where}"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "line 1, column 2"),
        ("[]", None),
        ('{"Version": "2012-10-17"}', "Statement"),
        ('{"Version": "2020-01-01", "Statement": []}', "Version"),
        ('{"Statements": []}', "Statements"),
        ('{"Statement": ["x"]}', "Statement[0]"),
        ('{"Statement": [], "Statement": []}', None),
    ],
)
def test_a_mistake_in_the_document_is_placed(text: str, where: str | None) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    assert caught.value.where == where


def test_the_second_statement_is_named_by_its_index() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [GOOD, {**GOOD, "Sid": "One"}]})
    with pytest.raises(PolicyError, match="'One' is used twice"):
        parse_policy(text)
    bad = {**GOOD, "Sid": "", "Effect": "Maybe"}
    with pytest.raises(PolicyError, match=r"Statement\[1\]\.Effect"):
        parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [GOOD, bad]}))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("resource", {"Principal": None}),
        ("trust", {"Principal": {"AWS": "111122223333"}}),
    ],
)
def test_what_a_statement_must_name_depends_on_where_it_is(
    kind: PolicyKind, changes: dict[str, Any]
) -> None:
    with pytest.raises(PolicyError):
        parse_policy(statement(**changes), kind)


def test_documents_are_compiled_once() -> None:
    assert parse_policy(statement()) is parse_policy(statement())


def bucket(**changes: Any) -> str:
    made = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::b/*",
        **changes,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [made]})


@pytest.mark.parametrize(
    ("changes", "public"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"Federated": "graph.facebook.com"}}, True),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Principal": {"Service": "cloudtrail.amazonaws.com"}}, False),
        ({"Principal": {"AWS": ["111122223333", "*"]}}, True),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}, False),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-91237329"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}}, True),
        ({"Condition": {"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}, True),
        ({"Condition": {"ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "${aws:username}"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "2000::/3"}}}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"StringLike": {"aws:userid": "AROAEXAMPLEID12345:*"}}}, False),
        ({"Condition": {"StringLike": {"aws:userid": "AROA*"}}}, True),
        (
            {
                "Condition": {
                    "ArnLike": {
                        "s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*"
                    }
                }
            },
            False,
        ),
        (
            {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:t"}}},
            True,
        ),
        (
            {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:1:t"}}},
            False,
        ),
    ],
)
def test_the_meaning_of_public(changes: dict[str, Any], public: bool) -> None:
    assert is_public(bucket(**changes)) is public


def test_one_public_statement_makes_the_policy_public() -> None:
    fixed = json.loads(bucket(Principal={"AWS": "111122223333"}))
    fixed["Statement"] += json.loads(bucket())["Statement"]
    assert is_public(json.dumps(fixed))
