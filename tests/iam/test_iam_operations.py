"""The operation tables, against botocore's models and by example."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from archlib.errors import Unsupported
from archlib.local.iam.authorization import Authorization, Call
from archlib.local.iam.operations import TABLES, UNIFORM, authorizations
from archlib.local.iam.operations.apigateway import request_path
from archlib.local.iam.operations.dynamodb_attributes import attributes
from archlib.local.iam.operations.execute_api import invoke_arn

ACCOUNT = "123456789012"
SQS = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs"


class Facts:
    """A small deployed world."""

    def partition_key(self, table_arn: str, index: str | None) -> str | None:
        return "state" if index else "owner"

    def object_exists(self, bucket: str, key: str) -> bool | None:
        return key != "missing"

    def object_tags(self, bucket: str, key: str) -> Mapping[str, str]:
        return {"class": "secret"} if key == "tagged" else {}

    def iam_arn(self, kind: str, name: str) -> str | None:
        return f"arn:aws:iam::{ACCOUNT}:{kind}/app/{name}" if name != "new" else None

    def key_arn(self, key_id: str) -> str | None:
        return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k1"

    def key_of_ciphertext(self, blob: bytes) -> str | None:
        return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k2" if blob else None

    def key_of_grant_token(self, token: str) -> str | None:
        return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k3"

    def grant_of_token(self, token: str) -> str | None:
        return "g1"

    def secret_arn(self, secret_id: str) -> str | None:
        return f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{secret_id}-AbCdEf"

    def mail_identity(self, address: str) -> str | None:
        return "example.com" if address.endswith("example.com") else None


@cache
def model(service: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(service)


def needs(service: str, operation: str, **params: Any) -> list[Authorization]:
    shape = model(service).operation_model(operation)
    call = Call(
        service,
        operation,
        params,
        "us-east-1",
        ACCOUNT,
        Facts(),
        (shape.http["method"], request_path(shape, params)),
        f"arn:aws:iam::{ACCOUNT}:user/me",
    )
    return list(authorizations(call))


def pairs(service: str, operation: str, **params: Any) -> list[tuple[str, str]]:
    return [(one.action, one.resource) for one in needs(service, operation, **params)]


@pytest.mark.parametrize("service", [*TABLES, *UNIFORM])
def test_every_operation_in_a_table_exists(service: str) -> None:
    unknown = set(TABLES.get(service, {})) - set(model(service).operation_names)
    assert not unknown


def test_public_operations_are_those_that_need_no_signature() -> None:
    for service in ("cognito-idp", "cognito-identity", "sts"):
        for operation in TABLES[service]:
            shape = model(service).operation_model(operation)
            if shape.auth_type == "none":
                assert needs(service, operation) == [], operation


def test_an_operation_in_no_table_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="ec2:RunInstances"):
        needs("ec2", "RunInstances")


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


TABLE = arn("dynamodb", "table/t")
KEY = {"owner": {"S": "u1"}, "id": {"N": "1"}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"

EXAMPLES: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("dynamodb", "GetItem", {"TableName": "t", "Key": KEY}, [("dynamodb:GetItem", TABLE)]),
    ("dynamodb", "GetItem", {"TableName": TABLE, "Key": KEY}, [("dynamodb:GetItem", TABLE)]),
    (
        "dynamodb",
        "Scan",
        {"TableName": "t", "IndexName": "i"},
        [("dynamodb:Scan", f"{TABLE}/index/i")],
    ),
    ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", "*")]),
    (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {"t": {"Keys": [KEY]}, "u": {"Keys": [KEY]}}},
        [("dynamodb:BatchGetItem", TABLE), ("dynamodb:BatchGetItem", arn("dynamodb", "table/u"))],
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {
            "TransactItems": [
                {"ConditionCheck": {"TableName": "t", "Key": KEY, "ConditionExpression": "a"}},
                {"Update": {"TableName": "u", "Key": KEY, "UpdateExpression": "SET a = :a"}},
            ]
        },
        [
            ("dynamodb:ConditionCheckItem", TABLE),
            ("dynamodb:UpdateItem", arn("dynamodb", "table/u")),
        ],
    ),
    (
        "dynamodbstreams",
        "GetRecords",
        {"ShardIterator": f"{TABLE}/stream/x|1|abc"},
        [("dynamodb:GetRecords", f"{TABLE}/stream/x")],
    ),
    ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
    (
        "s3",
        "GetObject",
        {"Bucket": "b", "Key": "missing"},
        [("s3:GetObject", "arn:aws:s3:::b/missing"), ("s3:ListBucket", "arn:aws:s3:::b")],
    ),
    (
        "s3",
        "GetObject",
        {"Bucket": "b", "Key": "k", "VersionId": "1"},
        [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
    ),
    (
        "s3",
        "GetObject",
        {"Bucket": "b", "Key": "missing", "VersionId": "1"},
        [("s3:GetObjectVersion", "arn:aws:s3:::b/missing")],
    ),
    ("s3", "HeadBucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
    (
        "s3",
        "CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "/c/x%20y"},
        [("s3:GetObject", "arn:aws:s3:::c/x y"), ("s3:PutObject", "arn:aws:s3:::b/k")],
    ),
    (
        "s3",
        "CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "c", "Key": "tagged"}},
        [
            ("s3:GetObject", "arn:aws:s3:::c/tagged"),
            ("s3:GetObjectTagging", "arn:aws:s3:::c/tagged"),
            ("s3:PutObject", "arn:aws:s3:::b/k"),
        ],
    ),
    (
        "s3",
        "PutObject",
        {"Bucket": "b", "Key": "k", "ACL": "public-read", "Tagging": "a=1"},
        [
            ("s3:PutObject", "arn:aws:s3:::b/k"),
            ("s3:PutObjectAcl", "arn:aws:s3:::b/k"),
            ("s3:PutObjectTagging", "arn:aws:s3:::b/k"),
        ],
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "1"}]}},
        [("s3:DeleteObject", "arn:aws:s3:::b/x"), ("s3:DeleteObjectVersion", "arn:aws:s3:::b/y")],
    ),
    (
        "s3",
        "DeletePublicAccessBlock",
        {"Bucket": "b"},
        [("s3:PutBucketPublicAccessBlock", "arn:aws:s3:::b")],
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "f"},
        [("lambda:InvokeFunction", arn("lambda", "function:f"))],
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "f", "Qualifier": "live"},
        [("lambda:InvokeFunction", arn("lambda", "function:f:live"))],
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": f"{ACCOUNT}:function:f"},
        [("lambda:InvokeFunction", arn("lambda", "function:f"))],
    ),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": ROLE, "Layers": [arn("lambda", "layer:l:1")]},
        [
            ("lambda:CreateFunction", arn("lambda", "function:f")),
            ("iam:PassRole", ROLE),
            ("lambda:GetLayerVersion", arn("lambda", "layer:l:1")),
        ],
    ),
    ("lambda", "ListFunctions", {}, [("lambda:ListFunctions", "*")]),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": ROLE, "RoleSessionName": "me", "Tags": [{"Key": "a", "Value": "b"}]},
        [("sts:AssumeRole", ROLE), ("sts:TagSession", ROLE)],
    ),
    (
        "logs",
        "PutLogEvents",
        {"logGroupName": "/aws/lambda/f", "logStreamName": "s"},
        [("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/f:log-stream:s"))],
    ),
    (
        "logs",
        "CreateLogGroup",
        {"logGroupName": "/aws/lambda/f"},
        [("logs:CreateLogGroup", arn("logs", "log-group:/aws/lambda/f:log-stream:"))],
    ),
    (
        "cognito-idp",
        "AdminCreateUser",
        {"UserPoolId": "us-east-1_1", "Username": "u"},
        [("cognito-idp:AdminCreateUser", arn("cognito-idp", "userpool/us-east-1_1"))],
    ),
    ("cognito-idp", "SignUp", {"ClientId": "c"}, []),
    ("cognito-identity", "GetId", {"IdentityPoolId": "us-east-1:1"}, []),
    ("iam", "GetRole", {"RoleName": "r"}, [("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/app/r")]),
    (
        "iam",
        "CreateRole",
        {"RoleName": "new", "Path": "/x/"},
        [("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/x/new")],
    ),
    ("iam", "GetUser", {}, [("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/me")]),
    (
        "cloudformation",
        "CreateStack",
        {"StackName": "s", "RoleARN": ROLE},
        [
            ("cloudformation:CreateStack", arn("cloudformation", "stack/s/*")),
            ("iam:PassRole", ROLE),
        ],
    ),
    (
        "dax",
        "DescribeClusters",
        {"ClusterNames": ["a", "b"]},
        [("dax:DescribeClusters", arn("dax", f"cache/{name}")) for name in "ab"],
    ),
    (
        "apigateway",
        "PutMethod",
        {"restApiId": "abc", "resourceId": "def", "httpMethod": "GET"},
        [
            (
                "apigateway:PUT",
                "arn:aws:apigateway:us-east-1::/restapis/abc/resources/def/methods/GET",
            )
        ],
    ),
    (
        "apigateway",
        "GetRestApis",
        {},
        [("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis")],
    ),
    ("sqs", "SendMessageBatch", {"QueueUrl": SQS}, [("sqs:SendMessage", arn("sqs", "jobs"))]),
    ("sqs", "CreateQueue", {"QueueName": "q"}, [("sqs:CreateQueue", arn("sqs", "q"))]),
    ("sns", "Publish", {"TopicArn": arn("sns", "t")}, [("sns:Publish", arn("sns", "t"))]),
    ("sns", "Publish", {"PhoneNumber": "+1"}, [("sns:Publish", "*")]),
    (
        "sns",
        "Unsubscribe",
        {"SubscriptionArn": arn("sns", "t:1-2")},
        [("sns:Unsubscribe", arn("sns", "t"))],
    ),
    (
        "events",
        "PutRule",
        {"Name": "r", "EventBusName": "bus", "RoleArn": ROLE},
        [("events:PutRule", arn("events", "rule/bus/r")), ("iam:PassRole", ROLE)],
    ),
    (
        "events",
        "PutEvents",
        {"Entries": [{"Source": "a", "DetailType": "b"}]},
        [("events:PutEvents", arn("events", "event-bus/default"))],
    ),
    ("kms", "Encrypt", {"KeyId": "alias/a"}, [("kms:Encrypt", arn("kms", "key/k1"))]),
    ("kms", "Decrypt", {"CiphertextBlob": b"x"}, [("kms:Decrypt", arn("kms", "key/k2"))]),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": "s"},
        [("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:s-AbCdEf"))],
    ),
    (
        "ssm",
        "GetParameter",
        {"Name": "/a/b:3"},
        [("ssm:GetParameter", arn("ssm", "parameter/a/b"))],
    ),
    ("ec2", "DescribeVpcs", {}, [("ec2:DescribeVpcs", "*")]),
    (
        "ses",
        "SendRawEmail",
        {"RawMessage": {"Data": b"From: me@example.com\nTo: you@example.org\n\nhi"}},
        [("ses:SendRawEmail", arn("ses", "identity/example.com"))],
    ),
    ("ses", "VerifyEmailIdentity", {"EmailAddress": "a@b.c"}, [("ses:VerifyEmailIdentity", "*")]),
    (
        "sesv2",
        "SendEmail",
        {
            "FromEmailAddress": "Me <me@else.org>",
            "Destination": {"ToAddresses": ["you@example.org"]},
            "Content": {"Template": {"TemplateName": "welcome"}},
            "ConfigurationSetName": "set",
        },
        [
            ("ses:SendTemplatedEmail", arn("ses", "identity/me@else.org")),
            ("ses:SendTemplatedEmail", arn("ses", "configuration-set/set")),
        ],
    ),
    (
        "kinesis",
        "PutRecord",
        {"StreamName": "s"},
        [("kinesis:PutRecord", arn("kinesis", "stream/s"))],
    ),
    (
        "firehose",
        "PutRecord",
        {"DeliveryStreamName": "s"},
        [("firehose:PutRecord", arn("firehose", "deliverystream/s"))],
    ),
    (
        "cloudfront",
        "CreateInvalidation",
        {"DistributionId": "E1"},
        [("cloudfront:CreateInvalidation", "arn:aws:cloudfront::123456789012:distribution/E1")],
    ),
    (
        "cloudfront",
        "GetOriginAccessControlConfig",
        {"Id": "E2"},
        [
            (
                "cloudfront:GetOriginAccessControlConfig",
                "arn:aws:cloudfront::123456789012:origin-access-control/E2",
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    EXAMPLES,
    ids=[f"{number}-{one[0]}-{one[1]}" for number, one in enumerate(EXAMPLES)],
)
def test_what_an_operation_needs(
    service: str, operation: str, params: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert pairs(service, operation, **params) == expected


def test_every_example_is_of_another_service_or_covers_it() -> None:
    assert {one[0] for one in EXAMPLES} == {*TABLES, *UNIFORM}


def test_dynamodb_keys_of_a_query() -> None:
    [one] = needs(
        "dynamodb",
        "Query",
        TableName="t",
        KeyConditionExpression="#o = :o AND begins_with(id, :p)",
        FilterExpression="attribute_exists(meta.size) AND size(#t) > :n",
        ProjectionExpression="id, title[0].text",
        ExpressionAttributeNames={"#o": "owner", "#t": "tags"},
        ExpressionAttributeValues={":o": {"S": "u1"}, ":p": {"S": "x"}, ":n": {"N": "1"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert one.context["dynamodb:LeadingKeys"] == ("u1",)
    assert set(one.context["dynamodb:Attributes"]) == {"owner", "id", "meta", "tags", "title"}
    assert one.context["dynamodb:Select"] == "SPECIFIC_ATTRIBUTES"
    assert one.context["dynamodb:ReturnConsumedCapacity"] == "TOTAL"


def test_dynamodb_keys_of_writes() -> None:
    [one] = needs("dynamodb", "PutItem", TableName="t", Item={**KEY, "title": {"S": "x"}})
    assert one.context == {
        "dynamodb:LeadingKeys": ("u1",),
        "dynamodb:Attributes": ("owner", "id", "title"),
        "dynamodb:ReturnValues": "NONE",
    }
    [one] = needs("dynamodb", "GetItem", TableName="t", Key={"owner": "plain", "id": 1})
    assert one.context["dynamodb:LeadingKeys"] == ("plain",)
    assert one.context["dynamodb:Select"] == "ALL_ATTRIBUTES"
    [scan] = needs("dynamodb", "Scan", TableName="t")
    assert "dynamodb:LeadingKeys" not in scan.context


def test_dynamodb_attributes_of_an_update() -> None:
    found = attributes(
        {
            "Key": KEY,
            "UpdateExpression": (
                "SET #s = if_not_exists(begun, :n), a.b[2] = :x REMOVE old ADD hits :1"
            ),
            "ExpressionAttributeNames": {"#s": "state"},
        }
    )
    assert set(found) == {"owner", "id", "state", "begun", "a", "old", "hits"}


def test_s3_keys() -> None:
    [one] = needs("s3", "ListObjectsV2", Bucket="b", Prefix="home/", Delimiter="/")
    assert one.context["s3:prefix"] == "home/"
    assert one.context["s3:delimiter"] == "/"
    assert one.context["s3:max-keys"] == "1000"
    put = needs(
        "s3",
        "PutObject",
        Bucket="b",
        Key="k",
        ACL="private",
        ServerSideEncryption="AES256",
        Tagging="a=1&b=x%20y",
    )[0]
    assert put.context["s3:x-amz-acl"] == "private"
    assert put.context["s3:x-amz-server-side-encryption"] == "AES256"
    assert put.context["s3:RequestObjectTag/b"] == "x y"
    assert put.context["s3:RequestObjectTagKeys"] == ("a", "b")
    assert (
        needs("s3", "GetObject", Bucket="b", Key="tagged")[0].context["s3:ExistingObjectTag/class"]
        == "secret"
    )


def test_passing_a_role_names_the_service() -> None:
    passed = needs("lambda", "CreateFunction", FunctionName="f", Role=ROLE)[1]
    assert passed.context == {"iam:PassedToService": "lambda.amazonaws.com"}


def test_tags_in_a_request_are_keys_and_need_the_tagging_action() -> None:
    create, tag = needs("sqs", "CreateQueue", QueueName="q", tags={"team": "blue"})
    assert create.context == {"aws:RequestTag/team": "blue", "aws:TagKeys": ("team",)}
    assert (tag.action, tag.resource) == ("sqs:TagQueue", create.resource)
    assert tag.context == create.context
    listed = needs("kms", "CreateKey", Tags=[{"TagKey": "team", "TagValue": "blue"}])
    assert listed[1].context["aws:RequestTag/team"] == "blue"


def test_creating_a_bucket_with_settings_needs_the_settings_actions() -> None:
    assert pairs("s3", "CreateBucket", Bucket="b") == [("s3:CreateBucket", "arn:aws:s3:::b")]
    assert [action for action, _ in pairs("s3", "CreateBucket", Bucket="b", ACL="private")] == [
        "s3:CreateBucket",
        "s3:PutBucketAcl",
    ]


def test_every_apigateway_path_can_be_filled() -> None:
    """No operation leaves a hole where the request gives the parameter."""
    for operation in model("apigateway").operation_names:
        shape = model("apigateway").operation_model(operation)
        members = shape.input_shape.members if shape.input_shape else {}
        params = {
            name: f"v-{name}" for name, member in members.items() if member.type_name == "string"
        }
        found = needs("apigateway", operation, **params)[0]
        wanted = re.findall(r"\{(\w+)\+?\}", shape.http["requestUri"])
        assert found.resource.count("v-") == len(wanted), (operation, found.resource)


def test_invoke_arn() -> None:
    assert invoke_arn("us-east-1", ACCOUNT, "abc", "prod", "GET", "/todos/1") == (
        f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/prod/GET/todos/1"
    )
