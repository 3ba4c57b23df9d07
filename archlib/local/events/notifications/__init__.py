"""Amazon S3 event notifications."""

from archlib.local.events.notifications.publisher import Notifications

__all__ = ["Notifications"]
