"""Edge locations, regional edge caches, and where a viewer stands.

Amazon CloudFront Developer Guide, "How CloudFront delivers content" (a DNS answer leads the
viewer to the point of presence that "can best serve the request - typically the nearest in terms
of latency") and "How CloudFront works with regional edge caches". Places and round trips are
those of :mod:`archlib.local.geography`: a model, no measurement.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache

from archlib.errors import UsageError
from archlib.local import transfer
from archlib.local.geography import (
    CITIES,
    DEFAULT_CITY,
    REGIONS,
    Place,
    backbone_round_trip,
    client_in,
    client_place,
    distance,
    place,
    round_trip,
)

#: Regions that hold a regional edge cache ("How CloudFront works with regional edge caches").
REGIONAL = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "sa-east-1", "eu-west-1",
            "eu-west-2", "eu-central-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
            "ap-northeast-1", "ap-northeast-2")  # fmt: skip

_AMERICA_EUROPE = frozenset({"US", "CA", "MX", "GB", "DE", "FR", "IE", "IT", "SE", "ES", "IL"})
_WIDER = _AMERICA_EUROPE | {"ZA", "AE", "BH", "IN", "SG", "JP", "KR", "HK"}

#: Countries of each price class that does not use every location (page "Choose the price
#: class for a CloudFront distribution").
PRICE_CLASSES: dict[str, frozenset[str] | None] = {
    "PriceClass_100": _AMERICA_EUROPE,
    "PriceClass_200": _WIDER,
    "PriceClass_All": None,
    "None": None,
}


@dataclass(frozen=True)
class Route:
    """The way of one viewer: its place, the edge location, the regional edge cache behind it.

    ``viewer_seconds`` and ``regional_seconds`` are round trips: viewer to edge location, edge
    location to regional edge cache (virtual seconds).
    """

    viewer: Place
    edge: Place
    regional: str
    viewer_seconds: float
    regional_seconds: float

    @property
    def pop(self) -> str:
        """The edge location's code, as ``X-Amz-Cf-Pop`` names it."""
        return self.edge.edge or self.edge.name

    def transfer_seconds(self, size: int) -> float:
        """What a body of ``size`` bytes takes between viewer and edge location, besides that.

        Behind the edge location the backbone carries it on as it comes.
        """
        return transfer.seconds(self.viewer_seconds, size)

    def origin_seconds(self, region: str | None, *, past_regional: bool) -> float:
        """The round trip from the last cache on the way to an origin in ``region``."""
        if region is None or region not in REGIONS:
            return 0.0
        last = REGIONS[self.regional] if past_regional else self.edge
        return backbone_round_trip(last, REGIONS[region])


@lru_cache(maxsize=256)
def route(where: str, price_class: str) -> Route:
    """The way of a viewer in a city or region through the edge locations of a price class."""
    viewer = place(where)
    countries = PRICE_CLASSES[price_class]
    usable = [p for p in CITIES.values() if countries is None or p.country in countries]
    edge = min(usable, key=lambda p: (distance(viewer, p), p.name))
    regional = min(REGIONAL, key=lambda r: (distance(edge, REGIONS[r]), r))
    return Route(
        viewer, edge, regional, round_trip(viewer, edge),
        backbone_round_trip(edge, REGIONS[regional]),
    )  # fmt: skip


def city_of(name: str) -> str:
    """A city by its name, or by its edge location's code or the code's first letters (``FRA``)."""
    if name in CITIES:
        return name
    for city in CITIES.values():
        if city.edge is not None and name and city.edge.startswith(name.upper()):
            return city.name
    codes = ", ".join(f"{c.name} ({c.edge})" for c in CITIES.values())
    raise UsageError(f"{name} is no city with an edge location", hint=f"there are {codes}")


def viewer_in(name: str) -> AbstractContextManager[Place]:
    """Put the viewers of a block into a city (see :func:`city_of`)."""
    return client_in(city_of(name))


def travels(inside: str | None) -> bool:
    """Whether a viewer's bytes take time: somebody placed it, and it is no part of the cloud."""
    return inside is None and client_place() is not None


def viewer_place(inside: str | None) -> str:
    """Where the viewer of this context stands: a city, or the region it runs in.

    ``inside`` is the ARN of the resource that asks (a function), None for a client outside.
    """
    if inside is not None:
        region = inside.split(":", 4)[3] if inside.count(":") >= 4 else ""
        if region in REGIONS:
            return region
    standing = client_place()
    return DEFAULT_CITY if standing is None else standing.name
