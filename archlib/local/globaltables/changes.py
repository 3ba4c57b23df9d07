"""What was written: changes of items, caught where moto feeds its streams.

Every way of changing an item (the API, transactions, PartiQL, expiry) ends in moto's
``StreamShard.add``. One API call may pass there several times for one item (moto creates an
item before it updates it) or take everything back (a cancelled transaction): so the changes of
a call are collected, and published, one per item, when it has succeeded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

Image = Mapping[str, Any]

#: The operations of the ``dynamodb`` service that change items.
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems",
          "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")  # fmt: skip


@dataclass(frozen=True, order=True)
class Stamp:
    """When a change was made: virtual epoch seconds, then order within the same instant."""

    when: float
    order: int


@dataclass(frozen=True)
class Change:
    """One item of one table, before and after; None where there is no item."""

    region: str
    table: str
    key: Image
    before: Image | None
    after: Image | None
    stamp: Stamp

    @property
    def item(self) -> str:
        """The primary key as text, equal for equal keys."""
        return json.dumps(self.key, sort_keys=True, default=str)


class Changes:
    """Collects what a call changes and hands it to ``publish``."""

    def __init__(self, publish: Callable[[Change], None], now: Callable[[], float]) -> None:
        self._publish = publish
        self._now = now
        self._order = 0
        self._muted: ContextVar[bool] = ContextVar("archlib_replicating", default=False)
        self._open: ContextVar[list[Change] | None] = ContextVar(
            "archlib_item_changes", default=None
        )

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Let changes in the block go unnoticed: they are replication's own."""
        token = self._muted.set(True)
        try:
            yield
        finally:
            self._muted.reset(token)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Publish the changes of the block at its end, or none if it fails."""
        token = self._open.set([])
        try:
            yield
            found = self._open.get() or []
        finally:
            self._open.reset(token)
        for change in _merged(found):
            self._publish(change)

    def noticed(self, table: Any, old: Any, new: Any) -> None:
        """moto changed an item of ``table`` from ``old`` to ``new`` (either may be None)."""
        if self._muted.get():
            return
        before, after = _image(old), _image(new)
        image = after if after is not None else before
        if image is None:
            return
        self._order += 1
        key = {name: image[name] for name in table.table_key_attrs}
        stamp = Stamp(self._now(), self._order)
        change = Change(table.region_name, table.name, key, before, after, stamp)
        collecting = self._open.get()
        if collecting is None:
            self._publish(change)
        else:
            collecting.append(change)


def _image(item: Any) -> Image | None:
    return None if item is None else dict(item.to_json()["Attributes"])


def _merged(changes: list[Change]) -> Iterator[Change]:
    """One change per item: from its first state to its last."""
    by_item: dict[tuple[str, str], Change] = {}
    for change in changes:
        where = (change.table, change.item)
        first = by_item.pop(where, change)
        by_item[where] = Change(
            change.region, change.table, change.key, first.before, change.after, change.stamp
        )
    yield from by_item.values()
