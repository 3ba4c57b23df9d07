"""When a secret is rotated: rotation windows.

Source: AWS Secrets Manager User Guide, "Schedule expressions in Secrets Manager rotation"; API
Reference, "RotationRulesType". A window in days opens at midnight UTC and closes with the day, one
in hours after an hour, unless ``Duration`` says otherwise. AWS rotates "any time during a rotation
window"; here that is its first moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.events.bus.schedule import ScheduleError, schedule
from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.secret import DAY

_HOUR = 3600
_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")
_FOUR_HOURS = 4


@dataclass(frozen=True)
class Window:
    """A rotation window, in virtual epoch seconds."""

    opens: float
    closes: float


def check(rules: Mapping[str, Any]) -> None:
    """Raise InvalidParameterException for rotation rules that cannot be kept."""
    days, text = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if days is not None and text is not None:
        raise refusals.parameter(
            "You can't specify both AutomaticallyAfterDays and ScheduleExpression."
        )
    if days is not None and not 1 <= days <= 1000:
        raise refusals.parameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.")
    if text is None:
        return
    rate = _RATE.fullmatch(text)
    if rate is not None and rate[2].startswith("hour") and int(rate[1]) < _FOUR_HOURS:
        raise refusals.parameter("A secret can be rotated as often as every four hours.")
    if rate is None and not text.startswith("cron("):
        raise refusals.parameter(f"Invalid schedule expression: {text}")
    try:
        schedule(text)
    except ScheduleError:
        raise refusals.parameter(f"Invalid schedule expression: {text}") from None


def window(rules: Mapping[str, Any], since: float) -> Window | None:
    """The first window after ``since``; None when there is no schedule, or no such day."""
    days, text = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if days is not None:
        return _daily(since, days, rules)
    if text is None:
        return None
    rate = _RATE.fullmatch(text)
    if rate is not None and rate[2].startswith("day"):
        return _daily(since, int(rate[1]), rules)
    opens = schedule(text).following(since)
    if opens is None:
        return None
    hourly = rate is not None or "/" in text.split("(")[1].split()[1]
    return Window(opens, _closes(opens, rules, hourly=hourly))


def _daily(since: float, days: int, rules: Mapping[str, Any]) -> Window:
    opens = since // DAY * DAY + days * DAY
    return Window(opens, _closes(opens, rules, hourly=False))


def _closes(opens: float, rules: Mapping[str, Any], *, hourly: bool) -> float:
    midnight = opens // DAY * DAY + DAY
    duration = rules.get("Duration")
    if duration is not None:
        return min(opens + int(duration.rstrip("h")) * _HOUR, midnight) - 1
    return (opens + _HOUR if hourly else midnight) - 1
