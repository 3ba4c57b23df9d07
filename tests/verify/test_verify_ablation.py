"""Taking single parts out of a template."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.errors import UsageError
from archlib.scenarios import scenario
from archlib.template import Template, emit
from archlib.verify import Outcome
from archlib.verify.ablation import ablate, part, parts, without
from archlib.verify.resources import statements

TODOLIST = emit(scenario("mytodolist").architecture()).template
ALL = list(parts(TODOLIST))


def spoken_of(value: Any, name: str) -> bool:
    """Whether a template still refers to a resource anywhere."""
    if isinstance(value, dict):
        if value.get("Ref") == name:
            return True
        at = value.get("Fn::GetAtt")
        if at and (at[0] if isinstance(at, list) else at.split(".")[0]) == name:
            return True
        text = value.get("Fn::Sub")
        if text and any(f"${{{name}{end}" in str(text) for end in (".", "}")):
            return True
        return any(spoken_of(inner, name) for inner in value.values())
    return isinstance(value, list) and any(spoken_of(inner, name) for inner in value)


def test_the_parts_are_all_resources_and_all_statements() -> None:
    resources = [p for p in ALL if p.statement is None]
    assert [p.logical_id for p in resources] == list(TODOLIST.body["Resources"])
    assert len(ALL) - len(resources) == len(list(statements(TODOLIST.body)))
    assert len({str(p) for p in ALL}) == len(ALL)


@settings(deadline=None)
@given(st.sampled_from(ALL))
def test_without_a_part_it_is_gone_and_the_template_is_unharmed(taken: Any) -> None:
    before = copy.deepcopy(TODOLIST.body)
    rest = without(TODOLIST, taken)
    assert TODOLIST.body == before
    assert rest.text is None
    assert str(taken) in rest.name
    if taken.statement is None:
        assert taken.logical_id not in rest.body["Resources"]
        assert not spoken_of(rest.body, taken.logical_id)
        for resource in rest.body["Resources"].values():
            assert taken.logical_id not in resource.get("DependsOn", [])
    else:
        kept = len(list(statements(rest.body)))
        gone = taken.logical_id not in rest.body["Resources"]
        assert kept < len(list(statements(before)))
        assert gone or kept == len(list(statements(before))) - 1


def test_a_part_is_found_by_its_name_or_its_sid() -> None:
    assert part(TODOLIST, "FileBucket").statement is None
    assert part(TODOLIST, "WritesItsOwnLog").logical_id == "TodoFunctionRole"
    assert part(TODOLIST, "TodoFunctionRole WritesItsOwnLog") == part(TODOLIST, "WritesItsOwnLog")
    with pytest.raises(UsageError, match="no resource and no statement called 'Nothing'"):
        part(TODOLIST, "Nothing")
    with pytest.raises(UsageError, match=r"near it: .*FileBucketPolicy"):
        part(TODOLIST, "filebucket")


def test_the_last_statement_takes_its_policy_along() -> None:
    body = {
        "Resources": {
            "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [
                {"Sid": "Only", "Effect": "Deny"}]}}},
            "R": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [
                {"PolicyName": "p", "PolicyDocument": {"Statement": [{"Sid": "One"}]}},
                {"PolicyName": "q", "PolicyDocument": {"Statement": [{"Sid": "A"}, {"Sid": "B"}]}},
            ]}},
        }
    }  # fmt: skip
    template = Template(body)
    assert list(without(template, part(template, "Only")).body["Resources"]) == ["R"]
    rest = without(template, part(template, "One")).body["Resources"]["R"]["Properties"]
    assert [p["PolicyName"] for p in rest["Policies"]] == ["q"]
    rest = without(template, part(template, "A")).body["Resources"]["R"]["Properties"]
    assert rest["Policies"][1]["PolicyDocument"]["Statement"] == [{"Sid": "B"}]


@pytest.mark.slow
def test_an_ablation_shows_which_verdicts_turned() -> None:
    taken = part(TODOLIST, "FileBucketPolicy")
    seen = ablate(scenario("mytodolist"), TODOLIST, taken, only=["files-need-https", "on-demand"])
    assert [(a.requirement.id, a.outcome, b.outcome) for a, b in seen.turned] == [
        ("TODO-01", Outcome.MET, Outcome.NOT_MET)
    ]
