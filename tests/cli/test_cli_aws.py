"""``deploy --target aws`` against an active local cloud: plan, question, change, nothing left.

Inside a LocalCloud boto3 reaches the local CloudFormation, so the whole conversation is real.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archlib.local import LocalCloud
from archlib.template.key_pairs import new_key, public_pem

if TYPE_CHECKING:
    from conftest import Archlib

TEMPLATE = """\
Parameters:
  Name: {Type: String, Default: waiting}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref Name
      VisibilityTimeout: 30
Outputs:
  Where: {Value: !Ref Queue}
"""


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        cloud.client("s3").create_bucket(Bucket="zips")
        yield cloud


@pytest.fixture
def file(folder: Path) -> str:
    (folder / "t.yaml").write_text(TEMPLATE)
    return "t.yaml"


def aws(archlib: Archlib, file: str, *more: str, typed: str = "") -> Any:
    return archlib("deploy", file, "--target", "aws", "--stack-name", "queues", *more, typed=typed)


def stacks(cloud: LocalCloud) -> dict[str, str]:
    found = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return {s["StackName"]: s["StackStatus"] for s in found if "DELETE" not in s["StackStatus"]}


def change_sets(cloud: LocalCloud) -> list[Any]:
    client = cloud.client("cloudformation")
    return [
        summary for name in stacks(cloud)
        for summary in client.list_change_sets(StackName=name)["Summaries"]
    ]  # fmt: skip


def test_the_plan_is_printed_before_the_question(
    archlib: Archlib, cloud: LocalCloud, file: str
) -> None:
    ran = aws(archlib, file, typed="\n")
    assert ran.code == 1
    assert f"Account {cloud.account} as arn:aws:iam::{cloud.account}:user/" in ran.out
    assert f"region {cloud.region}" in ran.out
    assert "Stack queues:" in ran.out
    assert "Add      AWS::SQS::Queue" in ran.out
    assert "This costs money. Type the stack's name to go on" in ran.out + ran.err


@pytest.mark.parametrize("answer", ["\n", "y\n", "yes\n", "queue\n", "QUEUES\n"])
def test_declined_nothing_is_changed_and_nothing_is_left(
    archlib: Archlib, cloud: LocalCloud, file: str, answer: str
) -> None:
    ran = aws(archlib, file, typed=answer)
    assert ran.code == 1
    assert "Nothing was changed." in ran.out
    assert stacks(cloud) == {}
    assert "QueueUrls" not in cloud.client("sqs").list_queues()


def test_an_interrupted_question_leaves_nothing(
    archlib: Archlib, cloud: LocalCloud, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    def interrupted(*_: Any, **__: Any) -> str:
        raise click.Abort

    monkeypatch.setattr("archlib.cli.to_aws.click.prompt", interrupted)
    ran = aws(archlib, file)
    assert ran.code == 130
    assert ran.err == "stopped\n"
    assert stacks(cloud) == {}


def test_confirmed_the_stack_is_there_and_its_outputs_are_printed(
    archlib: Archlib, cloud: LocalCloud, file: str
) -> None:
    ran = aws(archlib, file, typed="queues\n")
    assert ran.code == 0
    assert stacks(cloud) == {"queues": "CREATE_COMPLETE"}
    (url,) = cloud.client("sqs").list_queues()["QueueUrls"]
    assert f"  Where = {url}" in ran.out
    assert change_sets(cloud) == []


def test_an_update_is_planned_declined_and_made(
    archlib: Archlib, cloud: LocalCloud, file: str, folder: Path
) -> None:
    assert aws(archlib, file, "--confirm", "queues").code == 0
    (folder / file).write_text(TEMPLATE.replace("30", "60"))
    declined = aws(archlib, file, typed="no\n")
    assert declined.code == 1
    assert "Modify   AWS::SQS::Queue" in declined.out
    assert stacks(cloud) == {"queues": "CREATE_COMPLETE"}
    assert change_sets(cloud) == []
    made = aws(archlib, file, "--confirm", "queues")
    assert made.code == 0
    assert stacks(cloud) == {"queues": "UPDATE_COMPLETE"}
    sqs = cloud.client("sqs")
    (url,) = sqs.list_queues()["QueueUrls"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"


def test_a_replacement_is_announced(archlib: Archlib, cloud: LocalCloud, file: str) -> None:
    assert aws(archlib, file, "--confirm", "queues").code == 0
    ran = aws(archlib, file, "--parameter", "Name=other", typed="\n")
    assert "(replacement: True)" in ran.out


def test_without_changes_there_is_nothing_to_confirm(
    archlib: Archlib, cloud: LocalCloud, file: str
) -> None:
    assert aws(archlib, file, "--confirm", "queues").code == 0
    again = aws(archlib, file)
    assert again.code == 0
    assert "Stack queues: nothing to change." in again.out
    assert change_sets(cloud) == []
    assert stacks(cloud) == {"queues": "CREATE_COMPLETE"}


def test_a_wrong_confirmation_is_a_mistake_and_asks_aws_nothing(
    archlib: Archlib, cloud: LocalCloud, file: str
) -> None:
    mark = cloud.trace.mark()
    ran = aws(archlib, file, "--confirm", "queue")
    assert (ran.code, ran.out) == (2, "")
    assert "--confirm says 'queue', but the stack is 'queues'" in ran.err
    assert cloud.trace.since(mark) == ()


def test_a_refused_plan_is_told(archlib: Archlib, cloud: LocalCloud, file: str) -> None:
    ran = aws(archlib, file, "--parameter", "Nope=1")
    assert ran.code == 2
    assert "error: queues: Parameters: [Nope] do not exist in the template" in ran.err
    assert stacks(cloud) == {}


def test_a_failed_stack_says_which_resource_and_why(
    archlib: Archlib, cloud: LocalCloud, file: str
) -> None:
    ran = aws(archlib, file, "--parameter", "Name=not a name!", "--confirm", "queues")
    assert ran.code == 2
    assert "error: Queue: " in ran.err
    assert "alphanumeric" in ran.err
    assert stacks(cloud) == {"queues": "ROLLBACK_COMPLETE"}


def test_code_needs_a_bucket(archlib: Archlib, cloud: LocalCloud) -> None:
    ran = archlib("deploy", "mytodolist", "--target", "aws")
    assert ran.code == 2
    assert "--assets-bucket BUCKET" in ran.err


def test_a_bucket_that_is_not_there_stops_before_the_stack(
    archlib: Archlib, cloud: LocalCloud
) -> None:
    ran = archlib(
        "deploy", "mytodolist", "--target", "aws", "--assets-bucket", "nowhere",
        "--confirm", "mytodolist",
    )  # fmt: skip
    assert ran.code == 2
    assert "PutObject: The specified bucket does not exist" in ran.err
    assert stacks(cloud) == {}


@pytest.mark.slow
def test_the_scenario_goes_to_aws_whole(archlib: Archlib, cloud: LocalCloud) -> None:
    ran = archlib(
        "deploy", "mytodolist", "--target", "aws", "--assets-bucket", "zips",
        "--confirm", "mytodolist",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert stacks(cloud) == {"mytodolist": "CREATE_COMPLETE"}
    uploads = [line.split()[1] for line in ran.out.splitlines() if "Upload" in line]
    stored = [f"s3://zips/{o['Key']}" for o in cloud.client("s3").list_objects_v2(
        Bucket="zips")["Contents"]]  # fmt: skip
    assert sorted(uploads) == sorted(stored)
    assert "  ApiUrl = https://" in ran.out


def test_without_credentials_one_is_told_so(
    archlib: Archlib, file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    ran = aws(archlib, file, "--region", "eu-west-1")
    assert (ran.code, ran.out) == (2, "")
    assert "there are no AWS credentials" in ran.err
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    ran = aws(archlib, file)
    assert ran.code == 2
    assert "no region is configured" in ran.err
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    ran = aws(archlib, file)
    assert ran.code == 2
    assert "The config profile (nobody) could not be found" in ran.err


KEYED = """\
Parameters:
  Pem: {Type: String}
