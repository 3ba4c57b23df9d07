"""Changes of a table as events: DynamoDB Streams."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Value
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.messaging import Queue, SendsFailures
from archlib.components.statements import sid
from archlib.components.wiring import Grant, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.compute import Function
    from archlib.components.plan import Plan

STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
"""What Lambda does with the role of a function that reads a stream.

Source: AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB", "Execution role
permissions".
"""


@dataclass(frozen=True)
class StreamsTo(Wire):
    """A table's changes appear in its stream."""


@dataclass(frozen=True)
class StreamInvokes(Wire):
    """Lambda polls a stream and hands batches of records to a function.

    ``batch`` is records, ``window`` and ``maximum_age`` seconds, ``retries`` attempts after the
    first. ``patterns`` are filters, of which a record must match one.
    """

    batch: int = field(default=10, kw_only=True)
    window: int = field(default=0, kw_only=True)
    retries: int = field(default=5, kw_only=True)
    maximum_age: int = field(default=3_600, kw_only=True)
    patterns: tuple[Mapping[str, object], ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class TableStream(AwsComponent):
    """The stream of ``table`` (a component's name): changes of items, in order, for 24 hours.

    CloudFormation makes the stream itself with its table. What is this component's own is the
    reading of it: one event source mapping for each function.
    """

    table: str = field(kw_only=True)

    @property
    def icon(self) -> str:
        """The icon of DynamoDB Streams."""
        return "aws.database.DynamodbStreams"

    @verb("Function")
    def invokes(
        self,
        function: Function,
        *,
        batch: int = 10,
        window: int = 0,
        retries: int = 5,
        maximum_age: int = 3_600,
        patterns: tuple[Mapping[str, object], ...] = (),
        label: str = "invoke lambda",
    ) -> StreamInvokes:
        """Invoke the function with batches of records.

        The function answers with the records that failed; a batch that fails as a whole is cut
        in two, so that one bad record holds up its neighbours for a while and no longer. Source:
        AWS Lambda Developer Guide, "Configuring partial batch response with DynamoDB and
        Lambda".
        """
        arn = Attribute(self.table, "StreamArn")
        return StreamInvokes(
            self.name,
            function.name,
            "invokes",
            label,
            Arrow.FORWARD,
            grants=(Grant(function.name, sid("reads", self.name), STREAM_ACTIONS, (arn,)),),
            batch=batch,
            window=window,
            retries=retries,
            maximum_age=maximum_age,
            patterns=patterns,
        )

    def check(self, plan: Plan) -> None:
        """Refuse a stream that no table, or another table, streams to."""
        tables = [wire.source for wire in plan.incoming(self, StreamsTo)]
        if tables != [self.table]:
            raise ModelError(
                f"is the stream of {self.table}, but of {' and '.join(tables) or 'nothing'} "
                "come the changes",
                where=described(self),
                hint=f"connect it: {self.table} says streams_to(stream), and nobody else",
            )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """An event source mapping for each function that reads the stream."""
        from troposphere import GetAtt, awslambda
        from troposphere import Ref as CfnRef

        for wire in plan.outgoing(self, StreamInvokes):
            function = plan.architecture.component(wire.target)
            failures: Value | None = None
            for ends in plan.outgoing(function, SendsFailures):
                failures = plan.component(ends.target, Queue).arn
            yield Piece(
                awslambda.EventSourceMapping(
                    f"{self.name}To{wire.target}",
                    EventSourceArn=GetAtt(self.table, "StreamArn"),
                    FunctionName=CfnRef(wire.target),
                    StartingPosition="TRIM_HORIZON",
                    BatchSize=wire.batch,
                    MaximumBatchingWindowInSeconds=wire.window,
                    BisectBatchOnFunctionError=True,
                    MaximumRetryAttempts=wire.retries,
                    MaximumRecordAgeInSeconds=wire.maximum_age,
                    FunctionResponseTypes=["ReportBatchItemFailures"],
                    **_optional(wire, failures),
                ),
                f"Lambda reads the stream and invokes {wire.target} with what matches",
                {"source": GetAtt(self.table, "StreamArn").to_dict()},
            )


def _optional(wire: StreamInvokes, failures: Value | None) -> dict[str, Any]:
    from troposphere import awslambda

    from archlib.components.intrinsics import cfn

    optional: dict[str, Any] = {}
    if wire.patterns:
        optional["FilterCriteria"] = awslambda.FilterCriteria(
            Filters=[
                awslambda.Filter(Pattern=json.dumps(pattern, separators=(",", ":")))
                for pattern in wire.patterns
            ]
        )
    if failures is not None:
        optional["DestinationConfig"] = awslambda.DestinationConfig(
            OnFailure=awslambda.OnFailure(Destination=cfn(failures))
        )
    return optional
