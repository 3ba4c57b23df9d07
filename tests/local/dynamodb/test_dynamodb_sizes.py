from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.dynamodb.consumption import Consumption
from archlib.local.dynamodb.indexes import index_of
from archlib.local.dynamodb.sizes import item_size, value_size
from archlib.local.dynamodb.units import read_units, write_units


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "abc"}, 3),
        ({"S": "ü€😀"}, 2 + 3 + 4),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "10"}, 2),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-1.50"}, 2),
        ({"N": "1e100"}, 2),
        ({"N": "0.00012"}, 2),
        ({"N": "12345678901234567890123456789012345678"}, 20),
        ({"B": b"\x00\x01\x02"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "234"]}, 5),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + (1 + 2) + (1 + 2)),
        ({"M": {}}, 3),
        ({"M": {"key": {"S": "ab"}, "k": {"L": []}}}, 3 + (1 + 3 + 2) + (1 + 1 + 3)),
    ],
)
def test_a_value_weighs_what_the_guide_says(value, size):
    assert value_size(value) == size


def test_an_item_counts_its_attribute_names():
    assert item_size({"pk": {"S": "a"}, "ü": {"BOOL": True}}) == (2 + 1) + (2 + 1)


@pytest.mark.parametrize(
    ("size", "consistency", "units"),
    [
        (0, "eventual", 0.5),
        (0, "strong", 1),
        (1, "eventual", 0.5),
        (4096, "eventual", 0.5),
        (4097, "eventual", 1.0),
        (3500, "strong", 1),
        (8192, "strong", 2),
        (8192, "eventual", 1),
        (8192, "transactional", 4),
        (10240, "strong", 3),
    ],
)
def test_reads_are_billed_in_steps_of_4_kb(size, consistency, units):
    assert read_units(size, consistency) == units


@pytest.mark.parametrize(
    ("size", "transactional", "units"),
    [
        (0, False, 1),
        (1, False, 1),
        (1024, False, 1),
        (1025, False, 2),
        (1500, True, 4),
        (0, True, 2),
    ],
)
def test_writes_are_billed_in_steps_of_1_kb(size, transactional, units):
    assert write_units(size, transactional=transactional) == units


@given(st.integers(0, 500_000), st.integers(0, 500_000))
def test_a_bigger_item_never_costs_less(a, b):
    small, big = sorted((a, b))
    assert read_units(small) <= read_units(big)
    assert write_units(small) <= write_units(big)
    assert read_units(big, "transactional") == 2 * read_units(big, "strong") == 4 * read_units(big)


OWNER = [{"AttributeName": "owner", "KeyType": "HASH"}]


@pytest.mark.parametrize(
    ("projection", "before", "after", "units"),
    [
        ("ALL", None, {"pk": {"S": "1"}, "owner": {"S": "a"}}, 1),
        ("ALL", None, {"pk": {"S": "1"}}, 0),
        ("ALL", {"pk": {"S": "1"}, "owner": {"S": "a"}}, {"pk": {"S": "1"}}, 1),
        ("ALL", {"pk": {"S": "1"}, "owner": {"S": "a"}}, None, 1),
        ("ALL", {"owner": {"S": "a"}}, {"owner": {"S": "b"}}, 2),
        ("ALL", {"owner": {"S": "a"}}, {"owner": {"S": "a"}}, 0),
        ("ALL", {"owner": {"S": "a"}}, {"owner": {"S": "a"}, "x": {"S": "y" * 1024}}, 2),
        ("ALL", {"owner": {"S": "a"}, "x": {"S": "y" * 1024}}, {"owner": {"S": "a"}}, 2),
        ("KEYS_ONLY", {"owner": {"S": "a"}}, {"owner": {"S": "a"}, "x": {"S": "y"}}, 0),
        ("KEYS_ONLY", None, {"owner": {"S": "a"}, "x": {"S": "y" * 5000}}, 1),
    ],
)
def test_an_index_costs_what_changes_in_it(projection, before, after, units):
    index = index_of("global", "by-owner", OWNER, {"ProjectionType": projection}, ["pk"])
    assert index.write_cost(before, after) == units
    assert index.write_cost(before, after, transactional=True) == 2 * units


def test_an_include_projection_stores_keys_and_what_it_names():
    index = index_of(
        "global",
        "by-owner",
        OWNER,
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
        ["pk"],
    )
    item = {name: {"S": "v"} for name in ("pk", "owner", "title", "body")}
    assert index.entry(item) == {name: {"S": "v"} for name in ("pk", "owner", "title")}


def test_total_names_the_sum_and_indexes_the_shares():
    consumed = Consumption("todos", "write", 2.0)
    consumed.add_index("global", "by-owner", 1.0)
    consumed.add_index("local", "by-date", 0.0)
    assert consumed.shape("TOTAL") == {"TableName": "todos", "CapacityUnits": 3.0}
    assert consumed.shape("INDEXES") == {
        "TableName": "todos",
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 2.0},
        "GlobalSecondaryIndexes": {"by-owner": {"CapacityUnits": 1.0}},
    }
    assert consumed.shape("INDEXES", directed=True)["Table"] == {
        "CapacityUnits": 2.0,
        "WriteCapacityUnits": 2.0,
    }
