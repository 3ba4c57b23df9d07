"""What a month of videos costs, by where they are watched: CloudFront against S3 alone.

US dollars, first tier of each price, without taxes, free tiers and discounts (CloudFront's first
1,000 GB and 10 million requests a month are free, and so are 100 GB out of the account's regions).
Prices change: these are the ones of "Amazon CloudFront pricing" and "Amazon S3 pricing" (US East,
N. Virginia) in 2026. What CloudFront fetches from S3 costs no transfer, only the requests.
"""

from __future__ import annotations

from dataclasses import dataclass

S3_GB = 0.09
"""A gigabyte out of S3 to the internet."""

S3_GET = 0.0004 / 1_000
"""A GET of S3."""


@dataclass(frozen=True)
class EdgePrice:
    """CloudFront's price in one of its billing regions: a gigabyte, and an HTTPS request."""

    region: str
    gigabyte: float
    request: float


_EUROPE = EdgePrice("Europe, Israel and Türkiye", 0.085, 0.0120 / 10_000)
_JAPAN = EdgePrice("Japan", 0.114, 0.0120 / 10_000)
_SOUTH_AMERICA = EdgePrice("South America", 0.110, 0.0220 / 10_000)
_AUSTRALIA = EdgePrice("Australia and New Zealand", 0.114, 0.0125 / 10_000)
_NORTH_AMERICA = EdgePrice("United States, Mexico and Canada", 0.085, 0.0100 / 10_000)

EDGE_PRICES = {
    "Ashburn": _NORTH_AMERICA,
    "Frankfurt": _EUROPE,
    "Tokyo": _JAPAN,
    "Sao Paulo": _SOUTH_AMERICA,
    "Sydney": _AUSTRALIA,
}
"""City of the viewer -> the price of the edge locations near it."""


@dataclass(frozen=True)
class Month:
    """What one month costs one way or the other, in dollars."""

    city: str
    region: str
    cloudfront: float
    s3: float


def month(city: str, gigabytes: float, requests: int, hit_ratio: float) -> Month:
    """A month in which ``gigabytes`` are watched in ``city`` with ``requests`` requests.

    ``hit_ratio`` is the share that the edge answers itself. Raises :class:`KeyError` for a city
    without a price.
    """
    price = EDGE_PRICES[city]
    edge = gigabytes * price.gigabyte + requests * price.request
    edge += requests * (1 - hit_ratio) * S3_GET
    return Month(city, price.region, edge, gigabytes * S3_GB + requests * S3_GET)
