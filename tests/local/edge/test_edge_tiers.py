"""Edge locations and regional edge caches, one behind the other."""

from __future__ import annotations

import pytest
from edge_site import Site
from test_edge_origins import SERVICE, allow, bucket, control, distribution, get

from archlib.errors import UsageError
from archlib.local import LocalCloud
from archlib.local.edge.entry import Entry
from archlib.local.edge.freshness import Freshness
from archlib.local.edge.locations import city_of, route


def test_a_regional_hit_fills_the_edge_location(cloud: LocalCloud) -> None:
    site = Site(cloud, 1, {"origin": [{"cc": "max-age=60"}]})
    tiers = []
    for city in ("New York", "Ashburn", "Ashburn"):
        with site.edge().viewer_in(city):
            site.send("GET", "/a")
        tiers.append(cloud.trace.hops[-1].detail["tier"])
    assert tiers == ["origin", "regional", "edge"]
    assert len(site.asked) == 1


def test_a_bucket_in_the_region_of_the_regional_cache_is_asked_directly(
    cloud: LocalCloud,
) -> None:
    bucket(cloud)
    made = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE)
    site = Site(cloud, 2, {})
    tiers = []
    for city in ("New York", "Ashburn"):
        with site.edge().viewer_in(city):
            get(made)
        tiers.append([h for h in cloud.trace.hops if h.target == made["ARN"]][-1].detail["tier"])
    assert tiers == ["origin", "origin"]


def test_fresh_means_that_the_lifetime_exceeds_the_age() -> None:
    # RFC 9111, section 4.2: response_is_fresh = (freshness_lifetime > current_age)
    entry = Entry(200, (), b"", 100.0, 0.0, Freshness(10))
    assert entry.fresh(109.9)
    assert not entry.fresh(110.0)


def test_routes_go_to_the_nearest_location_of_the_price_class() -> None:
    assert route("Sydney", "PriceClass_All").pop == "SYD62-C1"
    assert route("Sydney", "PriceClass_200").pop == "SIN52-C1"
    assert route("Frankfurt", "PriceClass_100").regional == "eu-central-1"
    assert city_of("gru") == "Sao Paulo"
    with pytest.raises(UsageError, match="no city with an edge location"):
        city_of("Atlantis")
