"""SQS over moto: moto parses and answers, the messages live in :class:`Store`.

moto recounts a queue at every call (1000 sends take 11 s), waits for real, forgets what it
deduplicated as soon as it is deleted and takes any old receipt handle. Its back end's methods
are replaced while the cloud is active, so that every way to a queue leads here. AWS: Amazon SQS
API Reference, "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility";
Developer Guide, "Using dead-letter queues in Amazon SQS", "Amazon SQS short and long polling".
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.events.lineage import Lineage, Lineages
from archlib.local.events.queues.attributes import Attributes
from archlib.local.events.queues.refusals import check, check_receive, expired, invalid
from archlib.local.events.queues.store import Entry, Store
from archlib.local.functions.execution import running
from archlib.local.patches import Patches, as_method

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_STORE = "_archlib_store"
_DEAD_LETTER_SOURCE = "DeadLetterQueueSourceArn"

#: "A message can be in the queue invisible for at most 12 hours" from its receipt.
LONGEST_VISIBILITY = 43_200


@dataclass(frozen=True)
class Received:
    """A message as a consumer got it, with the chain of requests it belongs to."""

    message: Any
    lineage: Lineage


@dataclass
class Queues:
    """All queues of the cloud. ``listeners`` are told about every queue (its ARN) that got a
    message, once for each, when the message becomes visible."""

    cloud: LocalCloud
    lineages: Lineages
    listeners: list[Callable[[str], None]] = field(default_factory=list)
    _buried: dict[str, str] = field(default_factory=dict)

    def install(self, patches: Patches) -> None:
        """Take the message operations over from moto."""
        from moto.sqs.models import Queue, SQSBackend

        def counted(position: int) -> property:
            return property(lambda queue: self._counts(queue)[position])

        Attributes.install(patches)
        self.cloud.api.handle("sqs", "ReceiveMessage", _receiving)
        self.cloud.api.after("sqs", "ReceiveMessage", self._name_source)
        patches.set(SQSBackend, "send_message", as_method(self._send))
        patches.set(SQSBackend, "receive_message", as_method(self._receive))
        patches.set(SQSBackend, "change_message_visibility", as_method(self._change_visibility))
        patches.set(SQSBackend, "purge_queue", as_method(self._purge))
        patches.set(Queue, "delete_message", as_method(self._delete))
        patches.set(Queue, "messages", property(lambda queue: store_of(queue).messages()))
        patches.set(Queue, "approximate_number_of_messages", counted(0))
        patches.set(Queue, "approximate_number_of_messages_not_visible", counted(1))
        patches.set(Queue, "approximate_number_of_messages_delayed", counted(2))

    def find(self, arn: str) -> Any | None:
        """moto's queue by ARN; None when it does not exist."""
        from moto.sqs.models import sqs_backends

        region, account, name = arn.split(":")[3:6]
        return sqs_backends[account][region].queues.get(name)

    def send(
        self,
        queue: Any,
        body: str,
        *,
        attributes: dict[str, Any] | None = None,
        group: str | None = None,
        deduplication: str | None = None,
    ) -> Any:
        """Send on behalf of a service; raises moto's errors, which carry AWS's codes."""
        backend = _backend(queue)
        return backend.send_message(
            queue.name, body, message_attributes=attributes, group_id=group,
            deduplication_id=deduplication,
        )  # fmt: skip

    def receive(self, queue: Any, count: int) -> list[Received]:
        """Receive up to ``count`` visible messages with the queue's visibility timeout."""
        now = self.cloud.clock.time()
        return [
            Received(copy.copy(entry.message), entry.lineage)
            for entry in self._take(queue, count, int(queue.visibility_timeout), now)
        ]

    def delete(self, queue: Any, handle: str) -> None:
        """Delete a received message."""
        queue.delete_message(handle)

    def due(self, queue: Any) -> float | None:
        """When the next invisible message of a queue comes back."""
        return store_of(queue).due(self.cloud.clock.time())

    def waiting(self, queue: Any) -> int:
        """How many messages are visible."""
        return self._counts(queue)[0]

    def _counts(self, queue: Any) -> tuple[int, int, int]:
        return store_of(queue).counts(self.cloud.clock.time())

    # -- sending -------------------------------------------------------------------------------

    def _send(
        self,
        backend: Any,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        delay_seconds: int | None = None,
        deduplication_id: str | None = None,
        group_id: str | None = None,
        system_attributes: dict[str, Any] | None = None,
        validate_group_id: bool = True,
    ) -> Any:
        from moto.sqs.models import Message

        queue = backend.get_queue(queue_name)
        check(queue, message_body, int(delay_seconds or 0), deduplication_id, group_id)
        now, store = self.cloud.clock.time(), store_of(queue)
        if queue.fifo_queue and deduplication_id is None:
            deduplication_id = hashlib.sha256(message_body.encode()).hexdigest()
        scope = group_id or "" if queue.deduplication_scope == "messageGroup" else ""
        if queue.fifo_queue:
            assert deduplication_id is not None
            known = store.duplicate_of(scope, deduplication_id, now)
            if known is not None:
                return known
        message = Message(self.cloud.new_uuid(), message_body, system_attributes)
        message.message_attributes = message_attributes or {}
        message.group_id = group_id
        message.deduplication_id = deduplication_id if queue.fifo_queue else None
        message.sent_timestamp = int(now * 1000)  # type: ignore[assignment]
        if queue.fifo_queue:
            assert deduplication_id is not None
            message.sequence_number = f"{int(now * 1000) << 24 | self._next(queue):020d}"
            store.remember(scope, deduplication_id, message, now)
        delay = int(queue.delay_seconds if delay_seconds is None else delay_seconds)
        expires = now + int(queue.message_retention_period)
        store.add(message, now + delay, now, expires, self.lineages.present())
        self._tell(queue, delay)
        return message

    @staticmethod
    def _next(queue: Any) -> int:
        number: int = queue.__dict__.get("_archlib_sequence", 0) + 1
        queue.__dict__["_archlib_sequence"] = number
        return number

    def _tell(self, queue: Any, delay: float) -> None:
        arn, clock = str(queue.queue_arn), self.cloud.clock
        for listener in self.listeners:
            if delay:
                clock.after(delay, lambda told=listener: told(arn), f"message in {queue.name}")  # type: ignore[misc]
            else:
                listener(arn)

    # -- receiving -----------------------------------------------------------------------------

    def _receive(
        self,
        backend: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        from moto.sqs.models import _filter_message_attributes

        queue = backend.get_queue(queue_name)
        self._wait(queue, wait_seconds_timeout)
        now = self.cloud.clock.time()
        found = []
        for entry in self._take(queue, count, int(visibility_timeout), now):
            message = copy.copy(entry.message)
            _filter_message_attributes(message, message_attribute_names or [])
            found.append(message)
        return found

    def _name_source(self, call: ApiCall, result: Result) -> None:
        """Messages in a dead-letter queue say where they come from, which moto does not."""
        given = call.params
        asked = {*given.get("AttributeNames", ()), *given.get("MessageSystemAttributeNames", ())}
        if not asked & {"All", _DEAD_LETTER_SOURCE}:
            return
        for message in result.get("Messages", ()):
            if (source := self._buried.get(message["MessageId"])) is not None:
                message.setdefault("Attributes", {})[_DEAD_LETTER_SOURCE] = source

    def _wait(self, queue: Any, seconds: int) -> None:
        """Long polling. Outside of functions time goes on as usual, so that a timer may bring
        the message; a function only waits for what is in the queue already."""
        clock, store = self.cloud.clock, store_of(queue)
        end = clock.time() + seconds
        while clock.time() < end and not store.has_candidates(clock.time()):
            if running() is not None:
                due = store.due(clock.time())
                clock.spend(min(due or end, end) - clock.time())
            else:
                clock.advance(seconds=min(1.0, end - clock.time()))

    def _take(self, queue: Any, count: int, visibility: int, now: float) -> list[Entry]:
        store, taken = store_of(queue), []
        for entry in store.candidates(now):
            message = entry.message
            if self._is_dead(queue, message):
                store.remove(entry)
                self._bury(queue, entry, now)
                continue
            message.approximate_receive_count += 1
            if not message.approximate_first_receive_timestamp:
                message.approximate_first_receive_timestamp = int(now * 1000)
            message.receipt_handle = self._handle(message)
            store.take(entry, message.receipt_handle, now + visibility, now)
            taken.append(entry)
            if len(taken) >= count:
                break
        return taken

    def _handle(self, message: Any) -> str:
        text = f"{self.cloud.new_uuid()} {message.id} {message.approximate_receive_count}"
        return "AQEB" + base64.b64encode(text.encode()).decode()

    @staticmethod
    def _is_dead(queue: Any, message: Any) -> bool:
        policy = queue.redrive_policy
        if queue.dead_letter_queue is None or not policy:
            return False
        return bool(message.approximate_receive_count >= int(policy["maxReceiveCount"]))

    def _bury(self, queue: Any, entry: Entry, now: float) -> None:
        """Move to the dead-letter queue. "The expiration of a message is based on its original
        enqueue timestamp" in standard queues; in FIFO queues the timestamp is reset."""
        target, message = queue.dead_letter_queue, entry.message
        message.receipt_handle = None
        message.dead_letter_source = self._buried[message.id] = str(queue.queue_arn)
        if target.fifo_queue:
            message.sent_timestamp = int(now * 1000)
        expires = message.sent_timestamp / 1000 + int(target.message_retention_period)
        store_of(target).add(message, now, now, expires, entry.lineage)
        self._tell(target, 0)

    # -- afterwards ----------------------------------------------------------------------------

    def _delete(self, queue: Any, receipt_handle: str) -> None:
        """DeleteMessage with the handle of an earlier receipt succeeds and deletes nothing."""
        store, entry = store_of(queue), _entry(queue, receipt_handle)
        if entry.handle != receipt_handle or entry.gone:
            return
        if queue.fifo_queue and entry.visible_at <= self.cloud.clock.time():
            raise expired(receipt_handle)
        store.remove(entry)

    def _change_visibility(
        self, backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        from moto.sqs.exceptions import SQSException

        queue, now = backend.get_queue(queue_name), self.cloud.clock.time()
        entry = _entry(queue, receipt_handle)
        first = entry.message.approximate_first_receive_timestamp / 1000
        if now + int(visibility_timeout) - first > LONGEST_VISIBILITY:
            raise invalid(
                f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: "
                f"Total VisibilityTimeout for the message is beyond the limit "
                f"[{LONGEST_VISIBILITY} seconds]"
            )
        store_of(queue).due(now)
        if entry.gone or entry.handle != receipt_handle or not entry.in_flight:
            raise SQSException(
                "MessageNotInflight",
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message "
                "does not exist or is not available for visibility timeout change.",
            )
        store_of(queue).change_visibility(entry, now + int(visibility_timeout), now)
        self._tell(queue, int(visibility_timeout))

    def _purge(self, backend: Any, queue_name: str) -> None:
        from moto.sqs.exceptions import PurgeQueueInProgress

        queue, now = backend.get_queue(queue_name), self.cloud.clock.time()
        if queue.last_purged_at is not None and now - queue.last_purged_at < 60:
            raise PurgeQueueInProgress(queue.name)
        queue.last_purged_at = now
        store_of(queue).clear()


def _receiving(call: ApiCall) -> Result:
    check_receive(call)
    return call.proceed()


def store_of(queue: Any) -> Store:
    """The store behind moto's queue object; it goes when the queue goes."""
    store: Store | None = queue.__dict__.get(_STORE)
    if store is None:
        store = queue.__dict__[_STORE] = Store(fifo=bool(queue.fifo_queue))
    return store


def _backend(queue: Any) -> Any:
    from moto.sqs.models import sqs_backends

    return sqs_backends[queue.account_id][queue.region]


def _entry(queue: Any, handle: str) -> Entry:
    from moto.sqs.exceptions import ReceiptHandleIsInvalid

    entry = store_of(queue).find(handle)
    if entry is None:
        raise ReceiptHandleIsInvalid
    return entry
