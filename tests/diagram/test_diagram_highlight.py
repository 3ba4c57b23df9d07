"""Traces on a picture, and as a sequence."""

from __future__ import annotations

import itertools
import re

import pytest
from dot_reading import read
from drawn_examples import PAID, TODO
from svg_reading import NS, seen, tree

from archlib.diagram import Highlight, render, sequence, style
from archlib.diagram.highlight import badge
from archlib.errors import DiagramError


def strokes(svg: str) -> dict[tuple[str, str], str]:
    """Colour of the arrow between two components."""
    return {
        (g.get("data-source", ""), g.get("data-target", "")): g.findall(f"{NS}path")[0].get(
            "stroke", ""
        )
        for g in tree(svg).findall(f"{NS}g")
        if g.get("class") == "arrow"
    }


HOPS = (
    Highlight(1, "Client", "Api", "GET /todos", 200, "miss"),
    Highlight(2, "Api", "Users", "verify", 200),
    Highlight(3, "Api", "Fn", "Invoke", 200),
    Highlight(4, "Fn", "Dax", "Query", 200, "hit"),
    Highlight(5, "Client", "Api", "GET /todos", 200, "hit"),
    Highlight(6, "Client", "Files", "PutObject", 403),
)


def test_arrows_taken_carry_their_numbers_and_outcomes() -> None:
    groups = seen(render(TODO, hops=HOPS).svg)
    badges = {
        (g.data["source"], g.data["target"]): " ".join(t for t, _, _ in g.texts)
        for g in groups
        if g.kind == "badge"
    }
    assert badges == {
        ("Client", "Api"): "1 miss · 5 hit",
        ("Api", "Users"): "2",
        ("Api", "Fn"): "3",
        ("Fn", "Dax"): "4 hit",
        ("Client", "Files"): "6 ✕ 403",
    }


def test_colours_tell_taken_failed_hit_and_not_taken() -> None:
    drawn = strokes(render(TODO, hops=HOPS).svg)
    assert drawn["Client", "Api"] == style.TAKEN
    assert drawn["Fn", "Dax"] == style.HIT
    assert drawn["Client", "Files"] == style.FAILED
    assert drawn["Dax", "Table"] == style.ARROW_QUIET
    assert set(strokes(render(TODO).svg).values()) == {style.ARROW}


def test_what_was_not_visited_steps_back() -> None:
    root = tree(render(TODO, hops=HOPS).svg)
    faded = {
        g.get("data-name")
        for g in root.findall(f"{NS}g")
        for use in g.findall(f"{NS}use")
        if use.get("opacity")
    }
    assert faded == {"Sts", "Table"}
    assert not render(TODO).svg.count("opacity")


def test_the_hops_are_told_in_words() -> None:
    said = tree(render(TODO, hops=HOPS).svg).findtext(f"{NS}desc") or ""
    assert "6 Mobile client to Amazon S3: PutObject (✕ 403)" in said
    assert "4 AWS Lambda to DAX caching layer: Query (hit)" in said


def test_nodes_keep_their_order_when_a_trace_is_drawn() -> None:
    def columns(svg: str) -> list[tuple[str, ...]]:
        nodes = [
            (g.icons[0].x, g.icons[0].y, g.data["name"]) for g in seen(svg) if g.kind == "node"
        ]
        return [
            tuple(name for _, _, name in group)
            for _, group in itertools.groupby(sorted(nodes), key=lambda n: n[0])
        ]

    stray = (*HOPS, Highlight(7, "Client", "Table", "Scan", 200))
    assert columns(render(TODO).svg) == columns(render(TODO, hops=HOPS).svg)
    assert columns(render(TODO).svg) == columns(render(TODO, hops=stray).svg)


def test_a_hop_that_nobody_drew_is_shown_as_such() -> None:
    picture = render(TODO, hops=[Highlight(1, "Client", "Table", "Scan", 200)])
    arrow = next(g for g in seen(picture.svg) if g.data.get("undrawn"))
    assert (arrow.data["source"], arrow.data["target"], arrow.dashed) == ("Client", "Table", True)
    assert [t for t, _, _ in arrow.texts] == ["not drawn"]
    assert strokes(picture.svg)["Client", "Table"] == style.FAILED
    assert "Client -> Table" not in picture.dot  # the DOT source is the design's


def test_two_arrows_of_one_pair_are_told_apart_by_label_and_direction() -> None:
    hops = [
        Highlight(1, "Client", "ApiUrl", "anything"),
        Highlight(2, "ApiUrl", "Client", "anything"),
        Highlight(3, "Client", "ApiUrl", "signed URL"),
    ]
    badges = {
        (g.data["source"], g.data["target"]): g.texts[0][0]
        for g in seen(render(PAID, hops=hops).svg)
        if g.kind == "badge"
    }
    assert badges == {("Client", "ApiUrl"): "1", ("ApiUrl", "Client"): "2, 3"}


