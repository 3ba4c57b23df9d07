"""What the DynamoDB plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses

COVERAGE = coverage(
    "Amazon DynamoDB",
    honours("Item operations, queries, scans, batches, transactions"),
    honours("Expressions", "malformed ones are refused before the table is looked at, with "
            "DynamoDB's messages; conditions compare values of one type only"),
    honours("Consumed capacity", "4 KB read and 1 KB write units, eventual, strong and "
            "transactional, per-item rounding, indexes; ReturnConsumedCapacity TOTAL and INDEXES"),
    honours("Provisioned throughput", "throttling with 300 seconds of burst, per table and index"),
    honours("On-demand throughput", "initial and previous-peak limits, configured maxima"),
    honours("Time to live", "items go 48 hours after their expiry"),
    honours("Idempotent transactions", "client request tokens for ten minutes"),
    honours("Item, batch and transaction limits"),
    honours("Encryption at rest", "AWS owned, AWS managed and customer managed keys, that exist"),
    honours("Streams", "records kept by moto"),
    refuses("ReturnConsumedCapacity of PartiQL"),
    refuses("size() among the operands of contains()"),
    honours("Customer managed keys", "who reads or writes items needs kms:Decrypt"),
    differs("Grants on the keys of tables", "are not made; streams and backups ask no key"),
    differs("Partitions", "a table is one: no hot partitions, no adaptive capacity"),
    differs("Eventually consistent reads", "are up to date; only their cost is half"),
    differs("A cancelled transaction", "is charged half of what success would cost"),
    differs("Retries of the SDK", "do not happen: a throttled call is seen as it is"),
    differs("Global tables, backups, exports", "as far as moto keeps them"),
)  # fmt: skip
