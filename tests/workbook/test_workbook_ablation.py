"""Taking parts out of templates, and what the verdicts say then."""

from __future__ import annotations

import pytest

from archlib.errors import UsageError
from archlib.template import Template
from archlib.verify.ablation import Part, part, parts, without

BODY = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "DependsOn": ["Topic", "Queue"],
            "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow"}]},
                "Policies": [
                    {
                        "PolicyName": "two",
                        "PolicyDocument": {
                            "Statement": [
                                {"Sid": "Sends", "Resource": {"Ref": "Queue"}},
                                {"Sid": "Tells", "Resource": {"Ref": "Topic"}},
                            ]
                        },
                    },
                    {
                        "PolicyName": "one",
                        "PolicyDocument": {"Statement": {"Sid": "Looks", "Resource": "*"}},
                    },
                ],
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue", "DependsOn": "Topic"},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Statement": [{"Sid": "Tells", "Effect": "Allow"}]},
            },
        },
        "Mention": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": {"Fn::Sub": "x-${Topic.TopicName}"},
                "Value": {"Fn::Join": ["", ["a", {"Fn::GetAtt": ["Topic", "TopicName"]}]]},
                "Tags": {"near": {"Fn::Sub": "${TopicAlias}"}},
            },
        },
    },
    "Outputs": {
        "Where": {"Value": {"Fn::GetAtt": "Topic.TopicArn"}},
        "Else": {"Value": {"Ref": "Queue"}},
    },
}


@pytest.fixture
def template():
    return Template(BODY, "small.yaml")


def test_parts_are_resources_and_their_statements(template):
    assert [str(p) for p in parts(template)] == [
        "Topic",
        "Role",
        "Role Properties.AssumeRolePolicyDocument.Statement[0]",
        "Role Sends",
        "Role Tells",
        "Role Looks",
        "Queue",
        "QueuePolicy",
        "QueuePolicy Tells",
        "Mention",
    ]


def test_a_part_is_found_by_logical_id_sid_or_both(template):
    assert part(template, "Topic") == Part("Topic")
    assert str(part(template, "Sends")) == "Role Sends"
    assert part(template, "QueuePolicy Tells").logical_id == "QueuePolicy"


def test_an_ambiguous_name_lists_what_it_may_mean(template):
    with pytest.raises(UsageError, match="Role Tells, QueuePolicy Tells"):
        part(template, "Tells")


def test_an_unknown_name_tells_what_is_near(template):
    with pytest.raises(UsageError, match="near it: Queue, QueuePolicy"):
        part(template, "queue")


def test_a_statement_goes_and_its_neighbours_stay(template):
    left = without(template, part(template, "Sends")).body["Resources"]["Role"]["Properties"]
    kept = [s["Sid"] for s in left["Policies"][0]["PolicyDocument"]["Statement"]]
    assert kept == ["Tells"]
    assert len(left["Policies"]) == 2


def test_a_policy_goes_with_its_last_statement(template):
    left = without(template, part(template, "Looks")).body["Resources"]["Role"]["Properties"]
    assert [p["PolicyName"] for p in left["Policies"]] == ["two"]


def test_a_resource_that_is_but_a_policy_goes_with_it(template):
    rest = without(template, part(template, "QueuePolicy Tells"))
    assert "QueuePolicy" not in rest.body["Resources"]


def test_what_spoke_of_a_resource_goes_with_it(template):
    rest = without(template, part(template, "Topic")).body
    resources = rest["Resources"]
    assert "Topic" not in resources
    assert resources["Role"]["DependsOn"] == ["Queue"]
    assert "DependsOn" not in resources["Queue"]
    assert resources["Mention"]["Properties"] == {"Tags": {"near": {"Fn::Sub": "${TopicAlias}"}}}
    assert list(rest["Outputs"]) == ["Else"]


def test_the_template_itself_is_left_alone(template):
    import copy

    before = copy.deepcopy(BODY)
    for one in parts(template):
        without(template, one)
    assert before == BODY


def test_a_template_that_was_read_is_written_anew():
    read = Template.parse("Resources: {A: {Type: 'AWS::SNS::Topic'}, B: {Type: 'AWS::SNS::Topic'}}")
    assert without(read, Part("A")).text is None
