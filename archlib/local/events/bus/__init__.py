"""Amazon EventBridge: events, rules, targets, schedules."""

from archlib.local.events.bus.service import Bus

__all__ = ["Bus"]
