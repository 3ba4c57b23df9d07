"""Templates as text: readable, and the same document when read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archlib.template import Template
from archlib.template.yaml_write import SHORT_FORMS, to_yaml

# What YAML and JSON can both hold: every character that YAML allows, escaped or not.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
SPEAKING = st.sampled_from(
    [
        "2012-10-17",
        "yes",
        "0755",
        "1:30",
        "!Ref x",
        "- a",
        "a: b",
        "#",
        "a\nb\n",
        " a\nb",
        "~",
        "<<",
    ]
)
LOGICAL_ID = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)


def intrinsics(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(sorted(set(SHORT_FORMS) - {"Fn::GetAtt", "Ref"}))
    return st.one_of(
        st.fixed_dictionaries({"Ref": LOGICAL_ID}),
        st.tuples(LOGICAL_ID, st.sampled_from(["Arn", "Outputs.Url"])).map(
            lambda pair: {"Fn::GetAtt": list(pair)}
        ),
        st.tuples(names, values).map(lambda pair: {pair[0]: pair[1]}),
        st.fixed_dictionaries({"Fn::GetAtt": values}),
    )


VALUES = st.recursive(
    SCALARS | SPEAKING,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXT | SPEAKING, inner, max_size=4)
        | intrinsics(inner)
    ),
    max_leaves=20,
)


def body(properties: Any) -> dict[str, Any]:
    return {"Resources": {"X": {"Type": "A::B::C", "Properties": properties}}}


@settings(max_examples=200, deadline=None)
@given(VALUES)
@example({"Fn::Base64": {"Fn::Sub": "text"}})
@example({"Fn::GetAtt": "A.B"})
@example({"Ref": ["not", "a", "name"]})
@example({"Fn::Sub": ""})
@example({"Fn::Join": []})
@example({"Condition": "Big"})
@example({"\x85": "\u2028", "\x7f": "\ufeff"})
@example({"k" * 2000: "long"})
def test_reading_what_was_written_gives_an_equal_document(properties: Any) -> None:
    template = Template(body(properties))
    assert Template.parse(template.to_yaml()).body == template.body
    assert Template.parse(template.to_json(), "x.json").body == template.body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Files"}, "X: !Ref Files\n"),
        ({"Fn::GetAtt": ["Files", "Arn"]}, "X: !GetAtt Files.Arn\n"),
        ({"Fn::Sub": "${A}/*"}, "X: !Sub ${A}/*\n"),
        ({"Fn::Sub": "a: b"}, "X: !Sub 'a: b'\n"),
        ({"Fn::GetAZs": ""}, "X: !GetAZs ''\n"),
        ({"Fn::GetAZs": {"Ref": "R"}}, "X:\n  Fn::GetAZs: !Ref R\n"),
        ({"Fn::Join": ["", ["a"]]}, "X: !Join\n  - ''\n  - - a\n"),
        ("2012-10-17", "X: '2012-10-17'\n"),
        ("one\ntwo\n", "X: |\n  one\n  two\n"),
        ({"Fn::Sub": "one\ntwo\n"}, "X: !Sub |\n  one\n  two\n"),
        ([], "X: []\n"),
    ],
)
def test_values_are_written_as_people_write_them(value: Any, expected: str) -> None:
    assert to_yaml({"X": value}) == expected


def test_keys_keep_their_order_and_repeated_values_are_written_out() -> None:
    shared = {"b": 1, "a": 2}
    assert to_yaml({"z": shared, "y": shared}) == "z:\n  b: 1\n  a: 2\ny:\n  b: 1\n  a: 2\n"


def changes(before: Any, after: Any) -> list[str]:
    return [str(change) for change in Template(body(before)).diff(Template(body(after)))]


def test_a_diff_names_paths_and_values() -> None:
    before = {"Same": 1, "Gone": {"a": 1}, "Size": 1, "Flag": 1, "List": ["a", "b", "c"]}
    after = {"Same": 1, "Size": 2, "Flag": True, "List": ["a", "c", "d"], "New": ["x"]}
    at = "Resources.X.Properties"
    assert changes(before, after) == [
        f'removed {at}.Gone: {{"a": 1}}',
        f"changed {at}.Size: 1 -> 2",
        f"changed {at}.Flag: 1 -> true",
        f'removed {at}.List.1: "b"',
        f'added {at}.List.2: "d"',
        f'added {at}.New: ["x"]',
    ]


def test_a_diff_knows_statements_by_their_names() -> None:
    one, two = {"Sid": "One", "Action": "a"}, {"Sid": "Two", "Action": "a"}
    at = "Resources.X.Properties"
    assert changes([one, two], [two]) == [f'removed {at}.0: {{"Action": "a", "Sid": "One"}}']
    assert changes([one, two], [one, {**two, "Action": "b"}]) == [
        f'changed {at}.1.Action: "a" -> "b"'
    ]


@given(VALUES, VALUES)
@settings(max_examples=50, deadline=None)
def test_a_diff_is_empty_only_between_equal_documents(before: Any, after: Any) -> None:
    same = Template(body(before)).to_json() == Template(body(after)).to_json()
    assert bool(changes(before, before)) is False
    if not same and changes(before, after) == []:
        # Only the order of keys may differ without a difference.
        assert body(before) == body(after)


def test_long_values_are_cut_in_a_diff() -> None:
    (line,) = changes({}, {"Text": "x" * 500})
    assert len(line) < 150
    assert line.endswith("…")
