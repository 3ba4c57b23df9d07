"""Reading one shard for one mapping: checkpoint, batches, retries.

AWS: AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB", "Batching and
stream-polling", "Retain discarded records for a DynamoDB event source in Lambda" ("Splitting
batches doesn't consume the retry quota"). A shard is blocked by the batch at its head.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archlib.local.clock import Timer
from archlib.local.functions import InvocationResult
from archlib.local.streams.discarded import Discarded, send
from archlib.local.streams.invoking import DONE, FAILED, Invoking, Throttled
from archlib.local.streams.mapping import Mapping
from archlib.local.streams.outcome import Outcome, outcome
from archlib.local.streams.records import Record, StreamSource, chain_of

if TYPE_CHECKING:
    from archlib.local.clock import Clock

#: Waits between retries of a batch, virtual seconds: AWS says "exponential backoff" and no more.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0

#: "Lambda invokes your function when … the payload size reaches 6 MB".
PAYLOAD_BYTES = 6_000_000


@dataclass(frozen=True)
class Batch:
    """Records that go to the function together. ``end`` is the checkpoint after them."""

    records: tuple[Record, ...]
    end: int
    failures: int = 0
    waits: int = 0
    last: InvocationResult | None = None


@dataclass
class ShardReader:
    """``after`` is the checkpoint: the order of the last record that is done with."""

    mapping: Mapping
    shard: str
    source: StreamSource
    invoking: Invoking
    clock: Clock
    wake: Callable[[], None]
    after: int
    _queue: deque[Batch] = field(default_factory=deque)
    _timer: Timer | None = None
    _window_over: bool = False

    def step(self, role: str) -> bool:
        """Process one batch if there is one that need not wait; whether something was done."""
        if self._timer is not None and self._queue:
            return False  # Backing off.
        if not self._queue:
            batch = self._gather(role)
            if batch is None:
                return False
            if not batch.records:
                self.after = batch.end
                return True
            self._queue.append(batch)
        self._process(role)
        return True

    def stop(self) -> None:
        """Forget timers and batches; the checkpoint stays."""
        self._cancel()
        self._queue.clear()
        self._window_over = False

    # -- batches -------------------------------------------------------------------------------

    def _gather(self, role: str) -> Batch | None:
        found = self.source.read(self.mapping.source, self.shard, self.after, role)
        if not found:
            return None
        wanted: list[Record] = []
        end, size, full = self.after, 0, False
        for record in found:
            if self.mapping.wants(record.filterable):
                size += record.size
                if wanted and size > PAYLOAD_BYTES:
                    full = True
                    break
                wanted.append(record)
            end = record.order
            if len(wanted) >= self.mapping.batch_size:
                full = True
                break
        if wanted and not full and self.mapping.window and not self._window_over:
            if self._timer is None:
                self._after(self.mapping.window, self._close_window)
            return None
        self._cancel()
        self._window_over = False
        return Batch(tuple(wanted), end)

    def _close_window(self) -> None:
        self._window_over = True

    def _process(self, role: str) -> None:
        batch = self._without_old(self._queue.popleft(), role)
        if not batch.records:
            self.after = batch.end
            return
        lineage = chain_of(batch.records).untracked().then(self.mapping.source)
        lineage.check_end(self.mapping.function_arn)
        try:
            result = self.invoking.run(
                self.mapping, [record.body for record in batch.records], lineage
            )
        except Throttled as throttled:
            # "If Lambda is unable to invoke the function ..., it retries until the records
            # expire or exceed the maximum age": no attempt is used up.
            self.mapping.last_result = throttled.reason
            self._retry(replace(batch, waits=batch.waits + 1))
            return
        found = outcome(
            result.payload, result.function_error, [one.sequence for one in batch.records],
            reports_items=self.mapping.reports_items,
        )  # fmt: skip
        if found.succeeded:
            self.after = batch.end
            self.mapping.last_result = DONE
            return
        self.mapping.last_result = FAILED
        self._failed(replace(batch, failures=batch.failures + 1, last=result), found, role)

    def _failed(self, batch: Batch, found: Outcome, role: str) -> None:
        """Go back to the first failed item, split, try again, or give up."""
        first = _first_failed(batch.records, found)
        if first > 0:
            # The checkpoint moves up to the lowest failed item; what follows is a new batch.
            self.after = batch.records[first - 1].order
            # "... bisected at the returned sequence number": splitting uses no retry up.
            used = 0 if self._bisects else 1
            batch = replace(batch, records=batch.records[first:], failures=used, waits=0)
            if not self._may_retry(batch):
                self._give_up(batch, "RetryAttemptsExhausted", role)
                return
            self._retry(replace(batch, waits=1))
            return
        if self._bisects and len(batch.records) > 1:
            middle = len(batch.records) // 2
            head, tail = batch.records[:middle], batch.records[middle:]
            retries = batch.failures - 1
            self._queue.appendleft(Batch(tail, batch.end, retries))
            self._queue.appendleft(Batch(head, head[-1].order, retries))
            return
        if not self._may_retry(batch):
            self._give_up(batch, "RetryAttemptsExhausted", role)
            return
        self._retry(replace(batch, waits=batch.waits + 1))

    @property
    def _bisects(self) -> bool:
        return bool(self.mapping.settings.get("BisectBatchOnFunctionError"))

    def _may_retry(self, batch: Batch) -> bool:
        most = self.mapping.limit("MaximumRetryAttempts")
        return most is None or batch.failures <= most

    def _retry(self, batch: Batch) -> None:
        self._queue.appendleft(batch)
        self._after(min(FIRST_WAIT * 2 ** min(batch.waits - 1, 10), LONGEST_WAIT), lambda: None)

    def _without_old(self, batch: Batch, role: str) -> Batch:
        """Discard records that expired or exceed the mapping's maximum age."""
        now = self.clock.time()
        most = self.mapping.limit("MaximumRecordAgeInSeconds")
        life = self.source.retention(self.mapping.source)
        allowed = life if most is None else min(float(most), life)
        old = tuple(one for one in batch.records if now - one.at > allowed)
        if old:
            self._give_up(replace(batch, records=old, end=old[-1].order), "RecordAgeExceeded", role)
        kept = batch.records[len(old) :]
        return replace(batch, records=kept)

    def _give_up(self, batch: Batch, condition: str, role: str) -> None:
        self.after = batch.end
        if self.mapping.failure_destination is None:
            return
        last = batch.last
        send(
            self.invoking.cloud,
            self.invoking.credentials(self.mapping, role),
            Discarded(
                self.mapping, self.shard, batch.records, condition, batch.failures,
                last.request_id if last else self.invoking.cloud.new_uuid(),
                last.executed_version if last else "$LATEST",
                (last.function_error or "") if last else None, self.clock.time(),
            ),
        )  # fmt: skip

    # -- waiting -------------------------------------------------------------------------------

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        def due() -> None:
            self._timer = None
            action()
            self.wake()

        self._timer = self.clock.after(
            seconds, due, f"{self.mapping.source} for {self.mapping.function}"
        )

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _first_failed(records: Sequence[Record], found: Outcome) -> int:
    if found.failed is None:
        return 0
    return min(n for n, record in enumerate(records) if record.sequence in found.failed)
