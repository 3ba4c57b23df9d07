"""Stacks through boto3: creation, failure, update, deletion, change sets, exports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.deploy.providers import TYPES

QUEUES = """
Parameters:
  Delay: {Type: Number, Default: 0}
  Secret: {Type: String, Default: hidden, NoEcho: true}
Conditions:
  Slow: !Not [!Equals [!Ref Delay, 0]]
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Work:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Extra:
    Type: AWS::SQS::Queue
    Condition: Slow
Outputs:
  Url: {Value: !Ref Work, Description: Where work goes}
  Arn: {Value: !GetAtt Work.Arn}
  Extra: {Condition: Slow, Value: !GetAtt Extra.QueueName}
"""


def refusal(call: Any, *args: Any, **keywords: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(*args, **keywords)
    detail = error.value.response["Error"]
    return detail["Code"], detail["Message"]


def queues(site: Any) -> list[str]:
    return [
        url.rsplit("/", 1)[-1] for url in site.cloud.raw("sqs").list_queues().get("QueueUrls", [])
    ]


def delay(site: Any, url: str) -> str:
    sqs = site.cloud.raw("sqs")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    return str(found["Attributes"]["DelaySeconds"])


# -- creation ------------------------------------------------------------------------------------


def test_create_describe_delete(site: Any) -> None:
    stack = site.create(QUEUES, Tags=[{"Key": "team", "Value": "a"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert set(site.outputs()) == {"Url", "Arn"}
    assert set(site.ids()) == {"Dead", "Work"}
    shown = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    assert shown == {"Delay": "0", "Secret": "****"}
    sqs = site.cloud.raw("sqs")
    assert sqs.list_queue_tags(QueueUrl=site.ids()["Work"])["Tags"] == {"team": "a"}
    assert site.events("app") == [
        ("app", "CREATE_IN_PROGRESS"),
        ("Dead", "CREATE_IN_PROGRESS"),
        ("Dead", "CREATE_IN_PROGRESS"),
        ("Dead", "CREATE_COMPLETE"),
        ("Work", "CREATE_IN_PROGRESS"),
        ("Work", "CREATE_IN_PROGRESS"),
        ("Work", "CREATE_COMPLETE"),
        ("app", "CREATE_COMPLETE"),
    ]
    gone = site.delete()
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert queues(site) == []
    code, message = refusal(site.cfn.describe_stacks, StackName="app")
    assert (code, message) == ("ValidationError", "Stack with id app does not exist")
    deleted = [name for name, status in site.events(gone["StackId"]) if status == "DELETE_COMPLETE"]
    assert deleted == ["Work", "Dead", "app"]


def test_waiters_and_name_generation(site: Any) -> None:
    site.create(QUEUES)
    site.cfn.get_waiter("stack_create_complete").wait(StackName="app")
    name = site.ids()["Work"].rsplit("/", 1)[-1]
    stack, logical, suffix = name.split("-")
    assert (stack, logical, len(suffix)) == ("app", "Work", 12)
    assert suffix.isalnum()
    assert suffix == suffix.upper()
    site.cfn.delete_stack(StackName="app")
    site.cfn.get_waiter("stack_delete_complete").wait(StackName="app")


def test_deleting_what_does_not_exist_succeeds(site: Any) -> None:
    site.cfn.delete_stack(StackName="nothing")


def test_equal_seeds_give_equal_stacks(site: Any) -> None:
    from archlib.local.cloud import LocalCloud

    site.create(QUEUES)
    first = site.ids()
    site.cloud.stop()
    with LocalCloud(planes=("archlib.local.deploy:CloudFormation",)) as cloud:
        again = type(site)(cloud)
        again.create(QUEUES)
        assert again.ids() == first
    site.cloud.start()


def test_existing_name_is_refused(site: Any) -> None:
    site.create(QUEUES)
    code, message = refusal(site.create, QUEUES)
    assert (code, message) == ("AlreadyExistsException", "Stack [app] already exists")


QUEUE = "Resources: {A: {Type: 'AWS::SQS::Queue'}}\n"


@pytest.mark.parametrize(
    ("text", "more", "code", "message"),
    [
        ("Resources: [", {}, "ValidationError", "YAML not well-formed"),
        (
            "Resources: {A: {Type: 'AWS::SQS::Queeu'}}",
            {},
            "ValidationError",
            "Template format error: Unrecognized resource types: [AWS::SQS::Queeu] (resource A; "
            "did you mean AWS::SQS::Queue?)",
        ),
        (
            "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {}}}}",
            {"Capabilities": []},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
        ),
        (
            "Resources: {R: {Type: 'AWS::IAM::User', Properties: {UserName: x}}}",
            {"Capabilities": ["CAPABILITY_IAM"]},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
        ),
        (
            "Transform: AWS::LanguageExtensions\n" + QUEUE,
            {},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
        ),
        (
            "Transform: My::Macro\n" + QUEUE,
            {},
            "ValidationError",
            "No transform named My::Macro found.",
        ),
        (
            QUEUE + "Outputs: {O: {Value: !GetAtt A.Arm}}",
            {},
            "ValidationError",
            "Template error: resource A does not support attribute type Arm in Fn::GetAtt "
            "(did you mean Arn?)",
        ),
        (
            QUEUE + "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /no}}",
            {},
            "ValidationError",
            "Unable to fetch parameters [/no] from parameter store for this account.",
        ),
    ],
)
def test_refused_before_anything_happens(
    site: Any, text: str, more: dict[str, Any], code: str, message: str
) -> None:
    found = refusal(site.create, text, **more)
    assert found[0] == code
    assert message in found[1]
    assert site.cfn.list_stacks()["StackSummaries"] == []


def test_stack_names_are_checked(site: Any) -> None:
    code, message = refusal(site.create, QUEUE, "my_app")
    assert code == "ValidationError"
    assert "Value 'my_app' at 'stackName' failed to satisfy constraint" in message


def test_a_stack_name_of_too_many_letters_is_told_so(site: Any) -> None:
    _, message = refusal(site.create, QUEUE, "a" * 129)
    assert message.endswith("Member must have length less than or equal to 128")
    assert site.create(QUEUE, name="a" * 128)["StackStatus"] == "CREATE_COMPLETE"


def test_a_type_that_exists_but_is_not_imitated(site: Any) -> None:
    with pytest.raises(Unsupported, match="Custom::Thing"):
        site.create("Resources: {A: {Type: 'Custom::Thing'}}")
    with pytest.raises(Unsupported, match="AWS::RoboMaker::Robot"):
        site.create("Resources: {A: {Type: 'AWS::RoboMaker::Robot'}}")


def test_an_operation_that_is_not_imitated(site: Any) -> None:
    with pytest.raises(Unsupported, match="cloudformation:DetectStackDrift"):
        site.cfn.detect_stack_drift(StackName="app")
    with pytest.raises(Unsupported, match="RoleARN of cloudformation:CreateStack"):
        site.create(QUEUE, RoleARN="arn:aws:iam::123456789012:role/deployer-role")


# -- failure -------------------------------------------------------------------------------------

MISSPELT = """
Resources:
  Good:
    Type: AWS::SQS::Queue
  Bad:
    Type: AWS::SQS::Queue
    Properties:
      DelaySecond: 5
  Worse:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration:
        Status: Enable
      ReplicationConfiguration:
        Role: x
        Rules: []
