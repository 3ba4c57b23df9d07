"""An event source mapping: its settings, and what Lambda accepts of them.

AWS: AWS Lambda API Reference, "CreateEventSourceMapping"; Developer Guide, "How Lambda processes
records from stream and queue-based event sources".
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from typing import Any

from archlib.errors import Unsupported
from archlib.local.events.operators import PatternError
from archlib.local.events.pattern import LAMBDA, Pattern, compile_pattern
from archlib.local.refusal import ApiRefusal

INVALID = "InvalidParameterValueException"


@dataclass(frozen=True)
class Kind:
    """A kind of source: its limits, the permissions it needs and the settings it has."""

    batch: int
    largest_batch: int
    actions: tuple[str, ...]
    settings: frozenset[str]
    is_stream: bool


_COMMON = frozenset(
    {"BatchSize", "FilterCriteria", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds"}
)
_STREAM = _COMMON | {
    "StartingPosition", "DestinationConfig", "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError", "MaximumRetryAttempts", "ParallelizationFactor",
    "TumblingWindowInSeconds",
}  # fmt: skip

#: By the service in the source's ARN.
KINDS: Values[str, Kind] = {
    "dynamodb": Kind(
        100, 10_000, ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"), _STREAM,
        True,
    ),
    "kinesis": Kind(
        100, 10_000, ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"),
        _STREAM | {"StartingPositionTimestamp"}, True,
    ),
    "sqs": Kind(
        10, 10_000, ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
        _COMMON | {"ScalingConfig"}, False,
    ),
}  # fmt: skip

#: Settings that are not honoured, with what they are.
UNSUPPORTED_SETTINGS = {
    "KMSKeyArn": "encrypted filter criteria",
    "MetricsConfig": "metrics of event source mappings",
    "LoggingConfig": "logs of event source mappings",
    "ProvisionedPollerConfig": "provisioned pollers",
    "Topics": "Kafka",
    "Queues": "Amazon MQ",
    "SourceAccessConfigurations": "Kafka and Amazon MQ",
    "SelfManagedEventSource": "Kafka",
    "AmazonManagedKafkaEventSourceConfig": "Kafka",
    "SelfManagedKafkaEventSourceConfig": "Kafka",
    "DocumentDBEventSourceConfig": "DocumentDB",
}

#: Setting -> least and greatest value; -1 stands for "no limit" where it is allowed.
_RANGES = {
    "MaximumBatchingWindowInSeconds": (0, 300),
    "ParallelizationFactor": (1, 10),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "TumblingWindowInSeconds": (0, 900),
}

#: The least age there is, unless it is unlimited.
LEAST_AGE = 60

MOST_FILTERS = 5


@dataclass
class Mapping:
    """One mapping. ``settings`` are the API's members as they were given or defaulted;
    ``function`` is the (perhaps qualified) ARN; times are virtual epoch seconds."""

    uuid: str
    region: str
    account: str
    function: str
    source: str
    settings: dict[str, Any]
    modified: float
    enabled: bool = True
    last_result: str = "No records processed"
    filters: tuple[Pattern, ...] = ()
    deleted: bool = False
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """``dynamodb``, ``kinesis`` or ``sqs``."""
        return service_of(self.source)

    @property
    def kind(self) -> Kind:
        """The kind of its source."""
        return KINDS[self.service]

    @property
    def active(self) -> bool:
        """Whether it polls."""
        return self.enabled and not self.deleted

    @property
    def function_arn(self) -> str:
        """The function without its qualifier, as the trace has it."""
        return ":".join(self.function.split(":")[:7])

    @property
    def reports_items(self) -> bool:
        """Whether the function says which items of a batch failed."""
        return "ReportBatchItemFailures" in self.settings.get("FunctionResponseTypes", ())

    @property
    def window(self) -> int:
        """Virtual seconds that it gathers records for."""
        return int(self.settings.get("MaximumBatchingWindowInSeconds", 0))

    @property
    def batch_size(self) -> int:
        """The most records in one event."""
        return int(self.settings["BatchSize"])

    @property
    def failure_destination(self) -> str | None:
        """Where records of discarded batches go."""
        config = self.settings.get("DestinationConfig", {})
        found: str | None = config.get("OnFailure", {}).get("Destination")
        return found

    def limit(self, name: str) -> int | None:
        """``MaximumRetryAttempts`` or ``MaximumRecordAgeInSeconds``; None for no limit."""
        value = int(self.settings.get(name, -1))
        return None if value == -1 else value

    def wants(self, filterable: Values[str, Any]) -> bool:
        """Whether a record passes the filter criteria."""
        return not self.filters or any(one.matches(filterable) for one in self.filters)


def service_of(arn: str) -> str:
    """The service in an event source's ARN; raises :class:`Unsupported` for one not served."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service not in KINDS:
        raise Unsupported(
            f"the local cloud has no event source mappings for {arn}",
            where="EventSourceArn",
            hint=f"sources of {', '.join(KINDS)} are served",
        )
    return service


