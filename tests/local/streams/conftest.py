"""A cloud with tables, queues, streams and event source mappings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud

PLANES = (
    "archlib.local.iam:IamEnforcement",
    "archlib.local.sts:SecurityTokens",
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.s3:S3Plane",
    "archlib.local.dynamodb:DynamoDbPlane",
    "archlib.local.events:EventDelivery",
    "archlib.local.streams:EventSourceMappings",
)
READ = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")


class StreamLab:
    """The event lab with a table, and mappings of its functions."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def dynamodb(self) -> Any:
        return self.cloud.client("dynamodb")

    def table(self, name: str = "t", view: str = "NEW_AND_OLD_IMAGES", **given: Any) -> str:
        """A table's stream ARN."""
        return str(
            self.dynamodb.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
                **given,
            )["TableDescription"]["LatestStreamArn"]
        )

    def put(self, identifier: str, table: str = "t", **values: str) -> None:
        item = {"id": {"S": identifier}, **{name: {"S": one} for name, one in values.items()}}
        self.dynamodb.put_item(TableName=table, Item=item)

    def permit(self, service: str = "dynamodb") -> None:
        """Let the role read every stream or queue."""
        actions = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        self.allow(
            *(f"{service}:{one}" for one in (actions if service == "sqs" else READ)),
            name=f"read-{service}",
        )

    def map(self, source: str, function: str = "f", **given: Any) -> str:
        """A mapping's UUID, read from the beginning unless told otherwise."""
        if ":sqs:" not in source:
            given.setdefault("StartingPosition", "TRIM_HORIZON")
        filters = given.pop("filters", None)
        if filters is not None:
            given["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(p)} for p in filters]}
        return str(
            self.cloud.client("lambda").create_event_source_mapping(
                EventSourceArn=source, FunctionName=function, **given
            )["UUID"]
        )

    def state(self, uuid: str) -> Any:
        return self.cloud.client("lambda").get_event_source_mapping(UUID=uuid)

    def batches(self, name: str = "f") -> list[list[str]]:
        """The ids of the items in each event that a printing function got."""
        return [
            [one["dynamodb"]["Keys"]["id"]["S"] for one in event["Records"]]
            for event in self.events(name)
        ]


@pytest.fixture
def lab(event_lab: Any) -> Iterator[StreamLab]:
    with LocalCloud(planes=PLANES) as cloud:
        yield StreamLab(event_lab(cloud))


@pytest.fixture
def streamed(lab: StreamLab) -> StreamLab:
    """A table with a stream and a printing function whose role may read it."""
    lab.stream = lab.table()  # type: ignore[attr-defined]
    lab.function()
    lab.permit()
    return lab
