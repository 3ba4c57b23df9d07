"""Rotation by a real function, at once and on a schedule of virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from key_roles import KMS, allow, client_of, make_role, refused

from archlib.local.cloud import LocalCloud

PLANES = (
    *KMS,
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.secretsmanager:SecretsManagerPlane",
)
SERVICE = "secretsmanager.amazonaws.com"
#: The four steps as AWS's rotation function templates have them.
ROTATES = """
    import boto3, json, os
    def handler(event, context):
        print("EVENT " + json.dumps(event))
        client, secret = boto3.client("secretsmanager"), event["SecretId"]
        token, step = event["ClientRequestToken"], event["Step"]
        if step == os.environ.get("FAILS"):
            raise RuntimeError("no")
        stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        assert "AWSPENDING" in stages[token]
        if step == "createSecret":
            client.put_secret_value(SecretId=secret, ClientRequestToken=token,
                                    SecretString="value of " + token,
                                    VersionStages=["AWSPENDING"])
        elif step == "testSecret":
            try:
                client.get_secret_value(SecretId=secret, VersionId=token,
                                        VersionStage="AWSPENDING")
            except client.exceptions.ResourceNotFoundException:
                print("nothing to test")
        elif step == "finishSecret":
            current = [v for v, labels in stages.items() if "AWSCURRENT" in labels][0]
            client.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT",
                                               MoveToVersionId=token, RemoveFromVersionId=current)
