from __future__ import annotations

from decimal import Decimal

import pytest
from amazondax import CborSExprGenerator, LexDecimal
from amazondax.AttributeValueEncoder import encode_key, encode_values
from amazondax.CborEncoder import CborEncoder
from amazondax.DaxCborDecoder import DaxCborDecoder
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.local.dax import cbor, lexdecimal
from archlib.local.dax.expressions import Expressions, project, projection
from archlib.local.dax.values import AttributeLists, KeySchema, from_cbor, to_cbor

numbers = st.decimals(
    allow_nan=False, allow_infinity=False, places=None, min_value=-(10**20), max_value=10**20
).map(lambda d: Decimal(f"{d:.20E}"))
texts = st.text(max_size=300)
scalars = st.one_of(
    texts.map(lambda s: {"S": s}),
    st.integers(-(10**37), 10**37).map(lambda n: {"N": str(n)}),
    st.binary(max_size=300).map(lambda b: {"B": b}),
    st.booleans().map(lambda b: {"BOOL": b}),
    st.just({"NULL": True}),
    st.lists(texts, min_size=1, max_size=4, unique=True).map(lambda s: {"SS": s}),
    st.lists(st.integers(), min_size=1, max_size=4).map(lambda s: {"NS": list(map(str, s))}),
    st.lists(st.binary(), min_size=1, max_size=4).map(lambda s: {"BS": s}),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda v: {"L": v}),
        st.dictionaries(texts, inner, max_size=4).map(lambda v: {"M": v}),
    ),
    max_leaves=12,
)


def client_decodes(data):
    def more(buffer, count):
        buffer += more.left[:]
        taken, more.left = len(more.left), b""
        return taken or -1

    more.left = data
    return DaxCborDecoder(more)


@given(values)
@settings(max_examples=60, deadline=None)
def test_attribute_values_survive_both_directions(value):
    from amazondax.AttributeValueDecoder import _decode_attribute_value
    from amazondax.AttributeValueEncoder import encode_attribute_value

    assert from_cbor(cbor.Reader(encode_attribute_value(value)).read()) == value
    assert _decode_attribute_value(client_decodes(cbor.encode(to_cbor(value)))) == value


@given(st.integers(-(2**80), 2**80))
def test_integers_are_written_as_the_client_writes_them(number):
    assert cbor.encode(number) == CborEncoder().append_int(number).as_bytes()
    assert cbor.Reader(cbor.encode(number)).read() == number


@pytest.mark.parametrize("value", [1.5, -0.25, [1, [2, "x"]], {"a": {1: None}}, "ü" * 70_000])
def test_other_values_survive(value):
    assert cbor.Reader(cbor.encode(value)).read() == value


def test_indefinite_forms_are_read():
    data = bytes.fromhex(
        "bf 01 9f 02 03 ff 04 7f 61 61 61 62 ff 05 5f 41 61 ff ff".replace(" ", "")
    )
    assert cbor.Reader(data).read() == {1: [2, 3], 4: "ab", 5: b"a"}


@given(values, st.data())
@settings(max_examples=40, deadline=None)
def test_a_cut_off_value_is_incomplete_never_wrong(value, data):
    encoded = cbor.encode(to_cbor(value))
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(cbor.Incomplete):
        cbor.Reader(encoded[:cut]).read()


@pytest.mark.parametrize("data", [b"\x1c", b"\xff", b"\xd9\x10\x00\x01", b"\x3f"])
def test_what_is_not_the_protocol_is_refused(data):
    with pytest.raises(cbor.Malformed):
        cbor.Reader(data).read()


@given(numbers)
@settings(deadline=None)
def test_sort_key_numbers_are_the_clients(number):
    number = Decimal(number)
    encoded = lexdecimal.encode(number)
    assert encoded == LexDecimal.encode(number)
    assert lexdecimal.decode(encoded) == number


@pytest.mark.parametrize("text", ["1E+100", "-1E+100", "1E-100", "-1.5E-90", "9.99E+125", "0"])
def test_large_exponents_too(text):
    assert lexdecimal.encode(Decimal(text)) == LexDecimal.encode(Decimal(text))
    assert lexdecimal.decode(lexdecimal.encode(Decimal(text))) == Decimal(text)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=20))
def test_sort_key_bytes_sort_like_their_numbers(many):
    assert [
        int(lexdecimal.decode(data))
        for data in sorted(lexdecimal.encode(Decimal(number)) for number in many)
    ] == sorted(many)


