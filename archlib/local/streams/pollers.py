"""Pollers: one per mapping; they run when something came, never by themselves.

AWS: AWS Lambda Developer Guide, "How Lambda processes records from stream and queue-based event
sources", "Using Lambda with Amazon SQS" (batches, visibility, deleting), "Handling errors for an
SQS event source in Lambda".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from archlib.local.clock import Timer
from archlib.local.events.encryption import RECEIVE, MessageKeys
from archlib.local.events.queues import Queues, Received
from archlib.local.refusal import ApiRefusal
from archlib.local.streams import invoking as results
from archlib.local.streams.invoking import Invoking, Throttled
from archlib.local.streams.kinesis import decoded
from archlib.local.streams.mapping import Mapping as SourceMapping
from archlib.local.streams.outcome import outcome
from archlib.local.streams.records import StreamSource, chain_of
from archlib.local.streams.shard import ShardReader

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Virtual seconds until a mapping that may not read (or has no function) looks again.
LOOK_AGAIN = 60.0


class Poller(Protocol):
    """What the mappings ask of a poller."""

    def wake(self) -> None:
        """Something may be there."""

    def stop(self) -> None:
        """Stand still until the next :meth:`wake`."""


@dataclass
class _Waking:
    """Runs ``poll`` soon, once however often it is woken, and at one later instant."""

    cloud: LocalCloud
    name: str
    poll: Callable[[], None]
    _queued: bool = False
    _timer: Timer | None = None

    def soon(self) -> None:
        if not self._queued:
            self._queued = True
            self.cloud.clock.soon(self._run, self.name)

    def at(self, when: float) -> None:
        """Wake at an instant, or earlier if that is planned already."""
        if self._timer is not None:
            if self._timer.when <= when:
                return
            self._timer.cancel()
        self._timer = self.cloud.clock.at(when, self._due, self.name)

    def later(self, seconds: float) -> None:
        self.at(self.cloud.clock.time() + seconds)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self.soon()

    def _run(self) -> None:
        self._queued = False
        self.poll()


@dataclass
class StreamPoller:
    """Reads the shards of a stream."""

    cloud: LocalCloud
    mapping: SourceMapping
    source: StreamSource
    invoking: Invoking
    _readers: dict[str, ShardReader] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._waking = _Waking(self.cloud, f"poll of {self.mapping.source}", self._poll)
        position = self.mapping.settings["StartingPosition"]
        moment = self.mapping.settings.get("StartingPositionTimestamp")
        since = None if moment is None else _epoch(moment)
        for shard in self.source.shards(self.mapping.source):
            self._read(shard, self.source.start(self.mapping.source, shard, position, since))

    def wake(self) -> None:
        """A record came."""
        self._waking.soon()

    def stop(self) -> None:
        """Forget what is in hand; it is read again from the checkpoint."""
        self._waking.stop()
        for reader in self._readers.values():
            reader.stop()

    def _read(self, shard: str, after: int) -> ShardReader:
        reader = self._readers[shard] = ShardReader(
            self.mapping, shard, self.source, self.invoking, self.cloud.clock, self.wake, after
        )
        return reader

    def _poll(self) -> None:
        if not self.mapping.active:
            return
        function = self.invoking.function(self.mapping)
        if not self.source.exists(self.mapping.source):
            # Streams do not come back: a table's next one has another label.
            self.mapping.last_result = results.NO_STREAM
            return
        if function is None:
            self.mapping.last_result = results.NO_FUNCTION
            self._waking.later(LOOK_AGAIN)
            return
        role = str(function.role)
        denied = self.invoking.may(self.mapping, role, self.mapping.kind.actions)
        if denied is not None:
            self.invoking.denied(self.mapping, denied)
            self.mapping.last_result = results.NO_ACCESS
            self._waking.later(LOOK_AGAIN)
            return
        for shard in self.source.shards(self.mapping.source):
            # A shard that a split made is read from its beginning.
            reader = self._readers.get(shard) or self._read(shard, -1)
            if reader.step(role):
                self.wake()


@dataclass
class QueuePoller:
    """Receives from a queue."""

    cloud: LocalCloud
    mapping: SourceMapping
    queues: Queues
    keys: MessageKeys
    invoking: Invoking
    drop: Callable[[str, str], None]
    _window: Timer | None = None
    _window_over: bool = False

    def __post_init__(self) -> None:
        self._waking = _Waking(self.cloud, f"poll of {self.mapping.source}", self._poll)

    def wake(self) -> None:
        """A message came."""
        self._waking.soon()

    def stop(self) -> None:
        """Receive nothing more; what was received becomes visible again."""
        self._waking.stop()
        if self._window is not None:
            self._window.cancel()
            self._window = None

    def _poll(self) -> None:
        queue = self.queues.find(self.mapping.source)
        if not self.mapping.active or queue is None:
            return
        function = self.invoking.function(self.mapping)
        if function is None:
            self.mapping.last_result = results.NO_FUNCTION
            self._waking.later(LOOK_AGAIN)
            return
        denied = self.invoking.may(self.mapping, str(function.role), self.mapping.kind.actions)
        if denied is not None:
            self.invoking.denied(self.mapping, denied)
            self.mapping.last_result = results.NO_ACCESS
            self._waking.later(LOOK_AGAIN)
            return
        if self._gathering(queue):
            return
        if self.queues.waiting(queue) and not self._opens(queue, str(function.role)):
            self.mapping.last_result = results.NO_ACCESS
            self._waking.later(LOOK_AGAIN)
            return
        received = self.queues.receive(queue, self.mapping.batch_size)
        if received:
            self._process(queue, received)
            self.wake()
            return
        self._window_over = False
        if (due := self.queues.due(queue)) is not None:
            self._waking.at(due)

    def _opens(self, queue: Any, role: str) -> bool:
        """Whether the role may use the key that the queue is under."""
        if not queue.kms_master_key_id:
            return True
        session = self.invoking.credentials(self.mapping, role)
        caller = self.cloud.identities.resolve(session.access_key, session.session_token)
        try:
            self.keys.open(caller, self.mapping.source, queue.kms_master_key_id, RECEIVE)
        except ApiRefusal:
            return False
        return True

    def _gathering(self, queue: Any) -> bool:
        """Whether the batching window is open and the batch not full."""
        waiting = self.queues.waiting(queue)
        if not self.mapping.window or self._window_over or not waiting:
            return False
        if waiting >= self.mapping.batch_size:
            return False
        if self._window is None:
            self._window = self.cloud.clock.after(
                self.mapping.window, self._close_window, f"batching window of {queue.name}"
            )
        return True

    def _close_window(self) -> None:
        self._window = None
        self._window_over = True
        self.wake()

    def _process(self, queue: Any, received: Sequence[Received]) -> None:
        bodies, wanted = [], []
        for one in received:
            body = record(queue, one.message)
            if self.mapping.wants({**body, "body": decoded(one.message.body)}):
                bodies.append(body)
                wanted.append(one)
            else:
                # "Lambda automatically deletes messages that don't meet filter criteria."
                self.queues.delete(queue, one.message.receipt_handle)
        if not wanted:
            return
        chain = chain_of(wanted)  # type: ignore[arg-type]
        lineage = chain.then(self.mapping.source)
        lineage.check_end(self.mapping.function_arn)
        if lineage.is_recursive(self.mapping.function_arn):
            self.drop(self.mapping.source, self.mapping.function_arn)
            self.mapping.last_result = results.FAILED
            return
        try:
            answer = self.invoking.run(self.mapping, bodies, lineage)
        except Throttled as throttled:
            self.mapping.last_result = throttled.reason
            return  # The messages become visible again after their timeout.
        handles = {one.message.id: one.message.receipt_handle for one in wanted}
        found = outcome(
            answer.payload, answer.function_error, tuple(handles),
            reports_items=self.mapping.reports_items,
        )  # fmt: skip
        self.mapping.last_result = results.DONE if found.succeeded else results.FAILED
        if found.failed is None:
            return
        for identifier, handle in handles.items():
            if identifier not in found.failed:
                self.queues.delete(queue, handle)


def record(queue: Any, message: Any) -> dict[str, Any]:
    """A message within the event (AWS Lambda Developer Guide, "Example standard queue message
    event" and "Example FIFO queue message event")."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
    }
    if queue.fifo_queue:
        attributes["SequenceNumber"] = str(message.sequence_number)
    if message.group_id is not None:
        attributes["MessageGroupId"] = str(message.group_id)
    attributes["SenderId"] = message.sender_id
    if queue.fifo_queue:
        attributes["MessageDeduplicationId"] = str(message.deduplication_id)
    attributes["ApproximateFirstReceiveTimestamp"] = str(
        message.approximate_first_receive_timestamp
    )
    if (source := getattr(message, "dead_letter_source", None)) is not None:
        attributes["DeadLetterQueueSourceArn"] = source
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {
            name: _attribute(value) for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    import base64

    made: dict[str, Any] = {}
    if value.get("StringValue") is not None:
        made["stringValue"] = value["StringValue"]
    if value.get("BinaryValue") is not None:
        data = value["BinaryValue"]
        made["binaryValue"] = data if isinstance(data, str) else base64.b64encode(data).decode()
    return {
        **made,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.get("DataType", "String"),
    }


def _epoch(moment: Any) -> float:
    return float(moment) if isinstance(moment, int | float) else float(moment.timestamp())
