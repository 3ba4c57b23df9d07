"""How long an object stays fresh at the edge.

Amazon CloudFront Developer Guide, "Manage how long content stays in the cache (expiration)":
the table under "Specify the amount of time that CloudFront caches objects". RFC 9111 section
4.2 says what it leaves open (several directives, invalid values, ages).
"""

from __future__ import annotations

from dataclasses import dataclass

from archlib.local.edge.dates import instant
from archlib.local.edge.directives import Directives, directives, seconds
from archlib.local.edge.headers import tokens, value
from archlib.local.http import Headers


@dataclass(frozen=True)
class Limits:
    """A cache behavior's minimum, default and maximum TTL, in seconds."""

    minimum: float = 0
    default: float = 86400
    maximum: float = 31536000

    @property
    def disabled(self) -> bool:
        """Whether nothing can stay in the cache."""
        return self.maximum <= 0


@dataclass(frozen=True)
class Freshness:
    """What a response's headers and the limits come to.

    Attributes:
        lifetime: seconds for which the object is fresh.
        stored: whether the edge may keep it at all.
        validated: whether the object may be revalidated with its validators; an object with
            ``Vary: *`` is asked for anew each time.
        while_revalidate: seconds of staleness in which it is served while the edge asks.
        if_error: seconds of staleness in which it stands in for an error; None is no limit.
    """

    lifetime: float
    stored: bool = True
    validated: bool = True
    while_revalidate: float = 0
    if_error: float | None = None


NOT_STORED = Freshness(0, stored=False)


def freshness(headers: Headers, limits: Limits, now: float) -> Freshness:
    """The table of the guide's page.

    A minimum TTL above zero wins over ``no-cache``, ``no-store`` and ``private``; with zero
    CloudFront respects them: what is ``no-store`` or ``private`` is not kept, what is
    ``no-cache`` is revalidated each time (RFC 9111, sections 5.2.2.4, 5.2.2.5, 5.2.2.7).
    ``s-maxage`` goes before ``max-age``, and that before ``Expires``. ``stale-while-revalidate``
    and ``stale-if-error`` (RFC 5861) reach as far as the maximum TTL.
    """
    if limits.disabled:
        return NOT_STORED
    given = directives(value(headers, "cache-control") or "")
    if "*" in tokens(value(headers, "vary")) and limits.minimum <= 0:
        # "CloudFront caches the object but still forwards every subsequent request".
        return Freshness(0, validated=False)
    forbidden = "no-store" in given or "private" in given
    if forbidden or "no-cache" in given:
        if limits.minimum <= 0 and forbidden:
            return NOT_STORED
        lifetime = limits.minimum
    else:
        stated = stated_lifetime(headers, given, now)
        lifetime = (
            max(limits.default, limits.minimum)
            if stated is None
            else min(max(stated, limits.minimum), limits.maximum)
        )
    return Freshness(
        lifetime,
        while_revalidate=min(seconds(given, "stale-while-revalidate") or 0, limits.maximum),
        if_error=_if_error(given, limits),
    )


def stated_lifetime(headers: Headers, given: Directives, now: float) -> float | None:
    """What the origin says: s-maxage, max-age or Expires; None when it says nothing.

    An invalid date in Expires, "especially including the value 0", means already expired
    (RFC 9111, section 5.3).
    """
    for name in ("s-maxage", "max-age"):
        if (found := seconds(given, name)) is not None:
            return found
    expires = value(headers, "expires")
    if expires is None:
        return None
    when = instant(expires)
    return 0.0 if when is None else max(0.0, when - now)


def _if_error(given: Directives, limits: Limits) -> float | None:
    """``must-revalidate`` forbids stale answers (RFC 9111, section 5.2.2.2)."""
    if "must-revalidate" in given or "proxy-revalidate" in given:
        return 0.0
    stated = seconds(given, "stale-if-error")
    return None if stated is None else min(float(stated), limits.maximum)


def initial_age(headers: Headers) -> float:
    """The origin's ``Age`` (RFC 9111, section 4.2.3); 0 without a valid one."""
    text = (value(headers, "age") or "").split(",")[0].strip()
    return float(text) if text.isascii() and text.isdigit() else 0.0


#: Developer Guide, "How CloudFront processes HTTP 4xx and 5xx status codes from your origin":
#: codes it always caches, and those it caches where the origin says for how long.
ERRORS_ALWAYS = frozenset({404, 414, 500, 501, 502, 503, 504})
ERRORS_IF_STATED = frozenset({400, 403, 405, 412, 415})
#: Those which ``no-store``, ``no-cache`` or ``private`` keep out of the cache.
_RESTRICTABLE = frozenset({404, 410, 414, 501})


def error_freshness(
    status: int, headers: Headers, minimum: float, limits: Limits, now: float
) -> Freshness:
    """How long an error stands: the greater of the error caching minimum TTL and what is stated.

    Developer Guide, "Control how long CloudFront caches errors". ``minimum`` is the error
    caching minimum TTL of the status, in seconds.
    """
    given = directives(value(headers, "cache-control") or "")
    stated = stated_lifetime(headers, given, now)
    aged = "max-age" in given or "s-maxage" in given
    if status not in ERRORS_ALWAYS and not (status in ERRORS_IF_STATED and aged):
        return NOT_STORED
    if status in _RESTRICTABLE and given.keys() & {"no-store", "no-cache", "private"}:
        return NOT_STORED
    lifetime = max(minimum, min(stated or 0, limits.maximum))
    return Freshness(lifetime, stored=lifetime > 0, if_error=0.0)
