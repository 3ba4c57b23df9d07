"""What the tests of event delivery and of event source mappings share."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud

ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
PRINTS = """
    import json
    def handler(event, context):
        print("EVENT " + json.dumps(event))
"""


@dataclass
class EventLab:
    """What the tests of event delivery share."""

    cloud: LocalCloud
    role: str = ""
    urls: dict[str, str] = field(default_factory=dict)

    def queue(self, name: str = "q", principal: str = "", source: str = "", **given: str) -> str:
        """A queue's ARN; a service may send to it, for one source if it is named."""
        sqs = self.cloud.control("sqs")
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        if principal:
            given["Policy"] = self.policy(principal, "sqs:SendMessage", arn, source)
        self.urls[arn] = sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]
        return arn

    def topic(self, name: str = "t", principal: str = "", source: str = "", **given: str) -> str:
        sns = self.cloud.control("sns")
        arn = str(sns.create_topic(Name=name, Attributes=given)["TopicArn"])
        if principal:
            policy = self.policy(principal, "sns:Publish", arn, source)
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return arn

    def bucket(self, name: str = "box", versioned: bool = False) -> str:
        s3 = self.cloud.control("s3")
        s3.create_bucket(Bucket=name)
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return f"arn:aws:s3:::{name}"

    def notify(self, bucket: str = "box", **configuration: Any) -> None:
        self.cloud.client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=configuration
        )

    def function(
        self, source: str = PRINTS, name: str = "f", principal: str = "", of: str = "",
        **given: Any,
    ) -> str:  # fmt: skip
        """A function's ARN; a service may invoke it, for one source if it is named."""
        self.make_role()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr("app.py", textwrap.dedent(source))
        client = self.cloud.control("lambda")
        arn = client.create_function(
            FunctionName=name, Runtime="python3.12", Handler="app.handler", Role=self.role,
            Code={"ZipFile": buffer.getvalue()}, **given,
        )["FunctionArn"]  # fmt: skip
        if principal:
            source_arn = {"SourceArn": of, "SourceAccount": ACCOUNT} if of else {}
            client.add_permission(
                FunctionName=name, StatementId="service", Action="lambda:InvokeFunction",
                Principal=principal, **source_arn,
            )  # fmt: skip
        return str(arn)

    def make_role(self) -> None:
        """The execution role of all functions; they may write logs."""
        if not self.role:
            iam = self.cloud.control("iam")
            made = iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)
            self.role = made["Role"]["Arn"]
            self.allow("logs:*", name="logs")

    def allow(self, *actions: str, resource: str = "*", name: str = "policy") -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.cloud.control("iam").put_role_policy(
            RoleName="role", PolicyName=name, PolicyDocument=json.dumps(document)
        )

    @staticmethod
    def policy(principal: str, action: str, resource: str, source: str = "") -> str:
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": principal},
            "Action": action,
            "Resource": resource,
        }
        if source:
            statement["Condition"] = {
                "ArnEquals": {"aws:SourceArn": source},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def messages(self, arn: str) -> list[dict[str, Any]]:
        """Receive and delete everything visible."""
        sqs, found = self.cloud.control("sqs"), []
        while True:
            answer = sqs.receive_message(
                QueueUrl=self.urls[arn], MaxNumberOfMessages=10, AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])  # fmt: skip
            if not answer:
                return found
            for message in answer:
                sqs.delete_message(QueueUrl=self.urls[arn], ReceiptHandle=message["ReceiptHandle"])
            found.extend(answer)

    def bodies(self, arn: str) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.messages(arn)]

    def events(self, name: str = "f") -> list[Any]:
        """The events a printing function got."""
        logs = self.cloud.raw("logs")
        try:
            lines = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        texts = [line["message"] for line in lines]
        return [json.loads(text[6:]) for text in texts if text.startswith("EVENT ")]


@pytest.fixture
def event_lab() -> Callable[[LocalCloud], EventLab]:
    return EventLab
