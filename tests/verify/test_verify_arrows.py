"""Hops laid over the drawn arrows."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.architecture import Architecture, Component, Connection
from archlib.local.trace import Hop
from archlib.verify.arrows import REFUSED, Places, cover

NAMES = ("Client", "Api", "Function", "Table")


class Deployed:
    """Stands for a deployment: every ARN is its component's name behind ``arn:``."""

    def component_of(self, end: str) -> str | None:
        name = end.removeprefix("arn:")
        return name if end.startswith("arn:") and name in NAMES else None


def connection(source: str, target: str, verb: str = "calls", off: str | None = None) -> Connection:
    return Connection(source, target, verb, off_trace=off)


def architecture(*connections: Connection) -> Architecture:
    ends = {end for one in connections for end in (one.source, one.target)}
    components = tuple(Component(name, name) for name in NAMES if name in ends)
    return Architecture("a", "A", "An architecture", components, connections)


def places(design: Architecture) -> Places:
    return Places(design, Deployed())  # type: ignore[arg-type]


def hop(source: str, target: str, status: int = 200) -> Hop:
    return Hop(1, None, f"arn:{source}", f"arn:{target}", "x:Do", "p", status, None, None, 0, 0, {})


def test_a_hop_takes_the_arrow_in_its_direction() -> None:
    design = architecture(connection("Client", "Api"), connection("Api", "Function"))
    there, back = hop("Client", "Api"), hop("Api", "Client")
    found = cover(design, places(design), [there, back])
    assert found.taken["Client", "Api", "calls"] == (there,)
    assert [c.source for c in found.missing] == ["Api"]
    assert [(a, b) for a, b, _ in found.undrawn] == [("Api", "Client")]


def test_a_refused_call_that_is_not_drawn_is_no_hop() -> None:
    design = architecture(connection("Client", "Api"))
    for status in sorted(REFUSED):
        found = cover(design, places(design), [hop("Client", "Table", status)])
        assert found.undrawn == ()
    found = cover(design, places(design), [hop("Client", "Table", 404)])
    assert len(found.undrawn) == 1


def test_an_arrow_off_the_trace_is_never_missing() -> None:
    design = architecture(connection("Client", "Api", off="is a matter of configuration"))
    assert cover(design, places(design), []).missing == ()


def test_what_is_not_part_of_the_design_is_named_by_its_end() -> None:
    design = architecture(connection("Client", "Api"))
    stray = replace(hop("Client", "Api"), target="queue.amazonaws.com")
    found = cover(design, places(design), [stray])
    assert found.undrawn == (("Client", "queue.amazonaws.com", stray),)


pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda p: p[0] != p[1])


@settings(deadline=None)
@given(st.sets(pairs, min_size=1, max_size=6), st.lists(pairs, max_size=12))
def test_every_hop_is_either_drawn_or_not_and_every_arrow_taken_or_missing(
    drawn: set[tuple[str, str]], walked: list[tuple[str, str]]
) -> None:
    design = architecture(*(connection(*pair) for pair in sorted(drawn)))
    hops = [hop(*pair) for pair in walked]
    found = cover(design, places(design), hops)
    assert sum(map(len, found.taken.values())) + len(found.undrawn) == len(hops)
    assert {(c.source, c.target) for c in found.missing} == drawn - set(walked)
    assert {(a, b) for a, b, _ in found.undrawn} == set(walked) - drawn
