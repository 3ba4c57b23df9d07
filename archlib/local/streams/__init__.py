"""Event source mappings in the local cloud: DynamoDB Streams, Kinesis and SQS to functions.

Known differences from AWS, beside what is refused as :class:`~archlib.errors.Unsupported`:

- Pollers run when something came, as soon as the client's call is over, and read one batch at a
  time; a setting for concurrency is kept and read back. Reading is no hop of its own, only a
  poll that the function's role may not do is.
- A table's stream has one shard. Waits between retries, which AWS does not publish, are 1, 2, 4
  … 60 virtual seconds; after progress within a batch its retries count anew.
- Changes of a mapping are in force at once. An update starts again at the checkpoint.
"""

from __future__ import annotations

from archlib.local.streams.plane import EventSourceMappings

__all__ = ["EventSourceMappings"]
