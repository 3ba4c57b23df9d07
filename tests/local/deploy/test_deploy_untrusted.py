"""Templates nobody vouches for: hostile text and random structures give errors, never crashes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.errors import ArchlibError
from archlib.local.cloud import LocalCloud
from archlib.local.deploy import CloudFormation
from archlib.local.deploy.engine import Engine
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.reading import read_template
from archlib.local.deploy.stack import Request

BOMB = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("Resources: " + "[" * 200_000, "nested too deeply", marks=pytest.mark.slow),
        ("Resources: " + "{a: " * 5_000, "nested too deeply"),
        ('{"Resources": ' + "[" * 200_000, "nested too deeply"),
        pytest.param(BOMB, "expands to more than", marks=pytest.mark.slow),
        ("a: &a [*a]", "an alias contains itself"),
        ("a: !!python/object/apply:os.system [true]", "knows no YAML type"),
        ("a: !Nope 1", "unknown tag !Nope"),
        ("a: {<<: {b: 1}}", "no YAML merge keys"),
        ("a: 1\n---\nb: 2", "but found another document"),
        ("a: \x07", "U+0007 is not allowed"),
        ("x" * 1_100_000, "larger than CloudFormation takes"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_hostile_text_is_refused_cleanly(text: str, message: str) -> None:
    with pytest.raises(StackError) as refusal:
        read_template(text)
    assert message in refusal.value.message
    assert len(refusal.value.message) < 500


PIECES = st.sampled_from(
    ["Resources", ":", " ", "\n", "  ", "- ", "[", "]", "{", "}", ",", "!Ref", "!Sub", "!GetAtt",
     "&a", "*a", "<<", "'", '"', "|", ">", "#", "%", "@", "?", "---", "...", "!!", "!", "\t",
     "\\u0000", "~", "null", "0x1F", "1:30", ".inf", "2012-10-17", "a.b", "$", "é", "\x85"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join)


@given(TEXTS)
@settings(max_examples=120, deadline=None)
def test_random_text_is_read_or_refused(text: str) -> None:
    with suppress(StackError):
        json.dumps(read_template(text).body)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with LocalCloud(planes=("archlib.local.deploy:CloudFormation",)) as cloud:
        yield cloud.plane(CloudFormation).engine()


NAMES = st.sampled_from(
    ["A", "B", "C", "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::If",
     "Fn::FindInMap", "Fn::Base64", "Fn::Cidr", "Fn::GetAZs", "Fn::ImportValue", "Fn::Equals",
     "Fn::Not", "Fn::And", "Fn::Or", "Condition", "Fn::Transform", "Fn::Length", "Fn::ForEach::L",
     "Fn::ToJsonString", "Fn::Contains", "Type", "Properties", "DependsOn", "DeletionPolicy",
     "Default", "AllowedValues", "AllowedPattern", "MinLength", "Value", "Export", "Name",
     "Assertions", "Assert", "RuleCondition", "AWS::Region", "AWS::NoValue", "QueueName",
     "DelaySeconds", "Tags", "${A}", "AWS::LanguageExtensions", "AWS::SQS::Queue", "String",
     "Number", "CommaDelimitedList", "(", "2010-09-09", "10.0.0.0/16", "Snapshot", "Retain"]
)  # fmt: skip
LEAVES = NAMES | st.none() | st.booleans() | st.integers(-2, 300) | st.floats(allow_nan=False)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
CONDITIONS = st.recursive(
    st.builds(lambda a, b: {"Fn::Equals": [a, b]}, VALUES, VALUES)
    | st.builds(lambda name: {"Condition": name}, st.sampled_from(["A", "B"])),
    lambda inner: st.builds(
        lambda name, items: {name: items},
        st.sampled_from(["Fn::And", "Fn::Or", "Fn::Not"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=4,
)
CONSTRAINTS = ("Default", "AllowedValues", "AllowedPattern", "MinLength", "MaxValue", "NoEcho")
PARAMETERS = st.fixed_dictionaries(
    {"Type": st.sampled_from(["String", "Number", "CommaDelimitedList"])},
    optional={
        name: VALUES
        for name in (
            "Default",
            "AllowedValues",
            "AllowedPattern",
            "MinLength",
            "MaxValue",
            "NoEcho",
        )
    },
)
SECTION = st.dictionaries(st.sampled_from(["A", "B", "C"]), VALUES, max_size=2) | VALUES
QUEUES = st.fixed_dictionaries(
    {"Type": st.just("AWS::SQS::Queue")},
    optional={
        "Properties": st.dictionaries(
            st.sampled_from(["QueueName", "DelaySeconds", "Tags"]), VALUES, max_size=2
        ),
        "DependsOn": VALUES,
        "Condition": st.sampled_from(["A", "B"]),
    },
)
BODIES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from(["A", "B"]), QUEUES, min_size=1) | SECTION},
    optional={
        "Parameters": st.dictionaries(st.sampled_from(["P", "Q"]), PARAMETERS) | SECTION,
        "Mappings": SECTION,
        "Conditions": st.dictionaries(st.sampled_from(["A", "B"]), CONDITIONS) | SECTION,
        "Outputs": SECTION,
        "Rules": SECTION,
        "Metadata": SECTION,
        "Transform": st.just("AWS::LanguageExtensions"),
    },
)


@given(BODIES)
@settings(max_examples=80, deadline=None)
def test_random_templates_are_deployed_or_refused(engine: Engine, body: dict[str, Any]) -> None:
    with suppress(StackError, ArchlibError):
        source = read_template(json.dumps(body))
        declared = source.body.get("Parameters")
        values = dict.fromkeys(declared, "1") if isinstance(declared, dict) else {}
        engine.create("fuzz", Request(source, values, ("CAPABILITY_AUTO_EXPAND",)))
    for stack in engine.stacks:
        if stack.live:
            assert stack.status in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE")
            engine.delete(stack)
        assert stack.status == "DELETE_COMPLETE"
    engine.stacks.clear()
