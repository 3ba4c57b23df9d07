"""Amazon SQS: messages on the virtual clock, under moto's API."""

from archlib.local.events.queues.service import Queues, Received

__all__ = ["Queues", "Received"]
