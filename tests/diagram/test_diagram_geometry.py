"""Measured from the rendered SVG: nothing lies on anything it should not lie on."""

from __future__ import annotations

import itertools

import pytest
from drawn_examples import ALL, drawing, drawn
from svg_reading import inside, seen, tree

from archlib.diagram import Highlight, Layout, render
from archlib.diagram.geometry import Rect

DRAWN = pytest.mark.parametrize("name", ALL)


@DRAWN
def test_no_text_on_an_icon_or_another_text(name: str) -> None:
    _, groups = drawn(name)
    icons = [i for g in groups for i in g.icons]
    texts = [(t, box) for g in groups for t, box, _ in g.texts]
    assert icons
    assert texts
    for text, box in texts:
        assert not any(box.overlaps(icon) for icon in icons), text
    for (a, first), (b, second) in itertools.combinations(texts, 2):
        assert not first.overlaps(second.grown(-1.5)), (a, b)


@DRAWN
def test_icons_stand_apart(name: str) -> None:
    icons = [i for g in drawn(name)[1] for i in g.icons]
    for a, b in itertools.combinations(icons, 2):
        assert not a.grown(8).overlaps(b)


@DRAWN
def test_no_arrow_crosses_an_icon_or_a_text(name: str) -> None:
    _, groups = drawn(name)
    for arrow in groups:
        if arrow.kind != "arrow":
            continue
        for point in arrow.lines[0]:
            for other in groups:
                for icon in other.icons:
                    assert not inside(icon, point), (arrow.title, other.title)
                if other.kind == "note":
                    continue  # a note sits on its arrow, and on no other
                for text, box, _ in other.texts:
                    assert not inside(box, point), (arrow.title, text)


@DRAWN
def test_a_note_sits_on_its_own_arrow_only(name: str) -> None:
    _, groups = drawn(name)
    notes = [g for g in groups if g.kind == "note"]
    assert len(notes) == sum(1 for c in ALL[name].connections if c.note)
    for note in notes:
        around = note.texts[0][1].grown(7, 4)
        for arrow in (g for g in groups if g.kind == "arrow"):
            same = all(arrow.data[k] == note.data[k] for k in ("source", "target"))
            assert any(inside(around, p) for p in arrow.lines[0]) == same, arrow.title


@DRAWN
def test_arrows_touch_the_nodes_they_join(name: str) -> None:
    _, groups = drawn(name)
    nodes = {g.data["name"]: g for g in groups if g.kind == "node"}
    for arrow in (g for g in groups if g.kind == "arrow"):
        ends = (arrow.lines[0][0], arrow.lines[0][-1])
        for end, at in (("source", ends[0]), ("target", ends[1])):
            node = nodes[arrow.data[end]]
            reach = [r.grown(16) for r in (node.icons[0], *(box for _, box, _ in node.texts))]
            assert any(inside(r, at) for r in reach), (arrow.title, end)


@DRAWN
def test_arrows_share_no_stretch(name: str) -> None:
    arrows = [g for g in drawn(name)[1] if g.kind == "arrow"]
    for a, b in itertools.combinations(arrows, 2):
        spots = {(round(x), round(y)) for x, y in b.lines[0]}
        shared = sum((round(x), round(y)) in spots for x, y in a.lines[0])
        assert shared <= 4, (a.title, b.title)  # a crossing shares a spot or two, never a run


@DRAWN
def test_text_is_readable_at_notebook_width(name: str) -> None:
    picture, groups = drawn(name)
    width = float(tree(picture.svg).get("width", "0"))
    smallest = min(size for g in groups for _, _, size in g.texts)
    assert smallest * min(1.0, 900 / width) >= 11


@DRAWN
def test_everything_is_on_the_canvas(name: str) -> None:
    picture, groups = drawn(name)
    root = tree(picture.svg)
    canvas = Rect(0, 0, float(root.get("width", "0")), float(root.get("height", "0")))
    for group in groups:
        for rect in (*group.icons, *group.rects, *(box for _, box, _ in group.texts)):
            assert canvas.contains(rect), group.title
        for line in group.lines:
            assert all(inside(canvas, p) for p in line), group.title


@DRAWN
def test_a_box_holds_its_members_and_nobody_else(name: str) -> None:
    architecture = ALL[name]
    _, groups = drawn(name)
    parents = {b.name: b.parent for b in architecture.boundaries}
    for box in (g for g in groups if g.kind == "box"):
        for component in architecture.components:
            node = next(g for g in groups if g.data.get("name") == component.name)
            above, member = component.boundary, False
            while above is not None:
                member = member or above == box.data["name"]
                above = parents[above]
            for rect in (*node.icons, *(t for _, t, _ in node.texts)):
                held = box.rects[0].contains(rect)
                assert held == member, (box.title, component.name)
                assert held or not box.rects[0].overlaps(rect)


@DRAWN
def test_labels_do_not_stand_on_a_border(name: str) -> None:
    _, groups = drawn(name)
    for box in (g for g in groups if g.kind == "box"):
        outer = box.rects[0]
        for group in groups:
            for text, rect, _ in group.texts:
                assert outer.contains(rect) or not outer.overlaps(rect), text


def test_badges_cover_no_text_and_no_icon() -> None:
    architecture = ALL["mytodolist"]
    ends = dict.fromkeys((c.source, c.target) for c in architecture.connections)
    outcomes = [{"status": 403}, {"cache": "hit"}, {"status": 200}]
    hops = [Highlight(i + 1, s, t, **outcomes[i % 3]) for i, (s, t) in enumerate(ends)]
    groups = seen(render(architecture, hops=hops).svg)
    badges = [g for g in groups if g.kind == "badge"]
    assert len(badges) == len(ends)
    for badge in badges:
        for other in groups:
            if other is badge:
                continue
            for rect in (*other.icons, *(box for _, box, _ in other.texts)):
                assert not badge.rects[0].overlaps(rect.grown(-1.5)), (badge.title, other.title)


def test_an_arrow_goes_around_what_stands_in_its_way() -> None:
    row = drawing(
        "row",
        "A | A | compute.EC2\nB | B | storage.S3\nC | C | database.RDS\nD | D | iot.IotCore",
        "B -> D\nA -> C | around",
    )
    groups = seen(render(row, layout=Layout("A B C\n. D .")).svg)
    middle = next(g for g in groups if g.data.get("name") == "B")
    around = next(g for g in groups if g.data.get("label") == "around")
    for rect in (*middle.icons, *(box for _, box, _ in middle.texts)):
        assert not any(inside(rect, p) for p in around.lines[0])
    assert len({y for _, y in around.lines[0]}) > 2
