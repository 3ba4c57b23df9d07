"""The plane of event source mappings: functions that read tables' streams, Kinesis and queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archlib.local.events import EventDelivery
from archlib.local.events.carrier import Service
from archlib.local.patches import Patches
from archlib.local.streams.control import MappingControl
from archlib.local.streams.dynamodb import TableStreams
from archlib.local.streams.invoking import LAMBDA, Invoking
from archlib.local.streams.kinesis import DataStreams
from archlib.local.streams.mapping import Mapping, service_of
from archlib.local.streams.pollers import Poller, QueuePoller, StreamPoller
from archlib.local.streams.records import StreamSource

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Stands for every source in :meth:`EventSourceMappings.deliver_twice`.
ANY = "*"


class EventSourceMappings:
    """Plane ``EventSourceMappings``; it needs ``EventDelivery`` and ``FunctionRuntime``."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve the operations and listen to the sources."""
        self._cloud = cloud
        self._patches = Patches()
        self._twice: Counter[str] = Counter()
        events = cloud.plane(EventDelivery)
        self._queues, self._carrier, self._keys = events.queues, events.carrier, events.keys
        tables = TableStreams(cloud, events.lineages)
        streams = DataStreams(cloud, events.lineages)
        self._sources: dict[str, StreamSource] = {"dynamodb": tables, "kinesis": streams}
        self._invoking = Invoking(cloud, self.copies)
        self._control = MappingControl(cloud, self._invoking, self._poller, self._exists)
        self._control.register()
        tables.install(self._patches)
        streams.install(self._patches)
        for listeners in (tables.listeners, streams.listeners, self._queues.listeners):
            listeners.append(self._control.wake)

    def stop(self) -> None:
        """Give moto its methods back."""
        self._patches.undo()

    @contextmanager
    def deliver_twice(self, source_arn: str = ANY) -> Iterator[None]:
        """A fault: a batch that a function gets in the block, it gets twice.

        No part of AWS's API; it makes "at least once" happen, as when Lambda loses a checkpoint
        or a queue hands a message out again. The second run's answer counts.
        """
        self._twice[source_arn] += 1
        try:
            yield
        finally:
            self._twice[source_arn] -= 1

    def copies(self, source_arn: str) -> int:
        """How often a batch of this source is delivered now."""
        return 2 if self._twice[source_arn] > 0 or self._twice[ANY] > 0 else 1

    def _exists(self, arn: str) -> bool:
        service = service_of(arn)
        if service == "sqs":
            return self._queues.find(arn) is not None
        return self._sources[service].exists(arn)

    def _poller(self, mapping: Mapping) -> Poller:
        if mapping.service == "sqs":
            return QueuePoller(
                self._cloud, mapping, self._queues, self._keys, self._invoking, self._drop
            )
        return StreamPoller(self._cloud, mapping, self._sources[mapping.service], self._invoking)

    def _drop(self, source: str, function: str) -> None:
        self._carrier.drop(Service(LAMBDA, source, self._cloud.account), function)