@pytest.mark.parametrize(
    ("schema", "key"),
    [
        ((("p", "S"),), {"p": {"S": "ann"}}),
        ((("p", "N"),), {"p": {"N": "12.5"}}),
        ((("p", "B"),), {"p": {"B": b"\x00\xff"}}),
        ((("p", "S"), ("s", "S")), {"p": {"S": "ann"}, "s": {"S": "ü"}}),
        ((("p", "N"), ("s", "N")), {"p": {"N": "-7"}, "s": {"N": "-12.25"}}),
        ((("p", "B"), ("s", "B")), {"p": {"B": b"a"}, "s": {"B": b"\x00"}}),
    ],
)
def test_keys_are_written_as_the_client_writes_them(schema, key):
    theirs = [{"AttributeName": name, "AttributeType": kind} for name, kind in schema]
    ours = KeySchema(schema)
    assert ours.encode(key) == encode_key(key, theirs)
    assert ours.decode(ours.encode(key)) == key


def test_items_travel_by_numbered_attribute_lists():
    lists = AttributeLists()
    item = {"id": {"S": "1"}, "title": {"S": "milk"}, "done": {"BOOL": False}}
    schema = [{"AttributeName": "id", "AttributeType": "S"}]
    number = lists.number(["done", "title"])
    data = encode_values(item, schema, ("done", "title"), number)
    assert lists.encode(item, frozenset({"id"})) == data
    assert lists.decode(data) == {"title": {"S": "milk"}, "done": {"BOOL": False}}
    assert lists.number([]) == 1
    assert lists.number(["done", "title"]) == number
    with pytest.raises(cbor.Malformed):
        lists.names(99)


NAMES = {"#t": "title", "#s": "size"}
VALUES = {":a": {"N": "1"}, ":b": {"S": "x"}, ":c": {"SS": ["x"]}}


def used(text, table):
    found = {name: value for name, value in table.items() if name in text}
    return found or None


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("done = :a", "#n0 = :v0"),
        ("#t <> :b", "#n0 <> :v0"),
        ("a.b[2].#t >= :a", "#n0.#n1[2].#n2 >= :v0"),
        ("attribute_exists(#t) AND NOT done = :a", "attribute_exists(#n0) AND NOT (#n1 = :v0)"),
        ("a = :a OR b = :b AND d = :a", "#n0 = :v0 OR (#n1 = :v1 AND #n2 = :v0)"),
        ("(a = :a OR b = :b) AND d = :a", "(#n0 = :v0 OR #n1 = :v1) AND #n2 = :v0"),
        ("a BETWEEN :a AND :b", "#n0 BETWEEN :v0 AND :v1"),
        ("a IN (:a, :b, #t)", "#n0 IN (:v0, :v1, #n1)"),
        ("size(#s) > :a", "size(#n0) > :v0"),
        ("begins_with(a, :b) AND contains(b, :a)", "begins_with(#n0, :v0) AND contains(#n1, :v1)"),
        ("attribute_type(a, :b)", "attribute_type(#n0, :v0)"),
    ],
)
def test_conditions_are_put_back_into_words(sent, received):
    data = CborSExprGenerator.encode_condition_expression(
        sent, used(sent, NAMES) or {}, used(sent, VALUES) or {}
    )
    expressions = Expressions()
    assert expressions.condition(data) == received


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("SET a = :a, #t = #t + :a", "SET #n0 = :v0, #n1 = #n1 + :v0"),
        ("SET a = if_not_exists(a, :a) - :a", "SET #n0 = if_not_exists(#n0, :v0) - :v0"),
        ("SET a.b[1] = list_append(:b, c)", "SET #n0.#n1[1] = list_append(:v0, #n2)"),
        ("REMOVE a, b[0] ADD n :a DELETE s :c", "REMOVE #n0, #n1[0] ADD #n2 :v0 DELETE #n3 :v1"),
    ],
)
def test_updates_are_put_back_into_words(sent, received):
    data = CborSExprGenerator.encode_update_expression(
        sent, used(sent, NAMES) or {}, used(sent, VALUES) or {}
    )
    expressions = Expressions()
    assert expressions.update(data) == received


def test_names_and_values_come_with_the_words():
    data = CborSExprGenerator.encode_condition_expression(
        "#t = :b AND a = :b", {"#t": "title"}, {":b": {"S": "x"}}
    )
    expressions = Expressions()
    assert expressions.condition(data) == "#n0 = :v0 AND #n1 = :v0"
    assert expressions.parameters() == {
        "ExpressionAttributeNames": {"#n0": "title", "#n1": "a"},
        "ExpressionAttributeValues": {":v0": {"S": "x"}},
    }


def test_projections_are_paths_into_the_item():
    sent = "a, b.#t[1], none"
    data = CborSExprGenerator.encode_projection_expression(sent, {"#t": "title"}, {})
    paths = projection(data)
    assert paths == (("a",), ("b", "title", 1), ("none",))
    item = {
        "a": {"S": "1"},
        "b": {"M": {"title": {"L": [{"N": "1"}, {"N": "2"}]}}},
        "c": {"S": "3"},
    }
    assert project(item, paths) == {0: {"S": "1"}, 1: {"N": "2"}}
    assert project({"b": {"S": "no map"}}, paths) == {}
