"""HTTP dates (RFC 9110, section 5.6.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache


@lru_cache(maxsize=1024)
def instant(text: str) -> float | None:
    """Epoch seconds of an HTTP date; None for what is none (``Expires: 0``)."""
    try:
        parsed = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError):
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def http_date(when: float) -> str:
    """An epoch second as an HTTP date."""
    return format_datetime(datetime.fromtimestamp(int(when), UTC), usegmt=True)
