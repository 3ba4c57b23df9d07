"""The queue in front of asynchronous invocations.

AWS: "Invoking a Lambda function asynchronously", "How Lambda handles errors and retries with
asynchronous invocation", "Configuring error handling settings for Lambda asynchronous
invocations". Waiting is virtual: the clock's timers bring events back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from archlib.errors import ArchlibError
from archlib.local.functions import limits
from archlib.local.functions.destinations import (
    DEAD_LETTER,
    DESTINATIONS,
    Record,
    Sender,
    dead_letter_attributes,
)
from archlib.local.functions.invocation import InvocationResult, Invoker
from archlib.local.functions.journal import Journal
from archlib.local.functions.registry import Reference, Registry, Target, settings_of
from archlib.local.identity import Credentials
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass(frozen=True)
class EventInvokeConfig:
    """Error handling of one function, version or alias; ages in seconds."""

    maximum_retry_attempts: int | None = None
    maximum_event_age: int | None = None
    on_success: str | None = None
    on_failure: str | None = None
    modified: float = 0.0


@dataclass(frozen=True)
class Event:
    """An event in the queue. ``source`` and ``principal`` say in the trace who sent it."""

    reference: Reference
    payload: bytes
    request_id: str
    source: str
    principal: str
    queued: float
    invocations: int = 0
    throttles: int = 0


@dataclass
class AsyncQueue:
    """Runs queued events, retries them, and sends records of what became of them."""

    cloud: LocalCloud
    registry: Registry
    invoker: Invoker
    journal: Journal
    configs: dict[tuple[str, str], EventInvokeConfig] = field(default_factory=dict)
    _sessions: dict[tuple[str, str], Credentials] = field(default_factory=dict)

    def put(
        self, reference: Reference, payload: bytes, request_id: str, source: str, principal: str
    ) -> None:
        """Accept an event; it runs when the cloud comes to rest."""
        event = Event(reference, payload, request_id, source, principal, self.cloud.clock.time())
        self.cloud.clock.soon(lambda: self._attempt(event), _name(event))

    def discard(self, reference: Reference, payload: bytes, condition: str) -> None:
        """Send an event that is not to run to where events go that failed."""
        event = Event(reference, payload, self.cloud.new_uuid(), "", "", self.cloud.clock.time())
        self._finish(event, self.registry.find(reference), condition, None)

    def config(self, reference: Reference) -> EventInvokeConfig:
        """The settings in force for a function, version or alias."""
        return self.configs.get((reference.arn, reference.qualifier or "$LATEST")) or (
            EventInvokeConfig()
        )

    def _attempt(self, event: Event) -> None:
        try:
            target = self.registry.find(event.reference, self.chance)
        except ApiRefusal:
            return  # The function was deleted; so are its events.
        reserved = self.registry.latest(event.reference).reserved_concurrency
        if reserved is not None and int(reserved) == 0:
            # "... begins sending new events to the configured dead-letter queue or the
            # on-failure event destination, without any retries."
            self._finish(event, target, "ZeroReservedConcurrency", None)
            return
        if self.cloud.clock.time() - event.queued > self._age(event):
            self._finish(event, target, "EventAgeExceeded", None)
            return
        try:
            result = self._invoke(event, target)
        except ApiRefusal:
            # "For throttling errors (429) and system errors (500-series), Lambda returns the
            # event to the queue"; a role that cannot be assumed is treated alike.
            self._wait(
                replace(event, throttles=event.throttles + 1),
                min(limits.THROTTLE_FIRST_WAIT * 2**event.throttles, limits.THROTTLE_LONGEST_WAIT),
            )
            return
        event = replace(event, invocations=event.invocations + 1)
        if result.function_error is None:
            self._finish(event, target, "Success", result)
            return
        configured = self.config(event.reference).maximum_retry_attempts
        attempts = limits.RETRY_ATTEMPTS if configured is None else configured
        if event.invocations > attempts:
            self._finish(event, target, "RetriesExhausted", result)
            return
        wait = limits.RETRY_WAITS[event.invocations - 1]
        if self.cloud.clock.time() + wait - event.queued > self._age(event):
            self._finish(event, target, "EventAgeExceeded", result)
            return
        self._wait(event, wait)

    def _invoke(self, event: Event, target: Target) -> InvocationResult:
        with (
            self.cloud.activity(),
            self.cloud.trace.hop(
                source=event.source,
                target=target.reference.arn,
                action="lambda:InvokeFunction",
                principal=event.principal,
            ) as hop,
        ):
            hop.detail.update(invocation_type="Event", attempt=event.invocations + 1)
            try:
                return self.invoker.run(target, event.payload, event.request_id, hop)
            except ApiRefusal as refusal:
                hop.status, hop.error = refusal.status, refusal.code
                raise

    def _wait(self, event: Event, seconds: float) -> None:
        self.cloud.clock.after(seconds, lambda: self._attempt(event), _name(event))

    def _age(self, event: Event) -> float:
        configured = self.config(event.reference).maximum_event_age
        return limits.EVENT_AGE_SECONDS if configured is None else configured

    def chance(self) -> float:
        """A seeded number from 0 up to 1, for weighted aliases."""
        return int(self.cloud.new_id("route", 8, "0123456789"), 10) / 1e8

    # -- records -------------------------------------------------------------------------------

    def _finish(
        self, event: Event, target: Target, condition: str, result: InvocationResult | None
    ) -> None:
        record = Record(
            event.request_id,
            target.reference.arn,
            target.version,
            condition,
            event.invocations,
            event.payload,
            None if result is None else result.payload,
            None if result is None else result.function_error,
            self.cloud.clock.time(),
        )
        config = self.config(event.reference)
        destination = config.on_success if record.succeeded else config.on_failure
        if destination:
            kind = DESTINATIONS[destination.split(":")[2]]
            self._deliver(
                target, destination, "DestinationDeliveryFailures",
                lambda sender: kind.send(sender, record),
            )  # fmt: skip
        dead_letter = settings_of(target.function).dead_letter_arn
        if dead_letter and not record.succeeded:
            send = DEAD_LETTER[dead_letter.split(":")[2]]
            text = event.payload.decode("utf-8", "replace") or "{}"
            self._deliver(
                target, dead_letter, "DeadLetterErrors",
                lambda sender: send(sender, text, dead_letter_attributes(record)),
            )  # fmt: skip

    def _deliver(self, target: Target, arn: str, metric: str, send: Any) -> None:
        """Send as the function's role. A refusal is seen in the trace and in the metric."""
        from botocore.exceptions import ClientError

        service, region = arn.split(":")[2], arn.split(":")[3] or self.cloud.region
        reference = target.reference
        client = self.cloud.client(
            service, region=region, credentials=self._credentials(target.function.role, reference)
        )
        try:
            send(Sender(self.cloud, client, arn))
        except ArchlibError:
            raise
        except ClientError:
            self.journal.count(reference.region, metric, reference.name)

    def _credentials(self, role: str, reference: Reference) -> Credentials:
        """A session of the function's role, renewed before it expires."""
        found = self._sessions.get((role, reference.arn))
        if found is None or (found.expires or 0.0) < self.cloud.clock.time() + 60:
            found = self.cloud.identities.issue(role, reference.name, source=reference.arn)
            self._sessions[role, reference.arn] = found
        return found


def _name(event: Event) -> str:
    return f"event for {event.reference.name}"
