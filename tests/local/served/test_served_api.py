"""boto3 in another process: every protocol, whoever calls, whatever is refused."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from archlib.errors import Unsupported, UsageError
from archlib.local.regions import check_region
from archlib.local.served import ServedCloud

EVERYBODY = {"AWS": "*"}


def table(server: Any, name: str) -> Any:
    client = server.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def refusal(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_json(server: Any) -> None:
    client = table(server, "json")
    item = {
        "id": {"S": "ü€😀"},
        "b": {"B": b"\x00\xff"},
        "n": {"N": "1.5"},
        "l": {"L": [{"NULL": True}]},
    }
    client.put_item(TableName="json", Item=item)
    assert client.get_item(TableName="json", Key={"id": item["id"]})["Item"] == item
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as caught:
        client.put_item(
            TableName="json", Item=item, ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )  # fmt: skip
    assert caught.value.response["Item"] == item
    described = client.describe_table(TableName="json")["Table"]
    assert abs(described["CreationDateTime"].timestamp() - time.time()) < 300


def test_query_compatible_json(server: Any) -> None:
    client = server.client("sqs")
    url = client.create_queue(QueueName="compatible")["QueueUrl"]
    client.send_message(
        QueueUrl=url, MessageBody="hi",
        MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": b"\x01"}},
    )  # fmt: skip
    got = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert got["MessageAttributes"]["a"]["BinaryValue"] == b"\x01"
    with pytest.raises(client.exceptions.QueueDoesNotExist) as caught:
        client.get_queue_url(QueueName="absent")
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_query(server: Any) -> None:
    sns = server.client("sns")
    arn = sns.create_topic(Name="query", Tags=[{"Key": "k", "Value": "<&>"}])["TopicArn"]
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "<&>"}]
    assert arn in [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    iam = server.client("iam")
    assert refusal(iam.get_user, UserName="absent") == ("NoSuchEntity", 404)


def test_ec2(server: Any) -> None:
    client = server.client("ec2")
    vpc = client.create_vpc(
        CidrBlock="10.9.0.0/16",
        TagSpecifications=[
            {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "here"}]},
        ],
    )["Vpc"]
    wanted = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    (found,) = client.describe_vpcs(Filters=wanted)["Vpcs"]
    assert found["Tags"] == [{"Key": "Name", "Value": "here"}]
    assert refusal(client.describe_vpcs, VpcIds=["vpc-0"]) == ("InvalidVpcID.NotFound", 400)


def test_rest_json(server: Any) -> None:
    client = server.client("apigateway")
    api = client.create_rest_api(name="rest", tags={"a/b": "ü"})
    assert client.get_rest_api(restApiId=api["id"])["tags"] == {"a/b": "ü"}
    assert client.get_resources(restApiId=api["id"], limit=5)["items"][0]["path"] == "/"
    assert refusal(client.get_rest_api, restApiId="absent00") == ("NotFoundException", 404)


def test_rest_xml(server: Any) -> None:
    client = server.client("route53")
    zone = client.create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]
    client.change_resource_record_sets(
        HostedZoneId=zone["Id"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": "a.example.org", "Type": "A", "TTL": 60,
                        "ResourceRecords": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}],
                    },
                }
            ]
        },
    )  # fmt: skip
    records = client.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    assert [len(r["ResourceRecords"]) for r in records if r["Type"] == "A"] == [2]
    assert refusal(client.get_hosted_zone, Id="absent") == ("NoSuchHostedZone", 404)


def test_cbor(server: Any) -> None:
    client = server.client("cloudwatch")
    client.put_metric_data(
        Namespace="cbor",
        MetricData=[{"MetricName": f"m{n}", "Value": 1.5 * n} for n in range(400)],
    )
    found = client.list_metrics(Namespace="cbor")["Metrics"]
    assert len(found) == 400  # enough that botocore has compressed the body


def test_lambda_payloads_are_bytes(server: Any) -> None:
    client = server.client("lambda")
    assert refusal(client.invoke, FunctionName="absent", Payload=b"{}") == (
        "ResourceNotFoundException", 404,
    )  # fmt: skip


REFUSED = [
    ("dynamodb", "list_tables", {}, "InvalidSignatureException", 400,
     "UnrecognizedClientException", 400),
    ("sqs", "list_queues", {}, "InvalidSignatureException", 400,
     "UnrecognizedClientException", 400),
    ("cloudwatch", "list_metrics", {}, "InvalidSignatureException", 400,
     "UnrecognizedClientException", 400),
    ("iam", "list_users", {}, "SignatureDoesNotMatch", 403, "InvalidClientTokenId", 403),
    ("sns", "list_topics", {}, "SignatureDoesNotMatch", 403, "InvalidClientTokenId", 403),
    ("ec2", "describe_vpcs", {}, "AuthFailure", 401, "AuthFailure", 401),
    ("lambda", "list_functions", {}, "InvalidSignatureException", 403,
     "UnrecognizedClientException", 403),
    ("route53", "list_hosted_zones", {}, "SignatureDoesNotMatch", 403,
     "InvalidClientTokenId", 403),
    ("s3", "list_buckets", {}, "SignatureDoesNotMatch", 403, "InvalidAccessKeyId", 403),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_bad_credentials_in_every_services_words(server: Any, case: tuple[Any, ...]) -> None:
    service, operation, params, bad_code, bad_status, no_code, no_status = case
    wrong = server.client(service, aws_secret_access_key="wrong")
    assert refusal(getattr(wrong, operation), **params) == (bad_code, bad_status)
    for key in ("AKIAIOSFODNN7EXAMPLE", "AKIAARCHLIBCONTROL01", "AKIAARCHLIBMOTORAW01"):
        unknown = server.client(service, aws_access_key_id=key)
        assert refusal(getattr(unknown, operation), **params) == (no_code, no_status)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "list_tables", "InvalidSignatureException"),
        ("sqs", "list_queues", "InvalidSignatureException"),
        ("sns", "list_topics", "SignatureDoesNotMatch"),
        ("lambda", "list_functions", "InvalidSignatureException"),
    ],
)
@pytest.mark.parametrize("region", ["us-est-1", "nowhere"])
def test_a_region_that_does_not_exist(
    server: Any, region: str, service: str, operation: str, code: str
) -> None:
    client = server.client(service, region_name=region)
    with pytest.raises(ClientError, match=f"valid region, not '{region}'") as caught:
        getattr(client, operation)()
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("region", "hint"),
    [("us-est-1", "us-west-1"), ("EU-WEST-1", "eu-west-1"), ("us east", "us-east-"), ("", "as us")],
)
def test_no_cloud_begins_in_a_region_that_does_not_exist(region: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        ServedCloud(region=region)
    assert refused.value.message == f"AWS has no region {region!r}"
    assert hint in str(refused.value.hint)


def test_regions_that_exist_by_now() -> None:
    for region in ("eu-central-1", "mx-central-1"):
        check_region(region)


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")]
)
def test_no_cloud_begins_in_another_partition(region: str, partition: str) -> None:
    with pytest.raises(Unsupported, match=f"region {region}: .* partition {partition} "):
        ServedCloud(region=region)


def test_s3_knows_its_regions_too(server: Any) -> None:
    with pytest.raises(ClientError, match="the region 'us-est-1' is wrong") as caught:
        server.client("s3", region_name="us-est-1").list_buckets()
    assert caught.value.response["Error"]["Code"] == "AuthorizationHeaderMalformed"


def test_iam_judges_as_in_the_process(server: Any) -> None:
    table(server, "judged")
    keys = server.user("reader", "dynamodb:GetItem")
    client = server.client("dynamodb", **keys)
    assert "Item" not in client.get_item(TableName="judged", Key={"id": {"S": "1"}})
    with pytest.raises(ClientError) as caught:
        client.put_item(TableName="judged", Item={"id": {"S": "1"}})
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert (
        ":user/reader is not authorized to perform: dynamodb:PutItem on resource: arn:aws:"
        in (caught.value.response["Error"]["Message"])
    )
    hops = server.own("GET", "trace")["hops"]
    (denied,) = [h for h in hops if h["principal"].endswith("user/reader") and h["status"] == 400]
    assert denied["action"] == "dynamodb:PutItem"
    assert denied["target"].endswith(":table/judged")


def test_moto_knows_whose_key_it_is(server: Any) -> None:
    keys = server.user("oneself", "iam:GetUser")
    assert server.client("iam", **keys).get_user()["User"]["UserName"] == "oneself"


def test_sessions_expire_as_time_passes(server: Any) -> None:
    iam, sts = server.client("iam"), server.client("sts")
    account = sts.get_caller_identity()["Account"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = iam.create_role(RoleName="session", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    made = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="one", DurationSeconds=900)
    keys = {
        "aws_access_key_id": made["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": made["Credentials"]["SecretAccessKey"],
        "aws_session_token": made["Credentials"]["SessionToken"],
    }
    arn = server.client("sts", **keys).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{account}:assumed-role/session/one"
    stolen = {**keys, "aws_session_token": "x"}
    assert refusal(server.client("dynamodb", **stolen).list_tables)[0] == (
        "UnrecognizedClientException"
    )
    server.advance(901)
    for service, operation, code in (
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("dynamodb", "list_tables", "ExpiredTokenException"),
        ("lambda", "list_functions", "ExpiredTokenException"),
        ("s3", "list_buckets", "ExpiredToken"),
    ):
        assert refusal(getattr(server.client(service, **keys), operation))[0] == code
    # The client's own clock has not moved, and its signatures are good all the same.
    assert sts.get_caller_identity()["Account"] == account


def test_time_passes_by_itself(server: Any) -> None:
    client = server.client("sqs")
    url = client.create_queue(QueueName="visible", Attributes={"VisibilityTimeout": "1"})[
        "QueueUrl"
    ]
    client.send_message(QueueUrl=url, MessageBody="again")
    assert client.receive_message(QueueUrl=url)["Messages"]
    before = server.own("GET", "clock")["now"]
    deadline = time.monotonic() + 30
    while "Messages" not in client.receive_message(QueueUrl=url):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert server.own("GET", "clock")["now"] >= before + 0.5


def test_unknown_operations_are_refused_in_the_protocols_words(server: Any) -> None:
    for headers, body, code in (
        ({"X-Amz-Target": "DynamoDB_20120810.Nonsense"}, "{}", "UnknownOperationException"),
        ({"Content-Type": "application/x-www-form-urlencoded"},
         "Action=Nonsense&Version=2011-06-15", "InvalidAction"),
        ({"X-Amz-Target": "DynamoDB_20120810.ListTables"}, "{not json",
         "MissingAuthenticationTokenException"),
    ):  # fmt: skip
        answer = requests.post(server.endpoint, data=body, headers=headers, timeout=10)
        assert answer.status_code == 400
        assert code in answer.text


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("sts", "get_federation_token", {"Name": "somebody"}),
        ("dynamodb", "list_contributor_insights", {}),
    ],
)
def test_what_nobody_has_is_501_and_named(
    server: Any, service: str, operation: str, params: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(server.client(service), operation)(**params)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert response["Error"]["Code"] == "NotImplemented"
    assert operation.replace("_", "") in response["Error"]["Message"].lower()


def test_a_bare_cloud_takes_a_template(server: Any) -> None:
    client = server.client("cloudformation")
    template = {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-a-stack"}}
        },
        "Outputs": {"Url": {"Value": {"Ref": "Q"}}},
    }
    client.create_stack(StackName="bare", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName="bare")
    (stack,) = client.describe_stacks(StackName="bare")["Stacks"]
    assert stack["Outputs"][0]["OutputValue"].endswith("/from-a-stack")
    assert server.client("sqs").get_queue_url(QueueName="from-a-stack")


def test_documents_are_what_a_client_makes_of_them(server: Any) -> None:
    iam = server.client("iam")
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::100%25/*"}],
    }
    arn = iam.create_policy(PolicyName="doc", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert found["Document"] == document
    ec2 = server.client("ec2")
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1", VirtualizationType="hvm")
    started = ec2.run_instances(
        ImageId=image["ImageId"], MinCount=1, MaxCount=1, UserData="#!/bin/sh\necho ü"
    )["Instances"][0]["InstanceId"]
    told = ec2.describe_instance_attribute(InstanceId=started, Attribute="userData")
    assert base64.b64decode(told["UserData"]["Value"]).decode() == "#!/bin/sh\necho ü"
    zone = server.client("route53")
    made = zone.create_hosted_zone(Name="ids.example.org", CallerReference="2")["HostedZone"]["Id"]
    assert made.startswith("/hostedzone/")
    assert zone.get_hosted_zone(Id=made)["HostedZone"]["Id"] == made


def test_parameters_that_no_client_has_checked_are_refused(server: Any) -> None:
    client = server.client("dynamodb", config={"parameter_validation": False})
    assert refusal(client.describe_table) == ("ValidationException", 400)
    client = server.client("kms", config={"parameter_validation": False})
    assert refusal(client.describe_key) == ("ValidationException", 400)


def test_pages_of_the_clouds_sites_may_call_services(server: Any) -> None:
    site = f"http://d1.cloudfront.localhost:{server.port}"
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-amz-target",
    }
    call = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    for host in ("localhost", "dynamodb.us-east-1.amazonaws.com"):
        answer = requests.options(
            server.endpoint, headers={**asked, "Origin": site, "Host": host}, timeout=10
        )
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "x-amz-target" in answer.headers["Access-Control-Allow-Headers"]
        # Unsigned, so refused as DynamoDB refuses; the page may read why.
        refused = requests.post(
            server.endpoint, timeout=10, data="{}", headers={**call, "Origin": site, "Host": host}
        )
        assert refused.status_code == 400
        assert "MissingAuthenticationToken" in refused.text
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        # Pages of others are told nothing, neither when they ask nor when they do.
        elsewhere = {"Origin": "https://app.example", "Host": host}
        for answer in (
            requests.options(server.endpoint, headers={**asked, **elsewhere}, timeout=10),
            requests.post(server.endpoint, data="{}", headers={**call, **elsewhere}, timeout=10),
        ):
            assert answer.status_code == 403
            assert "Access-Control-Allow-Origin" not in answer.headers
