"""A record of a stream or queue as a function gets it, and where records come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from archlib.local.events.lineage import ROOT, Lineage


@dataclass(frozen=True)
class Record:
    """One record. ``order`` is its place in the shard, ``sequence`` the number AWS shows,
    ``at`` its arrival in virtual epoch seconds, ``body`` its member of ``Records``, and
    ``filterable`` what filter criteria look at."""

    sequence: str
    order: int
    at: float
    body: Mapping[str, Any]
    filterable: Mapping[str, Any]
    lineage: Lineage = ROOT

    @property
    def size(self) -> int:
        """Bytes within the event."""
        return len(json.dumps(self.body)) + 2


class StreamSource(Protocol):
    """A kind of stream: DynamoDB's or Kinesis'."""

    def exists(self, arn: str) -> bool:
        """Whether the stream is there and enabled."""

    def shards(self, arn: str) -> Sequence[str]:
        """Ids of the shards, parents before their children."""

    def start(self, arn: str, shard: str, position: str, timestamp: float | None) -> int:
        """The order after which a starting position begins."""

    def read(self, arn: str, shard: str, after: int, role: str) -> Sequence[Record]:
        """The records behind an order that have not expired, oldest first."""

    def retention(self, arn: str) -> float:
        """Virtual seconds that a record lives."""


def chain_of(records: Sequence[Record]) -> Lineage:
    """The longest chain of requests among records that arrive together."""
    return max((record.lineage for record in records), key=lambda one: len(one.trail), default=ROOT)
