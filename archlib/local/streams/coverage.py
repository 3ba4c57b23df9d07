"""What event source mappings honour."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.streams.mapping import KINDS, UNSUPPORTED_SETTINGS

COVERAGE = coverage(
    "Event source mappings: DynamoDB Streams, Amazon Kinesis, Amazon SQS",
    honours("Records", "in AWS's shapes; the view types; no record for a write that changes "
            "nothing; expired items name DynamoDB as their author; 24 hours of life"),
    honours("Positions", "TRIM_HORIZON, LATEST, AT_TIMESTAMP (Kinesis); a checkpoint per shard"),
    honours("Batches", "size, window, 6 MB"),
    honours("Failures", "retries, their limit and the records' age, bisecting, "
            "ReportBatchItemFailures, on-failure destinations with AWS's record"),
    honours("Queues", "visibility, redrive, partial failures, FIFO groups"),
    honours("Filter criteria", "on records, decoded data and bodies"),
    honours("The execution role", "checked when a mapping is made and at every poll"),
    honours("Enable, disable, update, delete, list", "with state and last result"),
    honours("At least once", "deliver_twice() of the plane makes it happen"),
    refuses("Sources other than those below"),
    refuses("Parallelization factor above 1, tumbling windows"),
    refuses("Settings", "listed below"),
    differs("Polls", "run when something came; only a poll that is denied is a hop"),
    differs("Shards of a table's stream", "there is one"),
    differs("Waits between retries", "1, 2, 4 … 60 virtual seconds; AWS does not publish its own"),
    differs("Maximum concurrency", "kept and read back; batches run one after another"),
    listings={
        "Sources": tuple(KINDS),
        "Refused settings": (
            "ParallelizationFactor above 1", "TumblingWindowInSeconds", *UNSUPPORTED_SETTINGS,
        ),
    },
)  # fmt: skip
