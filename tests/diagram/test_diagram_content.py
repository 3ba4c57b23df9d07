"""The picture shows the whole graph: nodes, arrows, labels, loops, notes, boxes; nothing else."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
from dot_reading import read
from drawn_examples import EXAMPLES, TODO, UPDATES, Part, drawing, drawn
from svg_reading import NS, seen, tree

from archlib.architecture import Architecture, Arrow, Boundary, Connection
from archlib.diagram import Layout, graph, render
from archlib.diagram.geometry import Rect
from archlib.diagram.icons import nearest
from archlib.errors import DiagramError
from archlib.scenarios.mytodolist.architecture import architecture as mytodolist

# The seed's first picture, as ends, sign, label; by the titles that are printed.
FIRST_PICTURE = {
    ("Mobile client", "<->", "Amazon S3", "store / retrieve files"),
    ("Mobile client", "<->", "Amazon API Gateway", "REST HTTPS"),
    ("Mobile client", "<->", "Amazon Cognito", "authenticate"),
    ("Amazon API Gateway", "<->", "Amazon Cognito", "verify authentication"),
    ("Amazon Cognito", "<->", "AWS STS", "generate temporary credentials"),
    ("Amazon API Gateway", "<->", "AWS Lambda", "invoke"),
    ("Amazon API Gateway", "->", "Amazon API Gateway", "caching of responses"),
    ("AWS Lambda", "<-", "DAX caching layer", "query / read"),
    ("DAX caching layer", "->", "DynamoDB", ""),
}
SIGNS = {"forward": "->", "back": "<-", "both": "<->", "none": "-"}


def test_the_first_picture_is_complete_in_the_svg() -> None:
    _, groups = drawn("mytodolist")
    titles = {
        g.data["name"]: " ".join(t for t, _, _ in g.texts) for g in groups if g.kind == "node"
    }
    arrows = {
        (
            titles[g.data["source"]],
            SIGNS[g.data["direction"]],
            titles[g.data["target"]],
            " ".join(t for t, _, _ in g.texts),
        )
        for g in groups
        if g.kind == "arrow"
    }
    assert arrows >= FIRST_PICTURE
    assert {e for a in FIRST_PICTURE for e in (a[0], a[2])} <= set(titles.values())
    notes = [g for g in groups if g.kind == "note"]
    assert [n.title for n in notes] == ["permissions"]
    assert (titles[notes[0].data["source"]], titles[notes[0].data["target"]]) == (
        "Mobile client",
        "Amazon S3",
    )


def test_the_first_picture_is_complete_in_the_dot_source() -> None:
    dot = read(drawn("mytodolist")[0].dot)
    titles = {name: " ".join(says["label"].split()) for name, says in dot.nodes.items()}
    signs = {"forward": "->", "back": "<-", "both": "<->"}
    arrows = {
        (titles[source], signs[says["dir"]], titles[target], says.get("label", ""))
        for source, target, says in dot.edges
    }
    assert arrows >= FIRST_PICTURE
    assert [says["xlabel"] for *_, says in dot.edges if "xlabel" in says] == ["permissions"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_svg_and_dot_show_the_graph_and_only_it(name: str) -> None:
    expected = graph(EXAMPLES[name])
    picture, groups = drawn(name)
    arrows = [g for g in groups if g.kind == "arrow"]
    assert sorted(g.data["name"] for g in groups if g.kind == "node") == sorted(
        n.name for n in expected.nodes
    )
    assert sorted(
        (g.data["source"], g.data["target"], g.data.get("label", "")) for g in arrows
    ) == (sorted((e.source, e.target, e.label) for e in expected.edges))
    for edge in expected.edges:
        arrow = next(
            g
            for g in arrows
            if (g.data["source"], g.data["target"], g.data.get("label", ""))
            == (edge.source, edge.target, edge.label)
        )
        assert " ".join(t for t, _, _ in arrow.texts) == edge.label
        assert arrow.dashed == edge.dashed
        assert arrow.heads == edge.points_to_source + edge.points_to_target
    dot = read(picture.dot)
    assert {key: says["label"] for key, says in dot.nodes.items()} == {
        n.name: n.title for n in expected.nodes
    }
    assert sorted((s, t, says.get("style") == "dashed") for s, t, says in dot.edges) == sorted(
        (e.source, e.target, e.dashed) for e in expected.edges
    )
    assert dot.clusters == {f"cluster_{b.name}": b.title for b in expected.boxes}


def test_boxes_of_one_title_stay_apart() -> None:
    picture, groups = drawn("updates")
    boxes = [g for g in groups if g.kind == "box"]
    assert [b.title for b in boxes].count("Availability zone") == 3
    zones = [b.rects[0] for b in boxes if b.title == "Availability zone"]
    assert not any(a.overlaps(b) for i, a in enumerate(zones) for b in zones[:i])
    assert re.findall(r"subgraph (\w+)", picture.dot) == [
        "cluster_asg",
        "cluster_a",
        "cluster_b",
        "cluster_c",
    ]


def test_an_icon_is_embedded_once_however_often_it_is_used() -> None:
    svg = drawn("updates")[0].svg
    data = re.findall(r"data:image/png;base64,([^\"]+)", svg)
    assert len(data) == len(set(data)) == len({c.icon for c in UPDATES.components})
    assert all(base64.b64decode(d).startswith(b"\x89PNG") for d in data)
    ids = [s.get("id") for s in tree(svg).iter(f"{NS}symbol")]
    used = [u.get("href") for u in tree(svg).iter(f"{NS}use")]
    assert used.count("#icon-aws-compute-EC2") == 5
    assert {f"#{i}" for i in ids} == set(used)


def test_no_outside_reference_and_no_machine_path() -> None:
    picture, _ = drawn("mytodolist")
    for text in (picture.svg, picture.dot):
        assert "site-packages" not in text
        assert not re.search(r"[\"'(](/\w|file:|[A-Z]:\\)", text)
    links = re.findall(r"(?:href=|url\()\"?([^\")]*)", picture.svg)
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not re.search(r"<!--|Graphviz|[12][0-9]{3}-[01][0-9]-", picture.svg, re.IGNORECASE)
    images = re.findall(r'image="([^"]+)"', picture.dot)
    assert images
    assert all(i.startswith("aws/") for i in images)


def test_the_letters_travel_with_the_picture() -> None:
    from fontTools.ttLib import TTFont

    picture, _ = drawn("mytodolist")
    faces = re.findall(r"font/ttf;base64,([^)]+)\)", picture.svg)
    assert len(faces) == 2  # regular, and bold for the box's title
    import io

    with TTFont(io.BytesIO(base64.b64decode(faces[0]))) as font:
        known = set(font.getBestCmap())
    letters = {ord(c) for t in tree(picture.svg).iter(f"{NS}text") for c in t.text or ""}
    assert letters <= known


def test_the_picture_says_itself_in_words() -> None:
    root = tree(drawn("mytodolist")[0].svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{NS}title") == "MyTodoList"
    said = root.findtext(f"{NS}desc") or ""
    assert "Mobile client ↔ Amazon S3: store / retrieve files (note: permissions)" in said
    assert "AWS Lambda ← DAX caching layer: query / read" in said
    assert all(g.findtext(f"{NS}title") for g in root.findall(f"{NS}g"))


def test_marks_of_xml_and_dot_are_escaped() -> None:
    nasty = "a < b & \"c\" > 'd' \\ e"
    parts = (Part("A", nasty), Part("B", "B", boundary="x"))
    uses = Connection("A", "B", "uses", label=nasty, note="<&>\"'")
    architecture = Architecture(
        "nasty", nasty, nasty, parts, (uses,), (Boundary("x", "<b> & \"q\""),)
    )  # fmt: skip
    picture = render(architecture)
    groups = seen(picture.svg)
    arrow = next(g for g in groups if g.kind == "arrow")
    assert " ".join(t for t, _, _ in arrow.texts) == nasty
    assert next(g for g in groups if g.kind == "note").texts[0][0] == "<&>\"'"
    assert next(g for g in groups if g.kind == "box").texts[0][0] == '<b> & "q"'
    assert picture.png.startswith(b"\x89PNG")
    dot = read(picture.dot)
    assert dot.nodes["A"]["label"] == nasty
    assert [(says["label"], says["xlabel"]) for *_, says in dot.edges] == [(nasty, "<&>\"'")]
    assert dot.clusters == {"cluster_x": '<b> & "q"'}


@pytest.mark.parametrize("text", ["bell \x07", "half \ud83d", "nothing \x00"])
def test_a_character_that_svg_cannot_hold_is_told(text: str) -> None:
    with pytest.raises(DiagramError, match=r"a text holds .*, which SVG cannot") as caught:
        _ = render(replace(TODO, description=text)).svg
    assert caught.value.where == "todo"


def test_long_labels_wrap() -> None:
    long = "generate a signed address with the kit, to be used within five minutes or not at all"
    picture = render(
        drawing("long", "A | A | compute.Lambda\nB | B | storage.S3", f"A -> B | {long}")
    )
    arrow = next(g for g in seen(picture.svg) if g.kind == "arrow")
    assert len(arrow.texts) >= 3
    assert " ".join(t for t, _, _ in arrow.texts) == long
    assert max(box.width for _, box, _ in arrow.texts) < 180


def test_png_shows_the_same_picture() -> None:
    import io

    from PIL import Image

    picture, groups = drawn("mytodolist")
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.size == (round(picture.scene.width) * 2, round(picture.scene.height) * 2)
        assert image.convert("RGBA").getextrema()[3] == (255, 255)  # nothing shines through
        rgb = image.convert("RGB")

    def colours(rect: Rect) -> set[tuple[int, int, int]]:
        box = [round(v * 2) for v in (rect.left, rect.top, rect.right, rect.bottom)]
        return {c for _, c in rgb.crop(tuple(box)).getcolors(100_000) or []}  # type: ignore[misc, arg-type]

    for group in groups:
        for icon in group.icons:  # something is drawn where the SVG has an icon
            assert len(colours(icon)) > 8
        for text, rect, _ in group.texts:
            ink = colours(rect)
            assert min(map(sum, ink)) < 400, text
            # The letters fill their measured width: no other font stood in.
            for edge in (replace(rect, right=rect.left + 4), replace(rect, left=rect.right - 4)):
                assert min(map(sum, colours(edge))) < 640, text


def test_a_layout_places_the_nodes() -> None:
    rows = Layout(
        """
        MobileClient  TodoApi        TodoFunction  TodoCache  TodoTable
        FileBucket    UserDirectory  TokenService
        """
    )
    at = {
        g.data["name"]: g.icons[0]
        for g in seen(render(mytodolist(), layout=rows).svg)
        if g.kind == "node"
    }
    top = [at[n] for n in ("MobileClient", "TodoApi", "TodoFunction", "TodoCache", "TodoTable")]
    assert len({r.y for r in top}) == 1
    assert [r.x for r in top] == sorted(r.x for r in top)
    assert at["UserDirectory"].x == at["TodoApi"].x


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ("A", "leaves out B"),
        ("A B C", "names 'C', which is not a component"),
        ("A B A", "names 'A', which is there twice"),
    ],
)
def test_a_wrong_layout_is_told(grid: str, said: str) -> None:
    pair = drawing("pair", "A | A | compute.Lambda\nB | B | storage.S3", "A -> B")
    with pytest.raises(DiagramError, match=said):
        render(pair, layout=Layout(grid))


def pair(icon: str) -> Architecture:
    parts = (Part("Handler", "H", picture=icon), Part("Other", "O"))
    return Architecture("x", "X", "", parts, (Connection("Handler", "Other", "uses"),))


def test_an_unknown_icon_names_component_icon_and_the_nearest() -> None:
    with pytest.raises(DiagramError) as caught:
        render(pair("aws.compute.Lamda"))
    assert caught.value.where == "Handler"
    assert "'aws.compute.Lamda'" in str(caught.value)
    assert "aws.compute.Lambda" in str(caught.value.hint)
    assert nearest("aws.storage.Dynamodb") == "aws.database.Dynamodb"


@pytest.mark.parametrize("icon", ["Lambda", "", "aws.compute.os", "aws..Lambda", "os.path.join"])
def test_no_icon_name_reaches_anything_but_icons(icon: str) -> None:
    with pytest.raises(DiagramError, match="there is no icon"):
        render(pair(icon))


def test_small_graphs_draw_too() -> None:
    nothing = Architecture("none", "None", "", (), ())
    assert seen(render(nothing).svg) == []
    assert render(nothing).png.startswith(b"\x89PNG")
    two = replace(pair("aws.compute.Lambda"), boundaries=(Boundary("Empty", "Empty"),))
    assert sorted(g.kind for g in seen(render(two).svg)) == ["arrow", "node", "node"]
    loops = (
        Connection("A", "A", "one", label="first"),
        Connection("A", "A", "two", label="second", arrow=Arrow.BOTH),
        Connection("A", "B", "uses"),
    )
    twice = Architecture("loops", "Loops", "", (Part("A", "A"), Part("B", "B")), loops)
    drawn = [g for g in seen(render(twice).svg) if g.kind == "arrow"][:2]
    assert [" ".join(t for t, _, _ in g.texts) for g in drawn] == ["first", "second"]
    assert drawn[0].lines != drawn[1].lines