def test_badges_gather_runs_and_outcomes() -> None:
    def hop(n: int, status: int = 200, cache: str | None = None) -> Highlight:
        return Highlight(n, "A", "B", status=status, cache=cache)

    assert badge([hop(4), hop(1)]) == "1, 4"
    assert badge([hop(n) for n in (1, 2, 3, 4, 7)]) == "1–4, 7"
    assert badge([hop(1, 403), hop(2, cache="hit"), hop(3)]) == "1 ✕ 403 · 2 hit · 3"
    assert badge([hop(1, 200, "bypass")]) == "1"
    assert badge([]) == ""


def test_a_hop_to_no_component_is_refused() -> None:
    with pytest.raises(DiagramError, match="hop 3 names 'Nobody'"):
        render(TODO, hops=[Highlight(3, "Client", "Nobody")])
    with pytest.raises(DiagramError, match="hop 3 names 'Nobody'"):
        sequence(TODO, [Highlight(3, "Client", "Nobody")])


TIMED = (
    Highlight(1, "Client", "Api", "GET /todos?filter=\"a\"&b=<c>", 200, "miss", 0.0, 0.0625),
    Highlight(2, "Api", "Api", "stage cache", 200, "miss", 0.001, 0.0004),
    Highlight(3, "Api", "Fn", "Invoke", 200, None, 0.002, 1.5),
    Highlight(4, "Fn", "Dax", "Query", 200, "hit", 0.05, 0.0004),
    Highlight(5, "Client", "Files", "PutObject", 403, None, 12.3456, 0.02),
)  # fmt: skip


def test_a_sequence_has_a_lane_per_component_and_an_arrow_per_hop() -> None:
    groups = seen(sequence(TODO, TIMED).svg)
    heads = [g for g in groups if g.kind == "node"]
    assert [g.data["name"] for g in heads] == ["Client", "Api", "Fn", "Dax", "Files"]
    x = {g.data["name"]: g.icons[0].x for g in heads}
    assert list(x.values()) == sorted(x.values())
    hops = [g for g in groups if g.kind == "hop"]
    assert [g.data["order"] for g in hops] == ["1", "2", "3", "4", "5"]
    heights = [g.lines[0][0][1] for g in hops]
    assert heights == sorted(heights)
    for g in hops:
        assert abs(g.lines[0][0][0] - x[g.data["source"]]) < 1
        assert abs(g.lines[0][-1][0] - x[g.data["target"]]) < 12
        assert g.heads == 1


def test_a_sequence_tells_action_status_cache_start_and_duration() -> None:
    groups = {g.data.get("order"): g for g in seen(sequence(TODO, TIMED).svg)}

    def said(order: str) -> str:
        return " ".join(t for t, _, _ in groups[order].texts).replace("\u00a0", " ")

    assert said("1") == '1 GET /todos?filter="a"&b=<c> · 200 · miss 0.000 s +62 ms'
    assert said("2") == "2 stage cache · 200 · miss 0.001 s +0.4 ms"
    assert said("3") == "3 Invoke · 200 0.002 s +1500 ms"
    assert said("5") == "5 PutObject · ✕ 403 12.346 s +20 ms"


def test_texts_of_a_sequence_are_apart_and_readable() -> None:
    many = [
        Highlight(
            i + 1, c.source, c.target, f"an action with a rather long name, {i}", 200, "hit", i
        )
        for i, c in enumerate(TODO.connections)
    ]
    for hops in (TIMED, many):
        svg = sequence(TODO, hops).svg
        texts = [(t, box, size) for g in seen(svg) for t, box, size in g.texts]
        for (a, first, _), (b, second, _) in itertools.combinations(texts, 2):
            assert not first.overlaps(second.grown(-1)), (a, b)
        width = float(tree(svg).get("width", "0"))
        assert min(size for _, _, size in texts) * min(1.0, 900 / width) >= 11
        assert max(box.right for _, box, _ in texts) <= width


def test_an_untimed_and_an_empty_sequence_draw() -> None:
    untimed = sequence(TODO, HOPS)
    assert not any(" s" in t for g in seen(untimed.svg) for t, _, _ in g.texts)
    assert untimed.png.startswith(b"\x89PNG")
    assert seen(sequence(TODO, []).svg) == []
    assert sequence(TODO, []).png.startswith(b"\x89PNG")


def test_a_sequence_as_dot_lists_the_hops_in_order() -> None:
    source = sequence(TODO, TIMED).dot
    assert re.findall(r'-> "(\w+)" \[label="(\d)', source) == [
        (h.target, str(h.order)) for h in TIMED
    ]
    assert len(read(source).edges) == len(TIMED)