"""


def test_every_mistake_is_found_before_the_first_resource(site: Any) -> None:
    stack = site.create(MISSPELT)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = site.reasons("app")
    assert reasons["Bad"] == (
        "Properties validation failed for resource Bad with message: #/DelaySecond: extraneous "
        "key [DelaySecond] is not permitted [template line 8] (did you mean DelaySeconds?)"
    )
    assert "#/VersioningConfiguration/Status: Enable is not a valid enum value" in reasons["Worse"]
    assert "[template line 13] (did you mean Enabled?)" in reasons["Worse"]
    assert (
        "CloudFormation has ReplicationConfiguration; the local cloud does not honour it"
        in reasons["Worse"]
    )
    assert ("Good", "CREATE_IN_PROGRESS") not in site.events("app")
    assert queues(site) == []


FAILS_LATE = """
Resources:
  First:
    Type: AWS::SQS::Queue
  Table:
    Type: AWS::DynamoDB::Table
    DependsOn: First
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: other, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
  Last:
    Type: AWS::SQS::Queue
    DependsOn: Table
"""


def test_a_failed_creation_rolls_back_in_reverse(site: Any) -> None:
    stack = site.create(FAILS_LATE)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = site.events("app")
    assert ("Table", "CREATE_FAILED") in events
    assert events.index(("First", "DELETE_COMPLETE")) > events.index(("Table", "CREATE_FAILED"))
    assert not any(name == "Last" for name, _ in events)
    assert "ValidationException" in site.reasons("app")["Table"]
    assert queues(site) == []
    assert refusal(site.update, QUEUE)[1].endswith("is in ROLLBACK_COMPLETE state and can not be "
                                                   "updated.")  # fmt: skip
    assert site.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_half_made_resource_is_taken_away(site: Any) -> None:
    text = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
      ManagedPolicyArns: ['arn:aws:iam::123456789012:policy/not-there']
"""
    assert site.create(text)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert site.cloud.raw("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("more", "status", "left"),
    [
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", 1),
        ({"DisableRollback": True}, "CREATE_FAILED", 1),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", 0),
        ({"OnFailure": "ROLLBACK"}, "ROLLBACK_COMPLETE", 0),
    ],
)
def test_what_to_do_on_failure(site: Any, more: dict[str, Any], status: str, left: int) -> None:
    assert site.create(FAILS_LATE, **more)["StackStatus"] == status
    assert len(queues(site)) == left


