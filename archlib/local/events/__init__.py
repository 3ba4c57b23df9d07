"""Event delivery in the local cloud: S3 notifications, SNS, SQS, EventBridge.

Known differences from AWS, beside what is refused as :class:`~archlib.errors.Unsupported`:

- Everything is delivered as soon as the client's call is over, in the order in which it was
  sent; AWS needs moments and keeps no order. Retries wait on the virtual clock, without jitter.
- A message that is encrypted with a customer's KMS key needs no permission on that key.
- The numbers that AWS does not publish (EventBridge's back off) are constants of the modules.
- A queue takes any number of messages in flight, and a topic any number of subscriptions.
"""

from __future__ import annotations

from archlib.local.events.plane import EventDelivery

__all__ = ["EventDelivery"]
