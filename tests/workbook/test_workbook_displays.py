"""Tables, listings and pictures: escaped, semantic, static, readable in a terminal."""

from __future__ import annotations

import pytest

from archlib.local.trace import Hop
from archlib.verify import Outcome
from archlib.workbook.cells import Bar, Chip, Code, Lines, Words, outcome
from archlib.workbook.exhibit import Page, Prose
from archlib.workbook.listing import Listing
from archlib.workbook.looks import LISTED, Look
from archlib.workbook.markup import element, join
from archlib.workbook.table import WIDTH, table


def hop(number, source, target, action, status=200, cache=None, **detail):
    return Hop(number, None, source, target, action, "", status, None, cache, 10.0 + number, 0.005,
               detail)  # fmt: skip


class HalfPlaces:
    """Ends of hops are components by their own name; ``elsewhere`` is none."""

    def component(self, end):
        return None if end == "elsewhere" else end

    def source(self, hop):
        return self.component(hop.source)


@pytest.fixture(scope="module")
def architecture():
    from archlib.scenarios import scenario

    return scenario("mytodolist").architecture()


def test_text_is_escaped_wherever_it_stands():
    evil = '<script>alert("x")</script>&'
    shown = table(evil, (evil,), [(evil,), (Code(evil),), (Lines((Words(evil), Chip(evil))),)],
                  evil, folded=evil)  # fmt: skip
    html = shown._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 8
    assert "<script" not in Listing(evil, "yaml", evil)._repr_html_()


def test_attributes_are_escaped():
    assert str(element("p", title='"><b>')) == '<p title="&quot;&gt;&lt;b&gt;"></p>'


def test_markup_made_here_is_left_alone():
    assert str(join(element("b", "x & y"), " < ")) == "<b>x &amp; y</b> &lt; "


def test_tables_have_a_caption_and_scoped_headings():
    html = table("Costs", ("what", "units"), [("read", 1.5), ("write", 2)])._repr_html_()
    assert html.count("<caption") == 1
    assert ">Costs</caption>" in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 2


def test_numbers_stand_right_and_words_left():
    shown = table("Costs", ("what", "units"), [("read", 1.5), ("write", 20)])
    lines = shown.text().splitlines()
    assert lines[-2].endswith("  1.5")
    assert lines[-1].endswith("   20")
    assert shown._repr_html_().count("text-align:right") == 3  # the heading and two figures


def test_a_folded_table_says_what_opens_it_and_text_shows_all():
    shown = table("All of it", ("a",), [("b",)], folded="one row")
    assert shown._repr_html_().startswith("<details><summary")
    assert "one row</summary>" in shown._repr_html_()
    assert shown.text().splitlines() == ["All of it", "a", "─", "b"]


def test_long_cells_wrap_and_stay_within_a_terminal():
    words = "a sentence that goes on and on " * 9
    text = table("Long", ("left", "right"), [(words, words + "x" * 150)]).text()
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("sentence") == 18


@pytest.mark.parametrize("name", ["GetObject", "ConditionalCheckFailedException"])
def test_a_name_in_code_is_never_broken(name):
    assert "overflow-wrap" not in Code(name).html().source
    assert "white-space:pre" in Code(name).html().source


def test_long_code_breaks_rather_than_widen_a_table():
    assert (
        "overflow-wrap:anywhere" in Code("arn:aws:iam::123456789012:role/a-long-one").html().source
    )


def test_every_exhibit_has_a_rich_and_a_plain_form():
    for shown in (table("t", ("a",), [("b",)]), Listing("A: 1", "yaml"), Prose("**x**", "x")):
        bundle = shown._repr_mimebundle_()
        assert bundle["text/plain"] == repr(shown)
        assert len(bundle) == 2


def test_outcomes_are_told_by_words_not_by_colour_alone():
    words = [outcome(value).text() for value in Outcome]
    assert words == ["✓ met", "✕ not met", "? unknown"]
    assert len({outcome(value).color for value in Outcome}) == 3


