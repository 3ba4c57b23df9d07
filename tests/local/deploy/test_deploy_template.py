"""Reading templates: text to data with lines, anatomy, references, order, parameters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.local.deploy.capabilities import required_capabilities
from archlib.local.deploy.conditions import live_resources
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import Evaluator
from archlib.local.deploy.ordering import creation_order, dependencies
from archlib.local.deploy.parameters import check_declarations, resolve_parameters
from archlib.local.deploy.reading import read_template
from archlib.local.deploy.references import check_references
from archlib.local.deploy.sections import take_apart


def test_short_tags_become_functions_and_lines_are_kept() -> None:
    source = read_template(
        "Resources:\n"
        "  Table:\n"
        "    Type: T\n"
        "    Properties:\n"
        "      Name: !Sub '${AWS::StackName}-x'\n"
        "      Arn: !GetAtt Other.Nested.Arn\n"
        "      List: !Split [',', !Ref P]\n"
        "      Pick: !If [C, !Ref A, !Ref AWS::NoValue]\n"
        "      Date: 2012-10-17\n"
        "      Account: 012345678901\n"
        "      Flag: yes\n"
        "      Size: 12\n"
    )
    properties = source.body["Resources"]["Table"]["Properties"]
    assert properties == {
        "Name": {"Fn::Sub": "${AWS::StackName}-x"},
        "Arn": {"Fn::GetAtt": ["Other", "Nested.Arn"]},
        "List": {"Fn::Split": [",", {"Ref": "P"}]},
        "Pick": {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]},
        "Date": "2012-10-17",
        "Account": "012345678901",
        "Flag": True,
        "Size": 12,
    }
    assert source.line(("Resources", "Table", "Properties", "List")) == 7
    assert source.line(("Resources", "Table", "Properties", "Missing", 3)) == 4


def test_json_is_read_with_lines_too() -> None:
    source = read_template('{\n "Resources": {\n  "A": {"Type": "T"}\n }\n}')
    assert source.body == {"Resources": {"A": {"Type": "T"}}}
    assert source.line(("Resources", "A", "Type")) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\nb: [1",
            "YAML not well-formed. (line 2, column 6: broken YAML: expected ',' ",
        ),
        ("a: 1\na: 2", '(line 2, column 1: the key "a" is already on line 1)'),
        ('{"a": 1, "a": 2}', 'JSON not well-formed. (line 1, column 10: the key "a" is already'),
        ('{"a": }', "Template format error: JSON not well-formed."),
        ("just text", "Template format error: unsupported structure."),
        ("", "Template format error: unsupported structure."),
    ],
)
def test_broken_text(text: str, message: str) -> None:
    with pytest.raises(StackError) as refusal:
        read_template(text)
    assert message in refusal.value.message


QUEUE = {"Type": "AWS::SQS::Queue"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "At least one Resources member must be defined."),
        ({"Resources": {"A": QUEUE}, "Foo": 1}, "Invalid template property or properties [Foo]"),
        ({"Resources": {"A": {}}}, "[/Resources/A] Every Resources object must contain a Type"),
        ({"Resources": {"A": {**QUEUE, "Foo": 1}}}, "Invalid template resource property 'Foo'"),
        (
            {"Resources": {"A": {**QUEUE, "Properties": {"L": [{"X": None}]}}}},
            "[/Resources/A/Properties/L/0/X] 'null' values are not allowed in templates",
        ),
        ({"Resources": {"A-b": QUEUE}}, "Resource name A-b is non alphanumeric."),
        ({"Resources": {"A": {**QUEUE, "DependsOn": 1}}}, "Every DependsOn value must be a string"),
        (
            {"Resources": {"A": {**QUEUE, "DeletionPolicy": "Keep"}}},
            "Unrecognized DeletionPolicy Keep for resource A",
        ),
        (
            {"Resources": {"A": {**QUEUE, "UpdatePolicy": {"X": 1}}}},
            "does not support UpdatePolicy",
        ),
        ({"Resources": {"A": QUEUE}, "Outputs": {"O": {}}}, "Every Outputs object must contain a"),
        ({"Resources": {"A": QUEUE}, "Hooks": {"R": {}}}, "template section Hooks"),
        ({"Resources": {"A": {**QUEUE, "Condition": "C"}}}, "Unresolved condition dependency C"),
        (
            {
                "Resources": {"A": QUEUE},
                "Conditions": {
                    "X": {"Fn::Not": [{"Condition": "Y"}]},
                    "Y": {"Fn::Not": [{"Condition": "X"}]},
                },
            },
            "Circular dependency in condition",
        ),
        (
            {"Resources": {"A": QUEUE}, "AWSTemplateFormatVersion": "2020-01-01"},
            "2020-01-01 is not a supported value",
        ),
        ({"Resources": {"A": QUEUE}, "Description": ["a"]}, "Description must be a string."),
        (
            {"Resources": {"A": QUEUE}, "Description": "é" * 513},
            "'Description' length is greater than 1024.",
        ),
        (
            {"Resources": {"A": QUEUE}, "Outputs": {"O": {"Value": "v", "Description": ["a"]}}},
            "[/Outputs/O] Every Description member must be a string.",
        ),
        (
            {
                "Resources": {"A": QUEUE},
                "Outputs": {"O": {"Value": "v", "Description": {"Ref": "AWS::Region"}}},
            },
            "[/Outputs/O] Every Description member must be a string.",
        ),
        (
            {
                "Resources": {"A": QUEUE},
                "Outputs": {"O": {"Value": "v", "Description": "x" * 1025}},
            },
            "[/Outputs/O] 'Description' length is greater than 1024.",
        ),
        ({"Resources": {"A": QUEUE}, "Metadata": ["a"]}, "Metadata must be an object."),
        ({"Resources": {"A": {**QUEUE, "Metadata": "a"}}}, "Metadata must be an object"),
    ],
)
def test_anatomy_mistakes(body: dict[str, Any], message: str) -> None:
    with pytest.raises(StackError) as refusal:
        take_apart(body)
    assert message in refusal.value.message


def test_descriptions_of_the_greatest_length() -> None:
    text = "é" * 512
    output = {"Value": "v", "Description": text}
    take_apart({"Resources": {"A": QUEUE}, "Description": text, "Outputs": {"O": output}})
    check_declarations({"A": {"Type": "String", "Description": "é" * 4000}})


def checked(body: dict[str, Any], **names: Any) -> list[str]:
    anatomy = take_apart(body)
    scope = Evaluator(names, body.get("Mappings", {}), body.get("Conditions", {}))
    live = live_resources(anatomy, scope)
    check_references(anatomy, scope, live)
    return creation_order(dependencies(live, scope))


def queue(*needs: str, **more: Any) -> dict[str, Any]:
    return {**QUEUE, "Properties": {"Tags": [{"Ref": name} for name in needs]}, **more}


def test_unresolved_references_are_all_named() -> None:
    body = {"Resources": {"A": queue("X", "B"), "B": {**QUEUE, "DependsOn": "Y"}}}
    with pytest.raises(StackError) as refusal:
        checked(body)
    assert refusal.value.message == (
        "Template format error: Unresolved resource dependencies [X, Y] in the Resources block "
        "of the template"
    )


def test_unresolved_reference_of_an_output() -> None:
    body = {"Resources": {"A": QUEUE}, "Outputs": {"O": {"Value": {"Fn::Sub": "${Nope.Arn}"}}}}
    with pytest.raises(StackError, match=r"\[Nope\] in the Outputs block of the template"):
        checked(body)


def test_a_resource_whose_condition_fails_cannot_be_referred_to() -> None:
    body = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"A": queue(Condition="Never"), "B": queue("A")},
    }
    with pytest.raises(StackError, match=r"Unresolved resource dependencies \[A\]"):
        checked(body)
    # a branch that is not taken, or a DependsOn, is no mistake
    body["Resources"]["B"] = {
        **QUEUE,
        "DependsOn": "A",
        "Properties": {"Name": {"Fn::If": ["Never", {"Ref": "A"}, "x"]}},
    }
    assert checked(body) == ["B"]


def test_a_circle_names_its_members_only() -> None:
    body = {
        "Resources": {"A": queue("B"), "B": queue("C"), "C": queue("B"), "D": queue()},
    }
    with pytest.raises(StackError) as refusal:
        checked(body)
    assert refusal.value.message == "Circular dependency between resources: [B, C]"


def test_a_resource_that_needs_itself_is_a_circle() -> None:
    with pytest.raises(StackError, match=r"Circular dependency between resources: \[A\]"):
        checked({"Resources": {"A": {**QUEUE, "Properties": {"X": {"Fn::GetAtt": ["A", "Arn"]}}}}})


GRAPHS = st.integers(2, 9).flatmap(
    lambda size: st.tuples(
        st.permutations(range(size)),
        st.sets(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(
                lambda edge: edge[0] > edge[1]
            )
        ),
    )
)


@given(GRAPHS)
def test_order_is_topological_complete_and_stable(graph: Any) -> None:
    order, edges = graph
    needs = {
        f"R{n}": frozenset(f"R{target}" for source, target in edges if source == n) for n in order
    }
    found = creation_order(needs)
    assert sorted(found) == sorted(needs)
    for name, needed in needs.items():
        assert all(found.index(other) < found.index(name) for other in needed)
    assert creation_order(dict(needs)) == found


def test_independent_resources_keep_the_written_order() -> None:
    names = ["Z", "M", "A"]
    assert creation_order({name: frozenset() for name in names}) == names


def test_capabilities() -> None:
    role = {"Type": "AWS::IAM::Role"}
    named = {**role, "Properties": {"RoleName": "x"}}
    assert required_capabilities(take_apart({"Resources": {"A": QUEUE}})) == ([], [])
    assert required_capabilities(take_apart({"Resources": {"A": role}}))[0] == ["CAPABILITY_IAM"]
    found = required_capabilities(take_apart({"Resources": {"A": named}}))
    assert found == (["CAPABILITY_NAMED_IAM"], ["AWS::IAM::Role"])


# -- parameters ----------------------------------------------------------------------------------


def values(declared: dict[str, Any], **given_values: str) -> dict[str, Any]:
    found = resolve_parameters(check_declarations(declared), given_values, lambda name: "a,b")
    return {name: value.resolved for name, value in found.items()}


def test_parameter_types() -> None:
    declared = {
        "S": {"Type": "String", "Default": "x"},
        "N": {"Type": "Number", "Default": 5},
        "L": {"Type": "CommaDelimitedList", "Default": "a, b ,c"},
        "I": {"Type": "List<Number>"},
        "P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/name"},
        "Q": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/name"},
        "K": {"Type": "AWS::SSM::Parameter::Name", "Default": "/name"},
        "V": {"Type": "AWS::EC2::VPC::Id", "Default": "vpc-1"},
    }
    assert values(declared, I="1,2") == {
        "S": "x",
        "N": "5",
        "L": ["a", "b", "c"],
        "I": ["1", "2"],
        "P": "a,b",
        "Q": ["a", "b"],
        "K": "/name",
        "V": "vpc-1",
    }


@pytest.mark.parametrize(
    ("declared", "given_values", "message"),
    [
        ({"A": {"Type": "String"}, "B": {"Type": "String"}}, {}, "Parameters: [A, B] must have"),
        ({}, {"X": "1"}, "Parameters: [X] do not exist in the template"),
        (
            {"A": {"Type": "String", "AllowedValues": ["a", "b"]}},
            {"A": "c"},
            "Parameter 'A' must be one of AllowedValues",
        ),
        (
            {"A": {"Type": "String", "AllowedPattern": "[a-z]+"}},
            {"A": "A1"},
            "Parameter 'A' must match pattern [a-z]+",
        ),
        (
            {
                "A": {
                    "Type": "String",
                    "AllowedPattern": "[a-z]+",
                    "ConstraintDescription": "lower case please",
                }
            },
            {"A": "A1"},
            "Parameter 'A' failed to satisfy constraint: lower case please",
        ),
        (
            {"A": {"Type": "String", "MinLength": 3}},
            {"A": "ab"},
            "Parameter 'A' must contain at least 3 characters",
        ),
        (
            {"A": {"Type": "String", "MaxLength": "3"}},
            {"A": "abcd"},
            "Parameter 'A' must contain at most 3 characters",
        ),
        ({"A": {"Type": "Number"}}, {"A": "many"}, "Parameter 'A' must be a number"),
        (
            {"A": {"Type": "Number", "MinValue": 3}},
            {"A": "2"},
            "Parameter 'A' must be a number not less than 3",
        ),
        (
            {"A": {"Type": "List<Number>", "MaxValue": 3}},
            {"A": "2,4"},
            "Parameter 'A' must be a number not greater than 3",
        ),
        ({"A": {"Type": "Text"}}, {}, "Unrecognized parameter type: Text"),
        ({"A": {"Type": "String", "Foo": 1}}, {}, "Invalid template parameter property 'Foo'"),
        ({"A": {}}, {}, "Every Parameters object must contain a Type member."),
        (
            {"A": {"Type": "String", "Description": ["a"]}},
            {},
            "[/Parameters/A] Every Description member must be a string.",
        ),
        (
            {"A": {"Type": "String", "Description": "x" * 4001}},
            {},
            "[/Parameters/A] 'Description' length is greater than 4000.",
        ),
        (
            {"A": {"Type": "String", "ConstraintDescription": 1}},
            {},
            "[/Parameters/A] Every ConstraintDescription member must be a string.",
        ),
    ],
)
def test_parameter_mistakes(
    declared: dict[str, Any], given_values: dict[str, str], message: str
) -> None:
    with pytest.raises(StackError) as refusal:
        values(declared, **given_values)
    assert message in refusal.value.message