def check(source: str, given: Values[str, Any], *, creating: bool) -> None:
    """Refuse settings as Lambda does.

    Raises:
        ApiRefusal: in Lambda's words.
        Unsupported: a setting that is not honoured here.
    """
    service = service_of(source)
    kind, fifo = KINDS[service], source.endswith(".fifo")
    for name, feature in UNSUPPORTED_SETTINGS.items():
        if given.get(name):
            raise Unsupported(f"the local cloud has no {feature}", where=name)
    for name in sorted(set(given) & _SETTINGS - kind.settings):
        if given[name] not in (None, {}, [], False):
            raise _invalid(f"Unsupported {name} parameter for given event source mapping type.")
    for name, (low, high) in _RANGES.items():
        if name in given and not low <= int(given[name]) <= high:
            raise _constraint(name, given[name], low, high)
    age = int(given.get("MaximumRecordAgeInSeconds", -1))
    if -1 < age < LEAST_AGE:
        raise _invalid(
            "Maximum record age in seconds must be -1 or at least 60 seconds. "
            f"MaximumRecordAgeInSeconds: {age}"
        )
    if int(given.get("ParallelizationFactor", 1)) > 1:
        raise Unsupported("the local cloud reads every shard one batch at a time",
                          where="ParallelizationFactor")  # fmt: skip
    if int(given.get("TumblingWindowInSeconds", 0)) > 0:
        raise Unsupported("the local cloud has no tumbling windows",
                          where="TumblingWindowInSeconds")  # fmt: skip
    concurrency = given.get("ScalingConfig", {}).get("MaximumConcurrency")
    if concurrency is not None and not 2 <= int(concurrency) <= 1000:
        raise _constraint("ScalingConfig.MaximumConcurrency", concurrency, 2, 1000)
    _check_batch(kind, fifo, given)
    if creating:
        _check_position(service, kind, given)


_SETTINGS = frozenset().union(*(kind.settings for kind in KINDS.values()))


def _check_batch(kind: Kind, fifo: bool, given: Values[str, Any]) -> None:
    size = int(given.get("BatchSize", kind.batch))
    if not 1 <= size <= kind.largest_batch:
        raise _constraint("BatchSize", size, 1, kind.largest_batch)
    window = int(given.get("MaximumBatchingWindowInSeconds", 0))
    if fifo and size > 10:
        raise _invalid("Batch size must be less than or equal to 10 for FIFO queues.")
    if fifo and window:
        raise _invalid("Batching window is not supported for FIFO queues.")
    if not kind.is_stream and size > 10 and window < 1:
        raise _invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            "greater than 10"
        )


def _check_position(service: str, kind: Kind, given: Values[str, Any]) -> None:
    position = given.get("StartingPosition")
    if not kind.is_stream:
        return
    if position is None:
        raise _invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
    if position == "AT_TIMESTAMP":
        if service == "dynamodb":
            raise _invalid("Unsupported starting position for given event source mapping type.")
        if "StartingPositionTimestamp" not in given:
            raise _invalid("StartingPositionTimestamp must not be null if StartingPosition is "
                           "AT_TIMESTAMP")  # fmt: skip


def compiled_filters(criteria: Values[str, Any] | None) -> tuple[Pattern, ...]:
    """The filters of a FilterCriteria; raises :class:`ApiRefusal`."""
    found = (criteria or {}).get("Filters") or ()
    if len(found) > MOST_FILTERS:
        raise _constraint("filterCriteria.filters", len(found), 0, MOST_FILTERS)
    made = []
    for entry in found:
        text = entry.get("Pattern") or ""
        try:
            if json.loads(text) == {}:
                continue
            made.append(compile_pattern(text, LAMBDA))
        except (PatternError, ValueError) as error:
            raise _invalid(f"Invalid filter pattern definition. ({error})") from None
    return tuple(made)


def defaulted(source: str, given: Values[str, Any]) -> dict[str, Any]:
    """The settings with the defaults that Lambda shows."""
    kind = KINDS[service_of(source)]
    made: dict[str, Any] = {
        "BatchSize": kind.batch,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
    }
    if kind.is_stream:
        made.update(
            ParallelizationFactor=1,
            DestinationConfig={"OnFailure": {}},
            MaximumRecordAgeInSeconds=-1,
            BisectBatchOnFunctionError=False,
            MaximumRetryAttempts=-1,
            TumblingWindowInSeconds=0,
        )
    made.update({name: value for name, value in given.items() if name in kind.settings})
    return made


def _constraint(name: str, value: Any, low: int, high: int) -> ApiRefusal:
    member = name[:1].lower() + name[1:]
    bound = (
        f"greater than or equal to {low}" if int(value) < low else f"less than or equal to {high}"
    )
    return ApiRefusal(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: Member must have value {bound}",
    )


def _invalid(message: str) -> ApiRefusal:
    return ApiRefusal(INVALID, message, 400, Type="User")
