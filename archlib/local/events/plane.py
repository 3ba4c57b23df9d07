"""The plane of events: S3 notifications, SNS, SQS and EventBridge deliver what is deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archlib.local.events.bus import Bus
from archlib.local.events.carrier import Carrier
from archlib.local.events.encryption import MessageKeys
from archlib.local.events.lineage import Lineages
from archlib.local.events.notifications import Notifications
from archlib.local.events.queues import Queues
from archlib.local.events.topics import Topics
from archlib.local.patches import Patches

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Stands for every source in :meth:`EventDelivery.deliver_twice`.
ANY = "*"


class EventDelivery:
    """Plane ``EventDelivery``."""

    def start(self, cloud: LocalCloud) -> None:
        """Take the data planes of SQS, SNS, EventBridge and S3 notifications over from moto."""
        self._patches = Patches()
        self._twice: Counter[str] = Counter()
        self.lineages = Lineages()
        self.queues = Queues(cloud, self.lineages)
        self.keys = MessageKeys(cloud)
        cloud.api.guard(self.keys.ask)
        self.carrier = Carrier(cloud, self.queues, self.lineages, self.keys)
        topics = Topics(cloud, self.carrier, self.copies)
        bus = Bus(cloud, self.carrier, self.copies)
        notifications = Notifications(cloud, self.carrier, bus.publish, self.copies)
        for part in (self.queues, topics, bus, notifications):
            part.install(self._patches)

    def stop(self) -> None:
        """Give moto its methods back."""
        self._patches.undo()

    @contextmanager
    def deliver_twice(self, source_arn: str = ANY) -> Iterator[None]:
        """A fault: what a bucket, topic or rule sends in the block arrives twice.

        No part of AWS's API; it makes "at least once" happen. Events that are sent within the
        block count, whenever they arrive.
        """
        self._twice[source_arn] += 1
        try:
            yield
        finally:
            self._twice[source_arn] -= 1

    def copies(self, source_arn: str) -> int:
        """How often an event of this source is delivered now."""
        return 2 if self._twice[source_arn] > 0 or self._twice[ANY] > 0 else 1
