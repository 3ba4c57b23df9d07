"""Templates: rendered as SES documents, and what happens when the data do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.errors import Unsupported
from archlib.local.ses.templates import RenderingFailure, fill


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("Hello {{name}}!", {"name": "Ada"}, "Hello Ada!"),
        ("{{ name }}", {"name": "<b>"}, "<b>"),
        ("{{{name}}}", {"name": "<b>"}, "<b>"),
        ("{{a.b}}", {"a": {"b": 7}}, "7"),
        ("{{x}}", {"x": None}, ""),
        ("{{x}}", {"x": True}, "true"),
        ("{{#if x}}yes{{else}}no{{/if}}", {"x": 1}, "yes"),
        ("{{#if x}}yes{{else}}no{{/if}}", {}, "no"),
        ("{{#unless x}}no{{/unless}}", {}, "no"),
        ("{{#each l}}[{{this}}]{{/each}}", {"l": [1, 2]}, "[1][2]"),
        ("{{#each l}}{{n}}{{g}}{{/each}}", {"l": [{"n": 1}, {"n": 2}], "g": "!"}, "1!2!"),
        ("{{#each l}}x{{else}}none{{/each}}", {"l": []}, "none"),
        ("{{#if a}}{{#if b}}ab{{/if}}{{/if}}", {"a": 1, "b": 1}, "ab"),
        ("a{{! note }}b", {}, "ab"),
        ("no tags } {", {}, "no tags } {"),
    ],
)
def test_rendering(text: str, data: dict[str, Any], expected: str) -> None:
    assert fill(text, data) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{name}}", "Attribute 'name' is not present in the rendering data."),
        ("{{#if x}}open", "not closed"),
        ("{{/if}}", "/if"),
        ("{{#if x}}a{{/each}}", "not closed"),
    ],
)
def test_failures(text: str, says: str) -> None:
    with pytest.raises(RenderingFailure, match=says):
        fill(text, {})


@pytest.mark.parametrize("text", ["{{#with x}}{{/with}}", "{{> part}}", "{{helper x}}"])
def test_what_is_not_rendered_is_refused(text: str) -> None:
    with pytest.raises(Unsupported):
        fill(text, {"x": 1})


WELCOME = {
    "TemplateName": "welcome",
    "SubjectPart": "Welcome, {{name}}",
    "TextPart": "Dear {{name}}",
}
TO_ADA = {
    "Source": "me@myblog.com",
    "Destination": {"ToAddresses": ["ada@example.org"]},
    "Template": "welcome",
}


def test_a_templated_mail_arrives_filled_in(ready: Any) -> None:
    ready.v1.create_template(Template=WELCOME)
    ready.v1.send_templated_email(**TO_ADA, TemplateData=json.dumps({"name": "Ada"}))
    (mail,) = ready.cloud.outbox.to("ada@example.org")
    assert (mail.subject, mail.body) == ("Welcome, Ada", "Dear Ada")


def test_a_missing_attribute_is_a_rendering_failure_not_an_error(ready: Any, refused: Any) -> None:
    ready.v1.create_template(Template=WELCOME)
    sent = ready.v1.send_templated_email(**TO_ADA, TemplateData="{}")
    assert sent["MessageId"]
    assert ready.arrived("ada@example.org") == []
    failed = ready.plane.accepted()[-1].failed
    assert failed == "Attribute 'name' is not present in the rendering data."
    said = refused(ready.v1.test_render_template, TemplateName="welcome", TemplateData="{}")
    assert said == ("MissingRenderingAttribute", failed)
    rendered = ready.v2.test_render_email_template(
        TemplateName="welcome", TemplateData='{"name": "Ada"}'
    )["RenderedTemplate"]
    assert rendered.startswith("Subject: Welcome, Ada\r\n\r\nDear Ada")


def test_a_missing_template_and_bad_data(ready: Any, refused: Any) -> None:
    said = refused(ready.v1.send_templated_email, **TO_ADA, TemplateData="{}")
    assert said == ("TemplateDoesNotExist", "Template welcome does not exist")
    ready.v1.create_template(Template=WELCOME)
    said = refused(ready.v1.send_templated_email, **TO_ADA, TemplateData="[]")
    assert said[0] == "InvalidParameterValue"


def test_both_apis_share_templates(ready: Any, refused: Any) -> None:
    content = {"Subject": "Hi {{n}}", "Html": "<p>{{n}}</p>"}
    ready.v2.create_email_template(TemplateName="hi", TemplateContent=content)
    again = refused(ready.v1.create_template, Template={**WELCOME, "TemplateName": "hi"})
    assert again[0] == "AlreadyExists"
    assert ready.v1.get_template(TemplateName="hi")["Template"]["HtmlPart"] == "<p>{{n}}</p>"
    ready.v1.update_template(Template={"TemplateName": "hi", "SubjectPart": "Ho {{n}}"})
    ready.v2.send_email(
        FromEmailAddress="me@myblog.com",
        Destination={"ToAddresses": ["you@example.org"]},
        Content={"Template": {"TemplateName": "hi", "TemplateData": '{"n": 1}'}},
    )
    assert ready.arrived("you@example.org") == ["Ho 1"]
    assert [t["Name"] for t in ready.v1.list_templates()["TemplatesMetadata"]] == ["hi"]
    ready.v2.delete_email_template(TemplateName="hi")
    assert refused(ready.v2.get_email_template, TemplateName="hi")[0] == "NotFoundException"


def test_bulk_mail_has_a_status_per_destination(ready: Any) -> None:
    ready.v1.create_template(Template=WELCOME)
    statuses = ready.v1.send_bulk_templated_email(
        Source="me@myblog.com",
        Template="welcome",
        DefaultTemplateData='{"name": "friend"}',
        Destinations=[
            {
                "Destination": {"ToAddresses": ["ada@example.org"]},
                "ReplacementTemplateData": '{"name": "Ada"}',
            },
            {"Destination": {"ToAddresses": ["bob@example.org"]}},
            {"Destination": {"ToAddresses": ["broken"]}},
        ],
    )["Status"]
    assert [one["Status"] for one in statuses] == ["Success", "Success", "Failed"]
    assert ready.arrived("ada@example.org") == ["Welcome, Ada"]
    assert ready.arrived("bob@example.org") == ["Welcome, friend"]
    results = ready.v2.send_bulk_email(
        FromEmailAddress="me@myblog.com",
        DefaultContent={"Template": {"TemplateName": "welcome", "TemplateData": '{"name": "x"}'}},
        BulkEmailEntries=[{"Destination": {"ToAddresses": ["eve@example.org"]}}],
    )["BulkEmailEntryResults"]
    assert results[0]["Status"] == "SUCCESS"
    assert ready.arrived("eve@example.org") == ["Welcome, x"]


STACK = """
Resources:
  Sender:
    Type: AWS::SES::EmailIdentity
    Properties:
      EmailIdentity: me@myblog.com
      ConfigurationSetAttributes: {ConfigurationSetName: !Ref Mail}
  Domain:
    Type: AWS::SES::EmailIdentity
    Properties: {EmailIdentity: myblog.com}
  Welcome:
    Type: AWS::SES::Template
    Properties:
      Template: {TemplateName: welcome, SubjectPart: "Hi {{n}}", TextPart: "Dear {{n}}"}
  Mail:
    Type: AWS::SES::ConfigurationSet
    Properties: {Name: mail}
  Topic: {Type: AWS::SNS::Topic}
  Events:
    Type: AWS::SES::ConfigurationSetEventDestination
    Properties:
      ConfigurationSetName: !Ref Mail
      EventDestination:
        Name: topic
        Enabled: true
        MatchingEventTypes: [bounce, renderingFailure]
        SnsDestination: {TopicARN: !Ref Topic}