"""


@dataclass
class Site:
    """A secret with a function that can rotate it."""

    cloud: LocalCloud
    lab: Any
    secrets: Any
    arn: str
    function: str

    def steps(self) -> list[str]:
        return [event["Step"] for event in self.lab.events()]

    def value(self, **which: Any) -> str:
        return str(self.secrets.get_secret_value(SecretId="s", **which)["SecretString"])

    def described(self) -> Any:
        return self.secrets.describe_secret(SecretId="s")

    def fails(self, step: str) -> None:
        self.cloud.control("lambda").update_function_configuration(
            FunctionName="f", Environment={"Variables": {"FAILS": step}}
        )


@pytest.fixture
def site(event_lab: Callable[[LocalCloud], Any]) -> Iterator[Site]:
    with LocalCloud(planes=PLANES) as cloud:
        lab = event_lab(cloud)
        secrets = cloud.client("secretsmanager")
        arn = secrets.create_secret(Name="s", SecretString="first")["ARN"]
        function = lab.function(ROTATES, principal=SERVICE, of=arn)
        lab.allow("secretsmanager:*", resource=arn, name="secret")
        yield Site(cloud, lab, secrets, arn, function)


def test_a_rotation_runs_the_four_steps(site: Site) -> None:
    made = site.secrets.rotate_secret(SecretId="s", RotationLambdaARN=site.function)
    assert site.steps() == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    for event in site.lab.events():
        assert (event["SecretId"], event["ClientRequestToken"]) == (site.arn, made["VersionId"])
    assert site.value() == f"value of {made['VersionId']}"
    assert site.value(VersionStage="AWSPREVIOUS") == "first"
    told = site.described()
    assert sorted(told["VersionIdsToStages"][made["VersionId"]]) == ["AWSCURRENT", "AWSPENDING"]
    assert told["LastRotatedDate"]
    assert told["RotationLambdaARN"] == site.function
    hops = [hop for hop in site.cloud.trace.hops if hop.target == site.function]
    assert {hop.source for hop in hops} == {site.arn}
    assert {hop.principal for hop in hops} == {SERVICE}


def test_a_rotation_by_schedule_waits_for_its_window(site: Site) -> None:
    site.secrets.rotate_secret(
        SecretId="s", RotationLambdaARN=site.function,
        RotationRules={"AutomaticallyAfterDays": 10}, RotateImmediately=False,
    )  # fmt: skip
    # The configuration is tried out, and leaves nothing behind.
    assert site.steps() == ["testSecret"]
    assert list(site.described()["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    told = site.described()
    assert (told["RotationEnabled"], told["RotationRules"]) == (
        True,
        {"AutomaticallyAfterDays": 10},
    )
    assert told["NextRotationDate"] == datetime(2026, 1, 15, 23, 59, 59, tzinfo=UTC)
    site.cloud.clock.advance(days=9)
    assert site.value() == "first"
    site.cloud.clock.advance(days=1)
    assert site.value() != "first"
    assert site.described()["NextRotationDate"] == datetime(2026, 1, 25, 23, 59, 59, tzinfo=UTC)
    site.cloud.clock.advance(days=10)
    assert site.steps().count("finishSecret") == 2


@pytest.mark.parametrize(
    ("rules", "due"),
    [
        ({"ScheduleExpression": "rate(12 hours)"}, datetime(2026, 1, 5, 21, 59, 59)),
        ({"ScheduleExpression": "cron(0 16 ? * FRI *)", "Duration": "3h"},
         datetime(2026, 1, 9, 18, 59, 59)),
        ({"ScheduleExpression": "rate(2 days)"}, datetime(2026, 1, 7, 23, 59, 59)),
    ],
)  # fmt: skip
def test_schedule_expressions(site: Site, rules: dict[str, str], due: datetime) -> None:
    site.secrets.rotate_secret(
        SecretId="s", RotationLambdaARN=site.function, RotationRules=rules, RotateImmediately=False
    )
    assert site.described()["NextRotationDate"].replace(microsecond=0) == due.replace(tzinfo=UTC)
    site.cloud.clock.advance(days=5)
    assert site.value() != "first"


def test_a_value_put_by_hand_counts_as_a_rotation(site: Site) -> None:
    site.secrets.rotate_secret(
        SecretId="s", RotationLambdaARN=site.function,
        RotationRules={"AutomaticallyAfterDays": 10}, RotateImmediately=False,
    )  # fmt: skip
    site.cloud.clock.advance(days=8)
    site.secrets.put_secret_value(SecretId="s", SecretString="by hand")
    site.cloud.clock.advance(days=8)
    assert site.value() == "by hand"
    site.cloud.clock.advance(days=3)
    assert site.value() != "by hand"


def test_a_failed_rotation_leaves_the_current_value_and_is_tried_again(site: Site) -> None:
    site.fails("testSecret")
    made = site.secrets.rotate_secret(
        SecretId="s", RotationLambdaARN=site.function, RotationRules={"AutomaticallyAfterDays": 2}
    )
    assert site.steps() == ["createSecret", "setSecret", "testSecret"]
    assert site.value() == "first"
    told = site.described()
    assert told["VersionIdsToStages"][made["VersionId"]] == ["AWSPENDING"]
    assert "LastRotatedDate" not in told
    assert refused(site.secrets.rotate_secret, SecretId="s") == (
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
    )
    site.cloud.clock.advance(days=2)
    assert site.steps().count("testSecret") == 2
    assert site.value() == "first"
    site.fails("")
    site.cloud.clock.advance(days=2)
    assert site.value() == f"value of {made['VersionId']}"


def test_a_cancelled_rotation_does_not_come(site: Site) -> None:
    site.secrets.rotate_secret(
        SecretId="s", RotationLambdaARN=site.function,
        RotationRules={"AutomaticallyAfterDays": 2}, RotateImmediately=False,
    )  # fmt: skip
    site.secrets.cancel_rotate_secret(SecretId="s")
    told = site.described()
    assert told["RotationEnabled"] is False
    assert "NextRotationDate" not in told
    site.cloud.clock.advance(days=5)
    assert site.value() == "first"


def test_the_function_must_exist_and_admit_secrets_manager(site: Site) -> None:
    site.lab.function(ROTATES, name="closed")
    said = (
        "AccessDeniedException",
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function "
        f"policy grants access to the principal {SERVICE}.",
    )
    for name in ("closed", "missing"):
        arn = site.function.replace(":f", f":{name}")
        assert refused(site.secrets.rotate_secret, SecretId="s", RotationLambdaARN=arn) == said
    # The policy admits Secrets Manager for one secret only.
    site.secrets.create_secret(Name="other")
    assert refused(
        site.secrets.rotate_secret, SecretId="other", RotationLambdaARN=site.function
    ) == said  # fmt: skip


def test_who_sets_up_rotation_must_be_allowed_to_invoke_the_function(site: Site) -> None:
    role = make_role(site.cloud, "operator", allow("secretsmanager:RotateSecret", site.arn))
    mine = client_of(site.cloud, role, "secretsmanager")
    ask = {"SecretId": "s", "RotationLambdaARN": site.function}
    code, said = refused(mine.rotate_secret, **ask)
    assert code == "AccessDeniedException"
    assert "lambda:InvokeFunction" in said


BAD: list[tuple[dict[str, Any], str]] = [
    ({"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}, "both"),
    ({"ScheduleExpression": "rate(3 hours)"}, "four hours"),
    ({"ScheduleExpression": "rate(3 minutes)"}, "Invalid schedule expression"),
    ({"ScheduleExpression": "cron(0 1)"}, "Invalid schedule expression"),
]


@pytest.mark.parametrize(("rules", "said"), BAD)
def test_rules_that_cannot_be_kept(site: Site, rules: dict[str, Any], said: str) -> None:
    got = refused(
        site.secrets.rotate_secret, SecretId="s", RotationLambdaARN=site.function,
        RotationRules=rules,
    )  # fmt: skip
    assert got[0] == "InvalidParameterException"
    assert said in got[1]
