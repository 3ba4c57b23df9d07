"""Create, update, publish, describe: what is kept, what is refused, in whose words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported

ECHO = "def handler(event, context): return event"
TRUSTING_EC2 = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def refused(error: Any) -> tuple[str, str]:
    given = error.value.response["Error"]
    return given["Code"], given["Message"]


def test_a_new_functions_configuration(lab: Any) -> None:
    lab.function(ECHO, Description="echo", Tags={"team": "todo"})
    found = lab.client.get_function(FunctionName="f")
    config = found["Configuration"]
    assert config["FunctionArn"] == lab.arn()
    assert (config["State"], config["LastUpdateStatus"]) == ("Active", "Successful")
    assert (config["Timeout"], config["MemorySize"]) == (3, 128)
    assert config["Version"] == "$LATEST"
    assert config["EphemeralStorage"] == {"Size": 512}
    assert config["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    assert config["TracingConfig"] == {"Mode": "PassThrough"}
    assert config["LastModified"].startswith("2026-01-05T09:00:00.")
    assert found["Tags"] == {"team": "todo"}
    assert lab.client.list_tags(Resource=lab.arn())["Tags"] == {"team": "todo"}
    waiter = lab.client.get_waiter("function_active_v2")
    waiter.wait(FunctionName="f")


def test_creating_is_pending_as_on_aws(lab: Any, zipped: Any) -> None:
    answer = lab.client.create_function(
        FunctionName="f", Runtime="python3.12", Handler="app.handler", Role=lab.role,
        Code={"ZipFile": zipped(app=ECHO)},
    )  # fmt: skip
    assert (answer["State"], answer["StateReasonCode"]) == ("Pending", "Creating")
    update = lab.client.update_function_configuration(FunctionName="f", Timeout=4)
    assert update["LastUpdateStatus"] == "InProgress"


@pytest.mark.parametrize("operation", ["create", "update"])
def test_what_moto_drops_is_kept(lab: Any, operation: str) -> None:
    queue = lab.cloud.raw("sqs").create_queue(QueueName="dead")["QueueUrl"]
    dead = "arn:aws:sqs:us-east-1:123456789012:dead"
    assert queue
    options = {
        "DeadLetterConfig": {"TargetArn": dead},
        "EphemeralStorage": {"Size": 1024},
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/mine"},
        "Environment": {"Variables": {"A": "1"}},
        "Description": "all of it",
        "MemorySize": 1769,
        "Timeout": 29,
    }
    if operation == "create":
        lab.function(ECHO, **options)
    else:
        lab.function(ECHO)
        lab.client.update_function_configuration(FunctionName="f", **options)
    found = lab.client.get_function_configuration(FunctionName="f")
    for name in ("DeadLetterConfig", "EphemeralStorage", "TracingConfig", "Environment"):
        assert found[name] == options[name]
    assert found["LoggingConfig"] == {
        "LogFormat": "JSON", "LogGroup": "/mine", "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
    }  # fmt: skip
    assert (found["MemorySize"], found["Timeout"]) == (1769, 29)
    lab.client.update_function_configuration(
        FunctionName="f", DeadLetterConfig={"TargetArn": ""}, Environment={}
    )
    found = lab.client.get_function_configuration(FunctionName="f")
    assert "DeadLetterConfig" not in found
    assert "Environment" not in found


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"Runtime": "nodejs22.x"}, "Runtime"),
        ({"Runtime": "python3.8"}, "Runtime"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "PackageType"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
        ({"FileSystemConfigs": [{"Arn": "a" * 30, "LocalMountPath": "/mnt/x"}]}, "FileSystem"),
        ({"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/x"}, "KMSKeyArn"),
        ({"LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "DEBUG"}}, "SystemLogLevel"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(
    lab: Any, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(Unsupported, match=named):
        lab.function(ECHO, **options)
    assert lab.client.list_functions()["Functions"] == []


@pytest.mark.parametrize("minor", range(9, 15))
def test_python_runtimes(lab: Any, minor: int) -> None:
    lab.function(ECHO, Runtime=f"python3.{minor}")
    assert lab.invoke(1) == 1


def test_features_that_are_not_there_are_refused_by_name(lab: Any) -> None:
    lab.function(ECHO)
    client = lab.client
    with pytest.raises(Unsupported, match="event source mappings"):
        client.create_event_source_mapping(
            FunctionName="f", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:q"
        )
    with pytest.raises(Unsupported, match="function URLs"):
        client.create_function_url_config(FunctionName="f", AuthType="NONE")
    with pytest.raises(Unsupported, match="provisioned concurrency"):
        client.put_provisioned_concurrency_config(
            FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1
        )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException",
         "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"A": "x" * 4097}}}, "InvalidParameterValueException",
         "exceeded the 4KB limit"),
        ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
        ({"MemorySize": 10241}, "ValidationException", "less than or equal to 10240"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:none:1"]},
         "InvalidParameterValueException", "layer:none:1 does not exist"),
        ({"Architectures": ["riscv"]}, "ValidationException", "[x86_64, arm64]"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException",
         "Could not unzip uploaded file"),
        ({"Code": {"S3Bucket": "none", "S3Key": "k"}}, "InvalidParameterValueException",
         "S3 Error Code: NoSuchBucket"),
        ({"Code": {}}, "InvalidParameterValueException", "source for function code"),
        ({"Role": "arn:aws:iam::123456789012:role/none"}, "InvalidParameterValueException",
         "The role defined for the function cannot be assumed by Lambda."),
    ],
)  # fmt: skip
def test_what_lambda_refuses(lab: Any, options: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ClientError) as error:
        lab.function(ECHO, **options)
    assert refused(error)[0] == code
    assert message in refused(error)[1]


def test_a_role_that_does_not_trust_lambda(guarded: Any) -> None:
    iam = guarded.cloud.raw("iam")
    role = iam.create_role(RoleName="ec2", AssumeRolePolicyDocument=json.dumps(TRUSTING_EC2))[
        "Role"
    ]["Arn"]
    with pytest.raises(ClientError) as error:
        guarded.function(ECHO, Role=role)
    assert refused(error) == (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    guarded.function(ECHO)
    with pytest.raises(ClientError):
        guarded.client.update_function_configuration(FunctionName="f", Role=role)


def test_the_role_must_be_able_to_reach_the_dead_letter_queue(guarded: Any) -> None:
    guarded.cloud.raw("sqs").create_queue(QueueName="dead")
    dead = "arn:aws:sqs:us-east-1:123456789012:dead"
    with pytest.raises(ClientError) as error:
        guarded.function(ECHO, DeadLetterConfig={"TargetArn": dead})
    assert refused(error)[1] == (
        "The provided execution role does not have permissions to call SendMessage on SQS"
    )
    guarded.allow("sqs:SendMessage", resource=dead)
    guarded.function(ECHO, DeadLetterConfig={"TargetArn": dead})


@pytest.mark.slow
def test_a_function_in_a_vpc(guarded: Any) -> None:
    ec2 = guarded.cloud.raw("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    config = {"SubnetIds": [subnet], "SecurityGroupIds": [group]}
    with pytest.raises(ClientError) as error:
        guarded.function(ECHO, VpcConfig=config)
    assert refused(error)[1] == (
        "The provided execution role does not have permissions to call "
        "CreateNetworkInterface on EC2"
    )
    guarded.allow("ec2:*NetworkInterface*")
    guarded.function(ECHO, VpcConfig=config)
    found = guarded.client.get_function_configuration(FunctionName="f")["VpcConfig"]
    assert found == {**config, "VpcId": vpc, "Ipv6AllowedForDualStack": False}
    with pytest.raises(ClientError) as error:
        guarded.function(ECHO, "g", VpcConfig={**config, "SubnetIds": ["subnet-12345678"]})
    assert "InvalidSubnetID.NotFound" in refused(error)[1]


def test_creating_twice(lab: Any) -> None:
    lab.function(ECHO)
    with pytest.raises(lab.client.exceptions.ResourceConflictException):
        lab.function("def handler(e, c): return 'other'")
    assert lab.invoke(1) == 1


def test_code_from_a_bucket_and_a_version_of_it(lab: Any, zipped: Any) -> None:
    s3 = lab.cloud.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    old, _ = (
        s3.put_object(
            Bucket="code", Key="f.zip", Body=zipped(app=f"def handler(e, c): return {which!r}")
        )["VersionId"]
        for which in ("old", "new")
    )
    lab.function("", Code={"S3Bucket": "code", "S3Key": "f.zip"})
    assert lab.invoke() == "new"
    lab.client.update_function_code(
        FunctionName="f", S3Bucket="code", S3Key="f.zip", S3ObjectVersion=old
    )
    assert lab.invoke() == "old"


def test_versions_are_immutable(lab: Any, zipped: Any) -> None:
    source = "import os\ndef handler(e, c): return [os.environ.get('A'), {}]"
    lab.function(source.format(1), Environment={"Variables": {"A": "one"}})
    client = lab.client
    one = client.publish_version(FunctionName="f", Description="first")
    assert (one["Version"], one["FunctionArn"]) == ("1", lab.arn() + ":1")
    assert client.publish_version(FunctionName="f")["Version"] == "1", "nothing has changed"
    client.update_function_configuration(
        FunctionName="f", Environment={"Variables": {"A": "two"}}, Timeout=9
    )
    client.update_function_code(FunctionName="f", ZipFile=zipped(app=source.format(2)))
    two = client.publish_version(FunctionName="f")
    assert two["Version"] == "2"
    assert lab.invoke(Qualifier="1") == ["one", 1]
    assert lab.invoke(Qualifier="2") == ["two", 2]
    first = client.get_function_configuration(FunctionName="f", Qualifier="1")
    assert (first["Timeout"], first["Description"]) == (3, "first")
    assert first["FunctionArn"] == lab.arn() + ":1"
    versions = client.list_versions_by_function(FunctionName="f")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]
    client.delete_function(FunctionName="f", Qualifier="2")
    client.update_function_configuration(FunctionName="f", Timeout=8)
    assert client.publish_version(FunctionName="f")["Version"] == "3", "numbers are not reused"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        lab.call(Qualifier="2")


def test_publishing_what_is_expected(lab: Any) -> None:
    lab.function(ECHO)
    config = lab.client.get_function_configuration(FunctionName="f")
    with pytest.raises(ClientError) as error:
        lab.client.publish_version(FunctionName="f", CodeSha256="other")
    assert refused(error)[0] == "InvalidParameterValueException"
    with pytest.raises(lab.client.exceptions.PreconditionFailedException):
        lab.client.update_function_configuration(FunctionName="f", Timeout=5, RevisionId="old")
    lab.client.update_function_configuration(
        FunctionName="f", Timeout=5, RevisionId=config["RevisionId"]
    )


def test_a_dry_run_of_a_code_update(lab: Any, zipped: Any) -> None:
    lab.function(ECHO)
    before = lab.client.get_function_configuration(FunctionName="f")
    new = zipped(app="def handler(e, c): return 'new'")
    answer = lab.client.update_function_code(FunctionName="f", ZipFile=new, DryRun=True)
    assert answer["CodeSha256"] != before["CodeSha256"]
    assert lab.invoke(1) == 1


def test_aliases(lab: Any) -> None:
    lab.function("def handler(e, c): return [c.function_version, c.invoked_function_arn]")
    client = lab.client
    client.publish_version(FunctionName="f")
    client.update_function_configuration(FunctionName="f", Timeout=9)
    client.publish_version(FunctionName="f")
    made = client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert made["AliasArn"] == lab.arn() + ":live"
    assert lab.invoke(Qualifier="live") == ["1", lab.arn() + ":live"]
    client.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    assert lab.invoke(name="f:live")[0] == "2"
    with pytest.raises(client.exceptions.ResourceConflictException):
        client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.create_alias(FunctionName="f", Name="next", FunctionVersion="7")
    with pytest.raises(client.exceptions.ResourceConflictException):
        client.delete_function(FunctionName="f", Qualifier="2")
    assert [a["Name"] for a in client.list_aliases(FunctionName="f")["Aliases"]] == ["live"]
    client.delete_alias(FunctionName="f", Name="live")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Cannot find alias arn"):
        client.get_alias(FunctionName="f", Name="live")


def test_a_weighted_alias_splits_the_traffic(lab: Any) -> None:
    lab.function("def handler(e, c): return c.function_version")
    client = lab.client
    client.publish_version(FunctionName="f")
    client.update_function_configuration(FunctionName="f", Timeout=9)
    client.publish_version(FunctionName="f")
    client.create_alias(
        FunctionName="f", Name="live", FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )  # fmt: skip
    answers = [lab.call(Qualifier="live")["ExecutedVersion"] for _ in range(200)]
    assert set(answers) == {"1", "2"}
    assert 30 <= answers.count("2") <= 70
    with pytest.raises(ClientError):
        client.update_alias(
            FunctionName="f", Name="live",
            RoutingConfig={"AdditionalVersionWeights": {"$LATEST": 0.5}},
        )  # fmt: skip


def test_resource_policies(lab: Any) -> None:
    lab.function(ECHO, Publish=True)
    client = lab.client
    given = client.add_permission(
        FunctionName="f", StatementId="api", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com", SourceArn="arn:aws:execute-api:us-east-1:1:x/*",
        SourceAccount="123456789012",
    )  # fmt: skip
    expected = {
        "Sid": "api",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": lab.arn(),
        "Condition": {
            "ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:1:x/*"},
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
        },
    }
    assert json.loads(given["Statement"]) == expected
    client.add_permission(
        FunctionName="f", Qualifier="1", StatementId="api", Action="lambda:InvokeFunction",
        Principal="999999999999", PrincipalOrgID="o-1234567890",
    )  # fmt: skip
    policy = json.loads(client.get_policy(FunctionName="f")["Policy"])
    assert policy == {"Version": "2012-10-17", "Id": "default", "Statement": [expected]}
    other = json.loads(client.get_policy(FunctionName="f", Qualifier="1")["Policy"])["Statement"][0]
    assert other["Principal"] == {"AWS": "arn:aws:iam::999999999999:root"}
    assert other["Resource"] == lab.arn() + ":1"
    assert other["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    with pytest.raises(client.exceptions.ResourceConflictException):
        client.add_permission(
            FunctionName="f", StatementId="api", Action="lambda:InvokeFunction", Principal="*"
        )
    client.remove_permission(FunctionName="f", StatementId="api")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName="f")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.remove_permission(FunctionName="f", StatementId="api")


def test_listing_and_deleting(lab: Any) -> None:
    for name in ("b", "a"):
        lab.function(ECHO, name, Publish=True)
    client = lab.client
    assert [f["FunctionName"] for f in client.list_functions()["Functions"]] == ["a", "b"]
    every = client.list_functions(FunctionVersion="ALL")["Functions"]
    assert [f["Version"] for f in every] == ["$LATEST", "1", "$LATEST", "1"]
    client.delete_function(FunctionName="a")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName="a")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_function(FunctionName="a")


def test_too_much_reserved_concurrency(lab: Any) -> None:
    lab.function(ECHO)
    with pytest.raises(ClientError, match=r"minimum value of \[100\]"):
        lab.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=901)


def test_tags_come_and_go(lab: Any) -> None:
    lab.function(ECHO, Tags={"a": "1"})
    lab.client.tag_resource(Resource=lab.arn(), Tags={"b": "2"})
    lab.client.untag_resource(Resource=lab.arn(), TagKeys=["a"])
    assert lab.client.get_function(FunctionName="f")["Tags"] == {"b": "2"}


def test_a_package_may_be_a_file_object(lab: Any, zipped: Any) -> None:
    import io

    lab.function("", Code={"ZipFile": io.BytesIO(zipped(app=ECHO))})
    assert lab.invoke(4) == 4


def test_a_role_that_stops_trusting_lambda(guarded: Any) -> None:
    guarded.function(ECHO)
    guarded.invoke()
    guarded.cloud.raw("iam").update_assume_role_policy(
        RoleName="role", PolicyDocument=json.dumps(TRUSTING_EC2)
    )
    assert guarded.invoke(1) == 1, "a warm environment has its credentials"
    guarded.cloud.clock.advance(hours=3)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        guarded.call()