def test_names_taken_by_others_fail_the_stack(site: Any) -> None:
    site.cloud.client("sqs").create_queue(QueueName="mine")
    site.cloud.client("s3").create_bucket(Bucket="my-own-bucket")
    text = "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: mine}}}"
    assert site.create(text)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "AlreadyExists" in site.reasons("app")["A"]
    text = "Resources: {A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: my-own-bucket}}}"
    assert site.create(text, "other")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert queues(site) == ["mine"]


def test_a_bucket_with_objects_refuses_deletion(site: Any) -> None:
    site.create(
        "Resources: {Q: {Type: 'AWS::SQS::Queue'}, B: {Type: 'AWS::S3::Bucket', DependsOn: Q}}"
    )
    s3, bucket = site.cloud.client("s3"), site.ids()["B"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    stack = site.delete()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [B]. "
    assert "not empty" in site.reasons("app")["B"]
    # what the bucket needs stays as well
    assert set(site.ids()) == {"Q", "B"}
    s3.delete_object(Bucket=bucket, Key="k")
    assert site.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert queues(site) == []


def test_retaining_what_cannot_be_deleted(site: Any) -> None:
    site.create("Resources: {B: {Type: 'AWS::S3::Bucket'}}")
    s3, bucket = site.cloud.client("s3"), site.ids()["B"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert "only when" in refusal(site.cfn.delete_stack, StackName="app", RetainResources=["B"])[1]
    site.delete()
    site.cfn.delete_stack(StackName="app", RetainResources=["B"])
    assert site.cfn.list_stacks()["StackSummaries"][0]["StackStatus"] == "DELETE_COMPLETE"
    s3.head_bucket(Bucket=bucket)


def test_deletion_policies(site: Any) -> None:
    text = """
Resources:
  Kept: {Type: 'AWS::SQS::Queue', DeletionPolicy: Retain}
  Gone: {Type: 'AWS::SQS::Queue', DeletionPolicy: RetainExceptOnCreate}
  Bad: {Type: 'AWS::DynamoDB::Table', DependsOn: [Kept, Gone],
        Properties: {KeySchema: [{AttributeName: a, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
"""
    site.create(text)
    assert ("Kept", "DELETE_SKIPPED") in site.events("app")
    assert ("Gone", "DELETE_COMPLETE") in site.events("app")
    assert len(queues(site)) == 1


@pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_snapshot_is_refused_before_anything_is_made(site: Any, policy: str) -> None:
    text = f"Resources: {{A: {{Type: 'AWS::SQS::Queue', {policy}: Snapshot}}}}"
    with pytest.raises(ClientError, match="AWS::SQS::Queue does not support deletion policy"):
        site.create(text)
    assert site.cfn.describe_stacks()["Stacks"] == []


RULES = """
Parameters:
  Stage: {Type: String}
  Zones: {Type: CommaDelimitedList, Default: 'a,b'}
Rules:
  Live:
    RuleCondition: !Equals [!Ref Stage, live]
    Assertions:
      - Assert: {'Fn::EachMemberIn': [!Ref Zones, [a, b, c]]}
        AssertDescription: live runs in a, b and c
      - Assert: {'Fn::Not': [{'Fn::EachMemberEquals': [!Ref Zones, a]}]}
  Named:
    Assertions: [{Assert: {'Fn::Contains': [[test, live], !Ref Stage]}}]
Resources: {A: {Type: 'AWS::SQS::Queue'}}
"""


@pytest.mark.parametrize(
    ("stage", "zones", "message"),
    [
        ("test", "x,y", None),
        ("live", "c,a", None),
        ("live", "x", "Template rules are not satisfied: Live: live runs in a, b and c"),
        ("live", "a,a", "Live: {'Fn::Not': "),
        ("other", "a", "Named: {'Fn::Contains': "),
    ],
)
def test_rules_are_asserted_first(site: Any, stage: str, zones: str, message: str | None) -> None:
    values = [
        {"ParameterKey": "Stage", "ParameterValue": stage},
        {"ParameterKey": "Zones", "ParameterValue": zones},
    ]
    if message is None:
        assert site.create(RULES, Parameters=values)["StackStatus"] == "CREATE_COMPLETE"
        return
    with pytest.raises(ClientError) as refused:
        site.create(RULES, Parameters=values)
    assert message in str(refused.value)
    assert site.cfn.describe_stacks()["Stacks"] == []


def test_a_rule_must_have_its_form(site: Any) -> None:
    queue = "Resources: {A: {Type: 'AWS::SQS::Queue'}}\n"
    for rules, message in (
        ("{R: {}}", "[/Rules/R] Every Rules object must contain a list of Assertions"),
        ("{R: {Assertions: [{}]}}", "Every assertion must contain an Assert"),
        ("{R: {Assertions: [{Assert: {Ref: X}}], X: 1}}", "property 'X' [/Rules/R]"),
        ("{R: {Assertions: [{Assert: {Condition: X}}]}}", "must be a condition function"),
        ("{R: {Assertions: [{Assert: {'Fn::Contains': [{'Fn::RefAll': x}, y]}}]}}", "Fn::RefAll"),
    ):
        with pytest.raises(ClientError) as refused:
            site.create(f"{queue}Rules: {rules}")
        assert message in str(refused.value)


def test_events_do_not_show_hidden_parameters(site: Any) -> None:
    text = """
Parameters: {Word: {Type: String, NoEcho: true}}
Resources:
  A: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: !Sub 'user:${Word}'}}
"""
    for make, word in ((site.create, "s3cret"), (site.update, "an0ther")):
        make(text, Parameters=[{"ParameterKey": "Word", "ParameterValue": word}])
    events = site.cfn.describe_stack_events(StackName="app")["StackEvents"]
    shown = [event.get("ResourceProperties", "") for event in events]
    assert any('"user:****"' in text for text in shown)
    assert not any("s3cret" in text or "an0ther" in text for text in shown)


def test_an_update_looks_into_nested_stacks(site: Any) -> None:
    s3 = site.cloud.client("s3")
    s3.create_bucket(Bucket="templates")

    def store(key: str, text: str) -> None:
        s3.put_object(Bucket="templates", Key=key, Body=text.encode())

    def nested(key: str) -> str:
        return f"""
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: 'https://templates.s3.amazonaws.com/{key}'}}
"""

    leaf = "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 1}}}"
    store("leaf.yaml", leaf)
    store("middle.yaml", nested("leaf.yaml"))
    top = nested("middle.yaml")
    site.create(top)

    def waits() -> list[str]:
        sqs = site.cloud.raw("sqs")
        return [delay(site, url) for url in sqs.list_queues().get("QueueUrls", ())]

    assert waits() == ["1"]
    with pytest.raises(ClientError, match="No updates are to be performed"):
        site.update(top)
    store("leaf.yaml", leaf.replace("1", "2"))
    assert site.update(top)["StackStatus"] == "UPDATE_COMPLETE"
    assert waits() == ["2"]
    store("leaf.yaml", leaf.replace("1", "3"))
    broken = """
  Later:
    Type: AWS::SSM::Parameter
    DependsOn: Child
    Properties: {Type: String, Value: !ImportValue none}
"""
    assert site.update(top + broken)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert waits() == ["2"]


def test_termination_protection(site: Any) -> None:
    site.create(QUEUE, EnableTerminationProtection=True)
    message = refusal(site.cfn.delete_stack, StackName="app")[1]
    assert message == "Stack [app] cannot be deleted while TerminationProtection is enabled"
    site.cfn.update_termination_protection(StackName="app", EnableTerminationProtection=False)
    assert site.delete()["StackStatus"] == "DELETE_COMPLETE"


# -- update --------------------------------------------------------------------------------------


def with_delay(value: str) -> list[dict[str, str]]:
    return [{"ParameterKey": "Delay", "ParameterValue": value}]


def test_update_in_place_adds_and_removes(site: Any) -> None:
    site.create(QUEUES)
    before = site.ids()
    stack = site.update(QUEUES, Parameters=with_delay("7"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    after = site.ids()
    assert {name: after[name] for name in before} == before
    assert set(after) == {"Dead", "Work", "Extra"}
    assert delay(site, after["Work"]) == "7"
    site.cfn.update_stack(StackName="app", UsePreviousTemplate=True, Parameters=with_delay("0"))
    assert site.ids() == before
    assert len(queues(site)) == 2


def test_nothing_to_update(site: Any) -> None:
    site.create(QUEUES, Parameters=with_delay("3"))
    keep = [{"ParameterKey": "Delay", "UsePreviousValue": True}]
    for text in (QUEUES, QUEUES + "Description: other words\n"):
        assert refusal(site.update, text, Parameters=keep) == (
            "ValidationError",
            "No updates are to be performed.",
        )
    assert site.stack("app")["StackStatus"] == "CREATE_COMPLETE"


PAIR = """
Parameters: {{Name: {{Type: String}}}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    {policy}
    Properties: {{QueueName: !Ref Name}}
  Pointer:
    Type: AWS::SSM::Parameter
    Properties: {{Type: String, Value: !GetAtt Queue.Arn}}
"""


def named(value: str) -> list[dict[str, str]]:
    return [{"ParameterKey": "Name", "ParameterValue": value}]


def test_replacement_moves_dependants_and_removes_the_old_one(site: Any) -> None:
    text = PAIR.format(policy="")
    site.create(text, Parameters=named("one"))
    pointer = site.ids()["Pointer"]
    site.update(text, Parameters=named("two"))
    assert queues(site) == ["two"]
    assert site.ids()["Pointer"] == pointer
    value = site.cloud.control("ssm").get_parameter(Name=pointer)["Parameter"]["Value"]
    assert value.endswith(":two")
    events = site.events("app")
    created, deleted = ("Queue", "UPDATE_COMPLETE"), ("Queue", "DELETE_COMPLETE")
    assert events.index(created) < events.index(("Pointer", "UPDATE_COMPLETE"))
    assert events.index(("Pointer", "UPDATE_COMPLETE")) < events.index(deleted)


def test_update_replace_policy_retains_the_old_one(site: Any) -> None:
    text = PAIR.format(policy="UpdateReplacePolicy: Retain")
    site.create(text, Parameters=named("one"))
    site.update(text, Parameters=named("two"))
    assert sorted(queues(site)) == ["one", "two"]


def test_a_named_resource_cannot_be_replaced_under_its_name(site: Any) -> None:
    text = """
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: fixed
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: %s, AttributeType: S}]
      KeySchema: [{AttributeName: %s, KeyType: HASH}]
"""
    site.create(text % ("a", "a"))
    assert site.update(text % ("b", "b"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert site.reasons("app")["T"] == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename fixed and update the stack again."
    )


def test_a_failed_update_goes_back_to_the_old_state(site: Any) -> None:
    first = """
Resources:
  A: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 1}}
  B: {Type: 'AWS::SQS::Queue', Properties: {QueueName: old}}
  D: {Type: 'AWS::SQS::Queue'}
Outputs: {O: {Value: before}}
"""
    second = """
Resources:
  A: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 2}}
  B: {Type: 'AWS::SQS::Queue', Properties: {QueueName: new}}
  C: {Type: 'AWS::SQS::Queue'}
  Z:
    Type: AWS::DynamoDB::Table
    DependsOn: [A, B, C]
    Properties: {KeySchema: [{AttributeName: a, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}
Outputs: {O: {Value: after}}
"""
    site.create(first)
    before, names = site.ids(), sorted(queues(site))
    stack = site.update(second)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert site.ids() == before
    assert sorted(queues(site)) == names
    assert delay(site, before["A"]) == "1"
    assert site.outputs() == {"O": "before"}
    assert "TemplateBody" in site.cfn.get_template(StackName="app")
    assert site.cfn.get_template(StackName="app")["TemplateBody"] == first
    # and it can be updated again
    good = second.split("  Z:")[0] + "Outputs: {O: {Value: after}}\n"
    assert site.update(good)["StackStatus"] == "UPDATE_COMPLETE"
    assert len(queues(site)) == 3


def test_a_mistake_in_an_update_changes_nothing(site: Any) -> None:
    site.create("Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 1}}}")
    url = site.ids()["A"]
    stack = site.update(
        "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 9}},"
        " B: {Type: 'AWS::SQS::Queue', Properties: {Foo: 9}}}"
    )
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "extraneous key [Foo]" in site.reasons("app")["B"]
    assert delay(site, url) == "1"


def test_a_logical_id_keeps_its_type(site: Any) -> None:
    site.create(QUEUE)
    message = refusal(site.update, QUEUE.replace("SQS::Queue", "S3::Bucket"))[1]
    assert message.startswith("Update of resource type is not permitted.")
    assert "[A]" in message


# -- change sets ---------------------------------------------------------------------------------


def changes(site: Any, name: str) -> dict[str, tuple[str, str | None]]:
    found = site.cfn.describe_change_set(ChangeSetName=name, StackName="app")
    return {
        c["ResourceChange"]["LogicalResourceId"]: (
            c["ResourceChange"]["Action"],
            c["ResourceChange"].get("Replacement"),
        )
        for c in found["Changes"]
    }


def test_change_set_creates_a_stack(site: Any) -> None:
    made = site.cfn.create_change_set(
        StackName="app", ChangeSetName="first", TemplateBody=QUEUES, ChangeSetType="CREATE"
    )
    assert site.stack("app")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert changes(site, "first") == {"Dead": ("Add", None), "Work": ("Add", None)}
    assert queues(site) == []
    site.cfn.execute_change_set(ChangeSetName=made["Id"])
    assert site.stack("app")["StackStatus"] == "CREATE_COMPLETE"
    assert len(queues(site)) == 2
    assert site.cfn.list_change_sets(StackName="app")["Summaries"] == []


def test_change_set_tells_replacement_and_why(site: Any) -> None:
    text = """
Parameters: {Name: {Type: String}}
Resources:
  Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Name}}
  Same: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: %d}}
  Policy:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !GetAtt Queue.Arn}
  Named:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: x, Name: !GetAtt Queue.QueueName}
  Old%d: {Type: 'AWS::SQS::Queue'}
"""
    site.create(text % (1, 1), Parameters=named("one"))
    site.cfn.create_change_set(
        StackName="app",
        ChangeSetName="next",
        TemplateBody=text % (2, 2),
        Parameters=named("two"),
    )
    assert changes(site, "next") == {
        "Queue": ("Modify", "True"),
        "Same": ("Modify", "False"),
        "Policy": ("Modify", "False"),
        "Named": ("Modify", "Conditional"),
        "Old2": ("Add", None),
        "Old1": ("Remove", None),
    }
    found = site.cfn.describe_change_set(ChangeSetName="next", StackName="app")["Changes"]
    details = {
        c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Details"] for c in found
    }
    assert details["Queue"] == [
        {
            "Target": {
                "Attribute": "Properties",
                "Name": "QueueName",
                "RequiresRecreation": "Always",
            },
            "Evaluation": "Static",
            "ChangeSource": "ParameterReference",
            "CausingEntity": "Name",
        }
    ]
    assert details["Same"][0]["ChangeSource"] == "DirectModification"
    assert details["Policy"][0]["ChangeSource"] == "ResourceAttribute"
    assert details["Policy"][0]["CausingEntity"] == "Queue.Arn"
    assert details["Named"][0]["Target"]["RequiresRecreation"] == "Conditionally"
    assert sorted(queues(site))[-1] == "one"
    site.cfn.execute_change_set(ChangeSetName="next", StackName="app")
    assert site.stack("app")["StackStatus"] == "UPDATE_COMPLETE"
    assert "two" in queues(site)
    assert "one" not in queues(site)


def test_change_set_without_changes_fails(site: Any) -> None:
    site.create(QUEUES)
    site.cfn.create_change_set(StackName="app", ChangeSetName="none", TemplateBody=QUEUES)
    found = site.cfn.describe_change_set(ChangeSetName="none", StackName="app")
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in found["StatusReason"]
    code, _ = refusal(site.cfn.execute_change_set, ChangeSetName="none", StackName="app")
    assert code == "InvalidChangeSetStatus"
    site.cfn.delete_change_set(ChangeSetName="none", StackName="app")
    code, _ = refusal(site.cfn.describe_change_set, ChangeSetName="none", StackName="app")
    assert code in ("ChangeSetNotFound", "ChangeSetNotFoundException")


# -- exports -------------------------------------------------------------------------------------

EXPORTER = QUEUE + "Outputs: {O: {Value: !GetAtt A.QueueName, Export: {Name: shared}}}"
IMPORTER = """
Resources:
  P: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: !ImportValue shared}}
"""


def test_exports_and_imports(site: Any) -> None:
    site.create(EXPORTER, "base")
    assert refusal(site.cfn.list_imports, ExportName="shared")[1] == (
        "Export 'shared' is not imported by any stack."
    )
    site.create(IMPORTER, "user")
    exports = site.cfn.list_exports()["Exports"]
    assert [(e["Name"], e["ExportingStackId"]) for e in exports] == [
        ("shared", site.stack("base")["StackId"])
    ]
    value = site.cloud.control("ssm").get_parameter(Name=site.ids("user")["P"])["Parameter"][
        "Value"
    ]
    assert value == exports[0]["Value"]
    assert site.cfn.list_imports(ExportName="shared")["Imports"] == ["user"]
    message = refusal(site.cfn.delete_stack, StackName="base")[1]
    assert message == "Export shared cannot be deleted as it is in use by user"
    assert site.stack("base")["StackStatus"] == "CREATE_COMPLETE"
    assert site.update(QUEUE, "base")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = site.cfn.describe_stack_events(StackName="base")["StackEvents"]
    assert any(
        "Export shared cannot be deleted as it is in use by user"
        in e.get("ResourceStatusReason", "")
        for e in events
    )
    site.delete("user")
    assert site.delete("base")["StackStatus"] == "DELETE_COMPLETE"
    assert site.cfn.list_exports()["Exports"] == []


def test_missing_import_and_double_export_fail_the_stack(site: Any) -> None:
    stack = site.create(IMPORTER, "user")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "No export named shared found." in str(site.reasons("user"))
    site.create(EXPORTER, "base")
    assert site.create(EXPORTER, "twin")["StackStatus"] == "ROLLBACK_COMPLETE"
    events = site.cfn.describe_stack_events(StackName="twin")["StackEvents"]
    assert any(
        "Export with name shared is already exported by stack base"
        in e.get("ResourceStatusReason", "")
        for e in events
    )
    assert len(queues(site)) == 1


# -- templates from elsewhere, transforms, dynamic references ------------------------------------


def test_template_url_and_nested_stack(site: Any) -> None:
    s3 = site.cloud.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="child.yaml", Body=QUEUES.encode())
    s3.put_object(
        Bucket="templates",
        Key="parent.yaml",
        Body=b"""
Parameters: {Delay: {Type: String, Default: '4'}}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://templates.s3.amazonaws.com/child.yaml
      Parameters: {Delay: !Ref Delay}
Outputs: {Url: {Value: !GetAtt Child.Outputs.Url}}
""",
    )
    url = "https://s3.us-east-1.amazonaws.com/templates/parent.yaml"
    site.cfn.create_stack(StackName="app", TemplateURL=url)
    assert site.stack("app")["StackStatus"] == "CREATE_COMPLETE"
    child = site.stack(site.ids()["Child"])
    assert child["ParentId"] == site.stack("app")["StackId"]
    assert delay(site, site.outputs()["Url"]) == "4"
    site.cfn.update_stack(StackName="app", TemplateURL=url, Parameters=with_delay("6"))
    assert delay(site, site.outputs()["Url"]) == "6"
    site.delete()
    assert queues(site) == []
    assert "S3 error" in refusal(
        site.cfn.create_stack, StackName="x", TemplateURL=url.replace("parent", "none")
    )[1]  # fmt: skip


def test_dynamic_references_and_ssm_parameters(site: Any) -> None:
    ssm, secrets = site.cloud.client("ssm"), site.cloud.client("secretsmanager")
    ssm.put_parameter(Name="/delay", Value="5", Type="String")
    ssm.put_parameter(Name="/hidden", Value="pass-word-1", Type="SecureString")
    secrets.create_secret(Name="db", SecretString=json.dumps({"user": "me"}))
    text = """
Parameters: {D: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /delay}}
Resources:
  Q: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref D}}
  P:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: '{{resolve:ssm:/delay}}-{{resolve:secretsmanager:db:SecretString:user}}'
  U:
    Type: AWS::IAM::User
    Properties: {UserName: u, LoginProfile: {Password: '{{resolve:ssm-secure:/hidden}}'}}
"""
    stack = site.create(text)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Parameters"][0]["ResolvedValue"] == "5"
    assert delay(site, site.ids()["Q"]) == "5"
    found = ssm.get_parameter(Name=site.ids()["P"])["Parameter"]["Value"]
    assert found == "5-me"
    bad = site.create(text.replace("user}}", "pass}}"), "bad")
    assert bad["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "JSONKey pass" in str(site.reasons("bad"))


def test_language_extensions_loop(site: Any) -> None:
    text = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: 'In,Out'}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}:
        Type: AWS::SQS::Queue
        Properties: {QueueName: !Sub '${AWS::StackName}-${Name}'}
Outputs:
  Count: {Value: !Length [!Ref Names]}
"""
    text = text.replace("!Length [!Ref Names]", "{'Fn::Length': !Ref Names}")
    stack = site.create(text, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert sorted(queues(site)) == ["app-In", "app-Out"]
    assert site.outputs() == {"Count": "2"}


def test_validate_and_summary(site: Any) -> None:
    text = QUEUES + "  \nDescription: two queues\n"
    found = site.cfn.validate_template(TemplateBody=text)
    assert found["Description"] == "two queues"
    assert [p["ParameterKey"] for p in found["Parameters"]] == ["Delay", "Secret"]
    assert found["Parameters"][1]["NoEcho"] is True
    summary = site.cfn.get_template_summary(TemplateBody=text)
    assert summary["ResourceTypes"] == ["AWS::SQS::Queue"]
    roles = "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {RoleName: x}}}"
    found = site.cfn.validate_template(TemplateBody=roles)
    assert found["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert found["CapabilitiesReason"] == (
        "The following resource(s) require capabilities: [AWS::IAM::Role]"
    )
    assert "At least one Resources member" in refusal(
        site.cfn.validate_template, TemplateBody="Resources: {}"
    )[1]  # fmt: skip


def test_resources_described(site: Any) -> None:
    site.create("Resources: {A: {Type: 'AWS::SQS::Queue', Metadata: {archlib: {component: Work}}}}")
    detail = site.cfn.describe_stack_resource(StackName="app", LogicalResourceId="A")
    detail = detail["StackResourceDetail"]
    assert json.loads(detail["Metadata"]) == {"archlib": {"component": "Work"}}
    found = site.cfn.describe_stack_resources(PhysicalResourceId=detail["PhysicalResourceId"])
    assert [r["LogicalResourceId"] for r in found["StackResources"]] == ["A"]
    assert refusal(site.cfn.describe_stack_resource, StackName="app", LogicalResourceId="B")[1] == (
        "Resource B does not exist for stack app"
    )


def test_get_template_gives_back_what_was_given(site: Any) -> None:
    site.create(QUEUE)
    assert site.cfn.get_template(StackName="app")["TemplateBody"] == QUEUE
    site.create(json.dumps({"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}), "two")
    body = site.cfn.get_template(StackName="two")["TemplateBody"]
    assert body["Resources"]["A"]["Type"] == "AWS::SQS::Queue"


def test_stacks_of_other_regions_are_apart(site: Any) -> None:
    site.create(QUEUE)
    west = site.cloud.client("cloudformation", region="eu-west-1")
    assert west.describe_stacks()["Stacks"] == []
    west.create_stack(StackName="app", TemplateBody=QUEUE)
    found = west.describe_stacks(StackName="app")["Stacks"][0]
    assert found["StackId"].startswith("arn:aws:cloudformation:eu-west-1:123456789012:stack/app/")
    sqs = site.cloud.raw("sqs", region="eu-west-1")
    assert len(sqs.list_queues()["QueueUrls"]) == 1


def test_the_table_has_every_type_once() -> None:
    from archlib.local.deploy.providers import MODULES

    assert sum(len(module.TYPES) for module in MODULES) == len(TYPES)
