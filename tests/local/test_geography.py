"""Distances and round trips: plausible, symmetric, and in the right order."""

from __future__ import annotations

import pytest

from archlib.errors import UsageError
from archlib.local.geography import (
    CITIES,
    REGIONS,
    Place,
    backbone_round_trip,
    distance,
    nearest_edge,
    place,
    round_trip,
)


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [
        ("London", "New York", 5570),
        ("Frankfurt", "Singapore", 10260),
        ("Sydney", "us-east-1", 15700),
        ("Tokyo", "San Francisco", 8270),
        ("London", "eu-west-2", 0),
    ],
)
def test_distances_are_those_of_the_map(a: str, b: str, kilometres: float) -> None:
    assert distance(place(a), place(b)) == pytest.approx(kilometres, rel=0.01, abs=1)


def test_distance_is_a_metric_on_the_table() -> None:
    spots = [*CITIES.values(), *REGIONS.values()]
    for a in spots:
        for b in spots:
            assert distance(a, b) == pytest.approx(distance(b, a))
            assert round_trip(a, b) >= backbone_round_trip(a, b)


def test_round_trips_are_near_published_ones() -> None:
    virginia = place("us-east-1")
    assert 0.07 < backbone_round_trip(place("Frankfurt"), virginia) < 0.1
    assert 0.18 < backbone_round_trip(place("Sydney"), virginia) < 0.22
    assert round_trip(place("Ashburn"), virginia) < 0.006


def test_every_city_is_led_to_its_own_edge_and_others_to_the_closest() -> None:
    assert all(nearest_edge(city) is city for city in CITIES.values())
    assert nearest_edge(Place("Lyon", "FR", 45.8, 4.8)).name in {"Frankfurt", "London"}
    assert nearest_edge(place("ap-northeast-2")).name == "Tokyo"


def test_an_unknown_place_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="Atlantis"):
        place("Atlantis")