Resources:
  Kept: {Type: AWS::SecretsManager::Secret}
  Public:
    Type: AWS::CloudFront::PublicKey
    Metadata: {archlib: {privateKey: {secret: !Ref Kept}}}
    Properties:
      PublicKeyConfig: {Name: pair, CallerReference: pair, EncodedKey: !Ref Pem}
Outputs:
  Where: {Value: !Ref Kept}
  KeyId: {Value: !Ref Public}
"""


def stored(cloud: LocalCloud) -> dict[str, str]:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="queues")["Stacks"]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    found = cloud.client("secretsmanager").get_secret_value(SecretId=outputs["Where"])
    kept: dict[str, str] = json.loads(found["SecretString"])
    assert kept["keyPairId"] == outputs["KeyId"]
    return kept


def test_a_key_pair_is_planned_made_and_kept(
    archlib: Archlib, cloud: LocalCloud, folder: Path
) -> None:
    (folder / "k.yaml").write_text(KEYED)
    declined = aws(archlib, "k.yaml", typed="no\n")
    line = "Key pair Pem is the public half; the private half goes into secret Kept"
    assert line in declined.out
    assert "PRIVATE" not in declined.out + declined.err
    assert stacks(cloud) == {}
    made = aws(archlib, "k.yaml", "--confirm", "queues")
    assert made.code == 0, made.err
    assert "PRIVATE" not in made.out + made.err
    kept = stored(cloud)
    assert "PRIVATE KEY" in kept["privateKey"]
    again = aws(archlib, "k.yaml", "--confirm", "queues")
    assert "nothing to change" in again.out
    assert "Key pair" not in again.out
    assert stored(cloud) == kept


def test_who_gives_the_public_half_keeps_the_private_one(
    archlib: Archlib, cloud: LocalCloud, folder: Path
) -> None:
    pem = public_pem(new_key())
    (folder / "k.yaml").write_text(KEYED)
    made = aws(archlib, "k.yaml", "--confirm", "queues", "--parameter", f"Pem={pem}")
    assert made.code == 0, made.err
    assert "Key pair" not in made.out
    secrets = cloud.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        stored(cloud)