Outputs:
  Record: {Value: !GetAtt Domain.DkimDNSTokenName1}
  Target: {Value: !GetAtt Domain.DkimDNSTokenValue1}
  Template: {Value: !Ref Welcome}
"""


def test_a_stack_of_everything(post: Any) -> None:
    cfn = post.cloud.client("cloudformation")
    cfn.create_stack(StackName="mail", TemplateBody=STACK)
    stack = cfn.describe_stacks(StackName="mail")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    assert outputs["Record"].endswith("._domainkey.myblog.com")
    assert outputs["Target"].endswith(".dkim.amazonses.com")
    assert outputs["Template"] == "welcome"
    found = post.v2.get_email_identity(EmailIdentity="me@myblog.com")
    assert found["VerifiedForSendingStatus"] is False
    assert found["ConfigurationSetName"] == "mail"
    assert post.link("me@myblog.com")
    (destination,) = post.v2.get_configuration_set_event_destinations(ConfigurationSetName="mail")[
        "EventDestinations"
    ]
    assert destination["MatchingEventTypes"] == ["BOUNCE", "RENDERING_FAILURE"]
    changed = STACK.replace("Dear {{n}}", "Dearest {{n}}").replace("[bounce, ", "[complaint, ")
    cfn.update_stack(StackName="mail", TemplateBody=changed)
    status = cfn.describe_stacks(StackName="mail")["Stacks"][0]["StackStatus"]
    assert status == "UPDATE_COMPLETE"
    assert post.v1.get_template(TemplateName="welcome")["Template"]["TextPart"] == "Dearest {{n}}"
    cfn.delete_stack(StackName="mail")
    assert post.v1.list_identities()["Identities"] == []
    assert post.v2.list_configuration_sets()["ConfigurationSets"] == []
    assert post.v1.list_templates()["TemplatesMetadata"] == []
