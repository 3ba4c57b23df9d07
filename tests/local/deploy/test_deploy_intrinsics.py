"""The evaluator's functions, and laws they must obey."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.extensions import unroll
from archlib.local.deploy.intrinsics import NO_VALUE, Evaluator, Unknown, unknowns

NAMES = {
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "shop",
    "Stage": "prod",
    "Ports": ["80", "443"],
    "Empty": [],
}
MAPPINGS = {"Sizes": {"prod": {"cpu": "4", "zones": ["a", "b"]}}}
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
    "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
}


def scope(**more: Any) -> Evaluator:
    return Evaluator(
        {**NAMES, **more.pop("names", {})},
        MAPPINGS,
        CONDITIONS,
        zones=lambda region: [f"{region}a", f"{region}b"],
        imports=lambda name: f"imported-{name}",
        **more,
    )


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Fn::Sub": "${AWS::StackName}-${Stage}"}, "shop-prod"),
        ({"Fn::Sub": "${!Stage} ${Stage}"}, "${Stage} prod"),
        ({"Fn::Sub": ["${x}-${Stage}", {"x": {"Fn::Select": [1, {"Ref": "Ports"}]}}]}, "443-prod"),
        ({"Fn::Sub": "${ Stage }"}, "prod"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 3, True]]}, "a-prod-3-true"),
        ({"Fn::Join": [",", {"Ref": "Ports"}]}, "80,443"),
        ({"Fn::Split": ["|", "a|b||c"]}, ["a", "b", "", "c"]),
        ({"Fn::Select": ["0", ["x", "y"]]}, "x"),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", {"Ref": "Stage"}, "no"]}, "prod"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "cpu"]}, "4"),
        ({"Fn::FindInMap": ["Sizes", "prod", "zones"]}, ["a", "b"]),
        ({"Fn::Base64": "hi"}, base64.b64encode(b"hi").decode()),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b"]),
        ({"Fn::GetAZs": "us-east-1"}, ["us-east-1a", "us-east-1b"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-vpc"}}, "imported-prod-vpc"),
        ({"Fn::Cidr": ["10.0.0.0/24", 2, 5]}, ["10.0.0.0/27", "10.0.0.32/27"]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_functions(node: Any, expected: Any) -> None:
    assert scope().value(node) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Fn::Length": {"Ref": "Ports"}}, 2),
        ({"Fn::Length": {"Ref": "Empty"}}, 0),
        ({"Fn::ToJsonString": {"a": [{"Ref": "Stage"}, 1]}}, '{"a":["prod",1]}'),
        ({"Fn::FindInMap": ["Sizes", "test", "cpu", {"DefaultValue": "1"}]}, "1"),
        ({"Fn::FindInMap": ["Nothing", "test", "cpu", {"DefaultValue": {"Ref": "Stage"}}]}, "prod"),
    ],
)
def test_language_extensions(node: Any, expected: Any) -> None:
    assert scope(extended=True).value(node) == expected
    with pytest.raises(StackError, match="AWS::LanguageExtensions"):
        scope().value(node)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"Fn::Select": [5, ["a"]]}, "cannot select nonexistent value at index 5"),
        ({"Fn::FindInMap": ["Sizes", "test", "cpu"]}, "Unable to get mapping for Sizes::test::cpu"),
        ({"Fn::FindInMap": ["None", "a", "b"]}, "Mapping named 'None' is not present"),
        ({"Fn::Join": ["", "text"]}, "every Fn::Join object requires two parameters"),
        ({"Fn::Frob": 1}, "Encountered unsupported function: Fn::Frob Supported functions are"),
        ({"Fn::Sub": ["a", "b", "c"]}, "don't specify expected arguments"),
        ({"Fn::Sub": "${Ports}"}, "every value of Fn::Sub must be a string"),
        ({"Fn::Sub": "x", "b": 1}, "must be alone in its object"),
        ({"Fn::Cidr": ["10.0.0.0/24", 300, 5]}, "count must be between 1 and 256"),
        ({"Fn::If": ["Nope", 1, 2]}, "Nope"),
        ({"Ref": ["a"]}, "Ref must be a string"),
    ],
)
def test_mistakes(node: Any, message: str) -> None:
    with pytest.raises(StackError) as refusal:
        scope().value(node)
    assert message in refusal.value.message


def test_what_is_not_there_yet_is_unknown_and_says_of_what() -> None:
    found = scope().value({"a": {"Fn::Sub": "${Table.Arn}/${Bucket}"}, "b": {"Ref": "Stage"}})
    assert found["b"] == "prod"
    assert isinstance(found["a"], Unknown)
    assert unknowns(found) == {"Table", "Bucket"}


@pytest.mark.parametrize(
    "node",
    [
        {"Fn::Join": ["-", ["a", {"Ref": "Later"}]]},
        {"Fn::Select": [0, {"Fn::GetAtt": ["Later", "List"]}]},
        {"Fn::Split": [",", {"Ref": "Later"}]},
        {"Fn::Base64": {"Ref": "Later"}},
        {"Fn::Cidr": [{"Fn::GetAtt": "Later.CidrBlock"}, 2, 8]},
        {"Fn::GetAZs": {"Ref": "Later"}},
    ],
)
def test_unknown_spreads_through_functions(node: Any) -> None:
    assert unknowns(scope().value(node)) == {"Later"}


def test_no_value_at_the_top_stays() -> None:
    assert scope().value({"Ref": "AWS::NoValue"}) is NO_VALUE


TEXT = st.text(alphabet=st.characters(exclude_characters="${}!|,", codec="utf-8"), max_size=8)


@given(st.lists(TEXT, min_size=1))
def test_split_undoes_join(parts: list[str]) -> None:
    joined = {"Fn::Join": ["|", parts]}
    assert scope().value({"Fn::Split": ["|", joined]}) == parts


@given(st.dictionaries(st.from_regex(r"[A-Za-z]{1,6}", fullmatch=True), TEXT, min_size=1))
def test_sub_equals_join_of_its_pieces(values: dict[str, str]) -> None:
    text = "".join(f"<${{{name}}}>" for name in values)
    pieces = [piece for value in values.values() for piece in ("<", value, ">")]
    assert scope().value({"Fn::Sub": [text, values]}) == "".join(pieces)
    assert scope().value({"Fn::Join": ["", pieces]}) == "".join(pieces)


@given(TEXT)
def test_sub_without_variables_is_the_text(text: str) -> None:
    assert scope().value({"Fn::Sub": text}) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner, max_size=3)
    ),
)


@given(JSON)
def test_plain_data_is_left_alone(value: Any) -> None:
    assert scope().value(value) == value


@given(st.lists(TEXT) | st.dictionaries(st.sampled_from(["a", "b", "c d"]), TEXT))
def test_to_json_string_reads_back(value: Any) -> None:
    found = scope(extended=True).value({"Fn::ToJsonString": value})
    assert json.loads(found) == value


@given(st.integers(1, 16), st.integers(4, 8))
def test_cidr_blocks_are_disjoint_and_inside(count: int, bits: int) -> None:
    blocks = scope().value({"Fn::Cidr": ["10.1.0.0/20", count, bits]})
    networks = [ipaddress.ip_network(block) for block in blocks]
    assert len(networks) == count
    assert all(n.subnet_of(ipaddress.ip_network("10.1.0.0/20")) for n in networks)
    assert all(n.prefixlen == 32 - bits for n in networks)
    assert all(a.broadcast_address < b.network_address for a, b in itertools.pairwise(networks))


def test_for_each_unrolls_keys_values_and_inner_loops() -> None:
    written = {
        "Fn::ForEach::Queues": [
            "Name",
            {"Ref": "Names"},
            {
                "Queue${Name}": {
                    "Type": "AWS::SQS::Queue",
                    "Properties": {
                        "QueueName": {"Fn::Sub": "${AWS::StackName}-${Name}"},
                        "Fn::ForEach::Numbers": [
                            "Key",
                            ["DelaySeconds", "VisibilityTimeout"],
                            {"${Key}": 5},
                        ],
                        "KmsMasterKeyId": {"Ref": "Name"},
                    },
                }
            },
        ]
    }
    made = unroll(written, scope(names={"Names": ["In", "Out"]}).value)
    assert list(made) == ["QueueIn", "QueueOut"]
    assert made["QueueOut"]["Properties"] == {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-Out"},
        "DelaySeconds": 5,
        "VisibilityTimeout": 5,
        "KmsMasterKeyId": "Out",
    }


def test_for_each_strips_what_a_logical_id_cannot_hold() -> None:
    made = unroll({"Fn::ForEach::X": ["N", ["a-b", "c.d"], {"Q&{N}": "${N}"}]}, lambda node: node)
    assert made == {"Qab": "a-b", "Qcd": "c.d"}


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        (["N", ["a"]], "takes an identifier, a collection and an output map"),
        (["N", "text", {"Q${N}": 1}], "must be a list of strings"),
        (["N", ["a", "a"], {"Q${N}": 1}], "makes Qa a second time"),
    ],
)
def test_for_each_mistakes(loop: Any, message: str) -> None:
    with pytest.raises(StackError, match=message):
        unroll({"Fn::ForEach::X": loop}, lambda node: node)
