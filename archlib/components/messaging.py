"""Messages: Amazon SQS queues and Amazon SNS topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.values import ACCOUNT_ID, Attribute, Ref, Value
from archlib.components.base import AwsComponent, Piece
from archlib.components.statements import policy
from archlib.components.storage import Bucket, Notifies
from archlib.components.wiring import Wire

if TYPE_CHECKING:
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class SendsFailures(Wire):
    """What a function could not do in all its attempts ends in a queue."""


def _told_by_buckets(target: Queue | Topic, action: str, plan: Plan) -> list[dict[str, object]]:
    """A statement for each bucket that notifies the target.

    The account is a condition of its own, because a bucket's ARN names none and a deleted
    bucket's name can be taken by anybody (Amazon S3 User Guide, "Granting permissions to publish
    event notification messages to a destination").
    """
    statements: list[dict[str, object]] = []
    for wire in plan.incoming(target, Notifies):
        bucket = plan.component(wire.source, Bucket)
        statements.append(
            {
                "Sid": f"ToldBy{bucket.name}",
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": action,
                "Resource": target.arn,
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": bucket.arn},
                    "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
                },
            }
        )
    return statements


@dataclass(frozen=True)
class Queue(AwsComponent):
    """A standard queue, encrypted by SQS; ``retention`` and ``visibility`` are seconds."""

    retention: int = field(default=345_600, kw_only=True)
    visibility: int = field(default=30, kw_only=True)
    purpose: str = field(default="Messages wait here until somebody takes them", kw_only=True)

    @property
    def icon(self) -> str:
        """SQS's icon."""
        return "aws.integration.SimpleQueueServiceSqs"

    @property
    def arn(self) -> Value:
        """The queue's ARN."""
        return Attribute(self.name, "Arn")

    @property
    def url(self) -> Value:
        """The queue's URL, by which its API names it."""
        return Ref(self.name)

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The queue and its policy."""
        from troposphere import GetAtt, sqs
        from troposphere import Ref as CfnRef

        yield Piece(
            sqs.Queue(
                self.name,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                MessageRetentionPeriod=self.retention,
                VisibilityTimeout=self.visibility,
                SqsManagedSseEnabled=True,
            ),
            self.purpose,
        )
        yield Piece(
            sqs.QueuePolicy(
                f"{self.name}Policy",
                Queues=[CfnRef(self.name)],
                PolicyDocument=policy(
                    [
                        {
                            "Sid": "RefusesPlainHttp",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sqs:*",
                            "Resource": GetAtt(self.name, "Arn").to_dict(),
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                        *_told_by_buckets(self, "sqs:SendMessage", plan),
                    ]
                ),
            ),
            "Who may send to the queue besides this account's own roles, and only over TLS",
        )


@dataclass(frozen=True)
class Topic(AwsComponent):
    """A standard topic.

    It is not encrypted at rest: S3 cannot publish to a topic under AWS's own key, and a key of
    one's own costs more than the news is secret (Amazon S3 User Guide, "Granting permissions to
    publish event notification messages to a destination", "AWS KMS key policy").
    """

    purpose: str = field(default="Whoever subscribes is told", kw_only=True)

    @property
    def icon(self) -> str:
        """SNS's icon."""
        return "aws.integration.SimpleNotificationServiceSns"

    @property
    def arn(self) -> Value:
        """The topic's ARN, which is its ``Ref``."""
        return Ref(self.name)

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The topic, and who may publish to it."""
        from troposphere import Ref as CfnRef
        from troposphere import sns

        yield Piece(sns.Topic(self.name), self.purpose)
        told = _told_by_buckets(self, "sns:Publish", plan)
        if told:
            yield Piece(
                sns.TopicPolicy(
                    f"{self.name}Policy",
                    Topics=[CfnRef(self.name)],
                    PolicyDocument=policy(told),
                ),
                "Who may publish to the topic besides this account's own roles",
            )