@pytest.mark.parametrize(("value", "width"), [(0, 0), (5, 90), (10, 180), (99, 180)])
def test_bars_are_as_long_as_their_share(value, width):
    bar = Bar(value, 10)
    assert f"width:{width}px" in str(bar.html())
    assert bar.text().count("█") == round(24 * width / 180)


def test_a_bar_of_nothing_has_no_length():
    assert Bar(0, 0).share == 0


def test_yaml_keys_and_intrinsics_stand_out():
    html = Listing("Role:\n  - aws:SourceIp: !Ref Net # a: b\n  text: x:y", "yaml")._repr_html_()
    for name in ("Role", "aws:SourceIp", "!Ref", "text"):
        assert f">{name}</span>" in html
    assert ">x</span>" not in html


def test_differences_keep_their_signs():
    html = Listing("+ new\n- old\n  same", "diff", "Change")._repr_html_()
    assert html.count("background-color") == 2
    assert ">+ new</span>" in html
    assert "<strong>Change</strong>" in html


def test_a_page_shows_its_parts_in_order():
    page = Page((Prose("one"), Prose("two")))
    assert repr(page) == "one\n\ntwo"


def test_a_look_numbers_hops_and_names_components(architecture):
    hops = [
        hop(7, "MobileClient", "TodoApi", "execute-api:GET /todos", 401),
        hop(8, "TodoApi", "TodoApi", "apigateway:CacheGet", 200, "hit"),
        hop(9, "TodoFunction", "TodoTable", "dynamodb:Query", read_units=1.5, iam="allowed by X"),
    ]
    look = Look("Three", architecture, HalfPlaces(), hops)
    text = look.list().text()
    assert text.startswith("Three: 3 hops")
    assert "Mobile client → Amazon API Gateway" in text
    assert "Amazon API Gateway (itself)" in text
    assert "allowed by X; 1.5 read units" in text
    assert look.total("read_units") == 1.5
    assert look.count(to="TodoApi") == 2
    assert look.hit_ratio(to="TodoApi") == 1
    assert look.hit_ratio(to="TodoTable") == 0


def test_a_look_is_drawn_with_its_own_numbers(architecture):
    look = Look("One", architecture, HalfPlaces(), [hop(40, "MobileClient", "TodoApi", "x:GET /")])
    drawing, listed = look.page().exhibits
    bundle, metadata = drawing._repr_mimebundle_()
    width = metadata["image/png"]["width"]
    assert f'width="{width}"' in bundle["image/svg+xml"]
    assert sorted(bundle) == ["image/png", "image/svg+xml", "text/plain"]
    assert "1 Mobile client to Amazon API Gateway" in bundle["image/svg+xml"]
    assert "One, drawn: Mobile client → Amazon API Gateway" in bundle["text/plain"]
    assert "1 hop, one by one" in listed._repr_html_()
    assert "sequence of 1 hop" in look.sequence().svg


def test_hops_to_nowhere_drawn_are_listed_only(architecture):
    look = Look("Astray", architecture, HalfPlaces(), [hop(1, "MobileClient", "elsewhere", "s3:X")])
    (listed,) = look.page().exhibits
    assert "Mobile client → elsewhere" in listed.text()


def test_nothing_new_is_said_plainly(architecture):
    (said,) = Look("Quiet", architecture, HalfPlaces(), []).page().exhibits
    assert "nothing has happened" in said.text()


def test_a_long_look_counts_instead_of_listing(architecture):
    hops = [hop(n, "MobileClient", "TodoApi", "x:GET /") for n in range(LISTED + 1)]
    hops.append(hop(99, "MobileClient", "TodoApi", "x:GET /", 500))
    text = Look("Many", architecture, HalfPlaces(), hops).list().text()
    assert len(text.splitlines()) == 5
    assert str(LISTED + 1) in text
