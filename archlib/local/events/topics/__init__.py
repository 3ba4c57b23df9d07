"""Amazon SNS: topics fan messages out to their subscriptions."""

from archlib.local.events.topics.service import Topics

__all__ = ["Topics"]
