"""Where things are on Earth, and how long a packet takes there and back.

One table of cities (a client is placed in one; each also has a CloudFront edge location, named
by the nearest airport as CloudFront's logs and ``X-Amz-Cf-Pop`` name it), and one of regions.
Nothing here is measured: times follow from great-circle distances. Light in glass covers about
200 km per millisecond, and cables do not run straight; the detour factors bring the figures
near the round trips that operators publish for the same pairs (Frankfurt to Virginia about
90 ms, Sydney to Virginia about 200 ms over a good network).

Sources of the places: the AWS pages "AWS Regions and Availability Zones" and "Amazon CloudFront
key features: global edge network"; coordinates are those of the city or of the county that AWS
names, to a tenth of a degree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from archlib.errors import UsageError

EARTH_RADIUS_KM = 6371.0

#: Kilometres of glass that light covers in one second.
_GLASS_KM_PER_SECOND = 200_000.0

#: Length of the way over the great circle's length: the public internet's, and the AWS
#: backbone's between an edge location and a region.
INTERNET_DETOUR = 1.6
BACKBONE_DETOUR = 1.25

#: Virtual seconds of any round trip besides distance: the last mile, queues, switching.
INTERNET_FLOOR = 0.004
BACKBONE_FLOOR = 0.001


@dataclass(frozen=True)
class Place:
    """A point with a name. ``country`` is an ISO 3166-1 alpha-2 code; degrees north and east.

    ``edge`` is the code of the city's CloudFront edge location; a region has none.
    """

    name: str
    country: str
    latitude: float
    longitude: float
    edge: str | None = None


#: Cities in which a client may stand, each with an edge location, by name.
CITIES: dict[str, Place] = {
    place.name: place
    for place in (
        Place("Ashburn", "US", 39.0, -77.5, "IAD89-C1"),
        Place("New York", "US", 40.7, -74.0, "JFK50-C1"),
        Place("San Francisco", "US", 37.8, -122.4, "SFO53-C1"),
        Place("Sao Paulo", "BR", -23.6, -46.6, "GRU3-C1"),
        Place("London", "GB", 51.5, -0.1, "LHR61-C1"),
        Place("Frankfurt", "DE", 50.1, 8.7, "FRA56-C1"),
        Place("Johannesburg", "ZA", -26.2, 28.0, "JNB50-C1"),
        Place("Dubai", "AE", 25.2, 55.3, "DXB52-C1"),
        Place("Mumbai", "IN", 19.1, 72.9, "BOM78-C1"),
        Place("Singapore", "SG", 1.4, 103.8, "SIN52-C1"),
        Place("Tokyo", "JP", 35.7, 139.7, "NRT57-C1"),
        Place("Sydney", "AU", -33.9, 151.2, "SYD62-C1"),
    )
}

#: Where a client is when nobody placed it: next to the default region.
DEFAULT_CITY = "Ashburn"

#: Regions by code.
REGIONS: dict[str, Place] = {
    place.name: place
    for place in (
        Place("us-east-1", "US", 39.0, -77.5),
        Place("us-east-2", "US", 40.0, -83.0),
        Place("us-west-1", "US", 37.4, -121.9),
        Place("us-west-2", "US", 45.8, -119.7),
        Place("ca-central-1", "CA", 45.5, -73.6),
        Place("sa-east-1", "BR", -23.6, -46.6),
        Place("eu-west-1", "IE", 53.3, -6.3),
        Place("eu-west-2", "GB", 51.5, -0.1),
        Place("eu-west-3", "FR", 48.9, 2.4),
        Place("eu-central-1", "DE", 50.1, 8.7),
        Place("eu-north-1", "SE", 59.3, 18.1),
        Place("eu-south-1", "IT", 45.5, 9.2),
        Place("af-south-1", "ZA", -33.9, 18.4),
        Place("me-south-1", "BH", 26.1, 50.6),
        Place("ap-south-1", "IN", 19.1, 72.9),
        Place("ap-southeast-1", "SG", 1.4, 103.8),
        Place("ap-southeast-2", "AU", -33.9, 151.2),
        Place("ap-northeast-1", "JP", 35.7, 139.7),
        Place("ap-northeast-2", "KR", 37.6, 127.0),
        Place("ap-northeast-3", "JP", 34.7, 135.5),
        Place("ap-east-1", "HK", 22.3, 114.2),
    )
}


def place(name: str) -> Place:
    """The city or region called ``name``; raises :class:`UsageError` for an unknown one."""
    found = CITIES.get(name) or REGIONS.get(name)
    if found is None:
        raise UsageError(
            f"{name} is no place on the map",
            hint=f"cities are {', '.join(CITIES)}; regions go by their code",
        )
    return found


def distance(a: Place, b: Place) -> float:
    """Kilometres from ``a`` to ``b`` along the great circle (haversine formula)."""
    phi, psi = math.radians(a.latitude), math.radians(b.latitude)
    north = math.sin((psi - phi) / 2) ** 2
    east = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(north + math.cos(phi) * math.cos(psi) * east))


def round_trip(a: Place, b: Place) -> float:
    """Virtual seconds there and back over the public internet."""
    return INTERNET_FLOOR + INTERNET_DETOUR * 2 * distance(a, b) / _GLASS_KM_PER_SECOND


def backbone_round_trip(a: Place, b: Place) -> float:
    """Virtual seconds there and back over the AWS backbone (edge to region, region to region)."""
    return BACKBONE_FLOOR + BACKBONE_DETOUR * 2 * distance(a, b) / _GLASS_KM_PER_SECOND


def nearest_edge(client: Place) -> Place:
    """The city whose edge location a client at ``client`` is led to: the closest one."""
    return min(CITIES.values(), key=lambda city: (distance(client, city), city.name))


_client: ContextVar[Place | None] = ContextVar("archlib_client_place", default=None)


@contextmanager
def client_in(city: str) -> Iterator[Place]:
    """Put the clients of the block into a city; raises :class:`UsageError` for an unknown one."""
    token = _client.set(place(city))
    try:
        yield place(city)
    finally:
        _client.reset(token)


def client_place() -> Place | None:
    """Where the client of this context stands, if somebody placed it."""
    return _client.get()
