"""Schedules: ``rate(5 minutes)`` and ``cron(0 10 * * ? *)``, in UTC.

AWS: Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled rules (legacy) in
Amazon EventBridge".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if number}
_DAYS = dict(zip(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), range(1, 8), strict=True))

#: A schedule that has not fired after so many days never will (29 February, at the rarest).
_HORIZON = 366 * 9

LAST_YEAR = 2199


class ScheduleError(ValueError):
    """No schedule expression that EventBridge accepts."""


@dataclass(frozen=True)
class Schedule:
    """``following(instant)`` is the first firing after a virtual epoch second, None if never."""

    text: str
    following: Callable[[float], float | None]


def schedule(text: str) -> Schedule:
    """Parse an expression; raises :class:`ScheduleError`."""
    if (found := _RATE.fullmatch(text)) is not None:
        return Schedule(text, _rate(int(found[1]), found[2]))
    if (found := _CRON.fullmatch(text)) is not None:
        return Schedule(text, _cron(found[1].split()))
    raise ScheduleError(text)


def _rate(value: int, unit: str) -> Callable[[float], float]:
    # "If the value is equal to 1, then the unit must be singular" and the other way round.
    if value < 1 or (value == 1) == unit.endswith("s"):
        raise ScheduleError(f"rate({value} {unit})")
    seconds = value * _UNITS[unit.rstrip("s")]
    return lambda now: now + seconds


@dataclass(frozen=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    day: Callable[[datetime], bool]

    def following(self, now: float) -> float | None:
        start = datetime.fromtimestamp(now, UTC).replace(second=0, microsecond=0)
        moment = start + timedelta(minutes=1)
        day = moment.replace(hour=0, minute=0)
        for _ in range(_HORIZON):
            if day.year in self.years and day.month in self.months and self.day(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = day.replace(hour=hour, minute=minute)
                        if found >= moment:
                            return found.timestamp()
            day += timedelta(days=1)
        return None


def _cron(fields: list[str]) -> Callable[[float], float | None]:
    if len(fields) != 6:
        raise ScheduleError(" ".join(fields))
    minutes, hours, of_month, months, of_week, years = (field.upper() for field in fields)
    # "You can't specify the Day-of-month and Day-of-week fields in the same cron expression."
    if (of_month == "?") == (of_week == "?"):
        raise ScheduleError(" ".join(fields))
    made = _Cron(
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        _numbers(months, 1, 12, _MONTHS),
        _numbers(years, 1970, LAST_YEAR),
        _day_of_month(of_month) if of_week == "?" else _day_of_week(of_week),
    )
    return made.following


def _numbers(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """A field of ``*``, lists, ranges and steps."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            begin, _, end = span.partition("-")
            first = _number(begin, names)
            last = _number(end, names) if end else (high if step else first)
        width = _number(step, None) if step else 1
        if not low <= first <= high or not low <= last <= high or width < 1:
            raise ScheduleError(text)
        steps = range(first, last + 1, width) if first <= last else (
            *range(first, high + 1, width), *range(low, last + 1, width)
        )  # fmt: skip
        found.update(steps)
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdigit():
        raise ScheduleError(text)
    return int(text)


def _last(day: datetime) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _day_of_month(text: str) -> Callable[[datetime], bool]:
    if text == "L":
        return lambda day: day.day == _last(day)
    if text.endswith("W") and text[:-1].isdigit() and 1 <= int(text[:-1]) <= 31:
        wanted = int(text[:-1])
        return lambda day: day.day == _nearest_weekday(day, wanted)
    days = _numbers(text, 1, 31)
    return lambda day: day.day in days


def _nearest_weekday(day: datetime, wanted: int) -> int:
    """``3W``: the weekday closest to the third, within the month."""
    last = _last(day)
    if wanted > last:
        return 0
    weekday = day.replace(day=wanted).weekday()
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _day_of_week(text: str) -> Callable[[datetime], bool]:
    """1 or SUN to 7 or SAT; ``6#3`` is the third Friday, ``6L`` the last one."""
    if "#" in text:
        name, _, which = text.partition("#")
        wanted, nth = _weekday(name), _number(which, None)
        return lambda day: _of(day) == wanted and (day.day - 1) // 7 + 1 == nth
    if text == "L":
        return lambda day: _of(day) == 7
    if text.endswith("L"):
        wanted = _weekday(text[:-1])
        return lambda day: _of(day) == wanted and day.day + 7 > _last(day)
    days = _numbers(text, 1, 7, _DAYS)
    return lambda day: _of(day) in days


def _weekday(text: str) -> int:
    number = _number(text, _DAYS)
    if not 1 <= number <= 7:
        raise ScheduleError(text)
    return number


def _of(day: datetime) -> int:
    return (day.weekday() + 1) % 7 + 1
