"""Sending: the sandbox, quotas, permissions, raw mail, lists, simulator, events."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any

import pytest

from archlib.local import LocalCloud

SUCCESS = "success@simulator.amazonses.com"
PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.ses:SesPlane")
HERE = "arn:aws:ses:us-east-1:123456789012"


# -- the sandbox -----------------------------------------------------------------------------------


def test_in_the_sandbox_both_sides_must_be_verified(post: Any, refused: Any) -> None:
    says = "Email address is not verified. The following identities failed the check in region "
    params = {
        "Source": "me@myblog.com",
        "Destination": {"ToAddresses": ["you@example.org"]},
        "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    }
    assert refused(post.v1.send_email, **params) == (
        "MessageRejected",
        f"{says}US-EAST-1: me@myblog.com, you@example.org",
    )
    post.verify("me@myblog.com")
    assert refused(post.v1.send_email, **params)[1] == f"{says}US-EAST-1: you@example.org"
    post.verify("you@example.org")
    post.v1.send_email(**params)
    assert post.arrived("you@example.org") == ["s"]


def test_outside_only_the_sender_must_be_verified(ready: Any, refused: Any) -> None:
    ready.send("stranger@example.org")
    assert ready.arrived("stranger@example.org") == ["Hello"]
    with pytest.raises(Exception, match="failed the check in region US-EAST-1: x@y"):
        ready.send("stranger@example.org", source="x@y.org")


def test_production_access_takes_a_review(post: Any, refused: Any) -> None:
    assert post.v2.get_account()["ProductionAccessEnabled"] is False
    details = {
        "MailType": "TRANSACTIONAL",
        "WebsiteURL": "https://myblog.com",
        "ProductionAccessEnabled": True,
    }
    post.v2.put_account_details(**details)
    assert post.v2.get_account()["Details"]["ReviewDetails"]["Status"] == "PENDING"
    assert refused(post.v2.put_account_details, **details)[0] == "ConflictException"
    post.cloud.clock.advance(hours=1)
    found = post.v2.get_account()
    assert found["ProductionAccessEnabled"] is True
    assert found["SendQuota"]["Max24HourSend"] == 50_000


def test_the_sandbox_sends_one_a_second(post: Any) -> None:
    post.verify("me@myblog.com", "you@example.org")
    post.send("you@example.org")
    with pytest.raises(Exception, match="Maximum sending rate exceeded") as refused:
        post.send("you@example.org")
    assert refused.value.response["Error"]["Code"] == "Throttling"
    post.wait()
    post.send("you@example.org")
    assert len(post.arrived("you@example.org")) == 2


def test_the_sandbox_sends_two_hundred_a_day(post: Any) -> None:
    post.verify("me@myblog.com", "you@example.org")
    for _ in range(200):
        post.send("you@example.org")
        post.wait()
    with pytest.raises(Exception, match="Daily message quota exceeded"):
        post.send("you@example.org")
    assert post.v1.get_send_quota()["SentLast24Hours"] == 200
    post.send(SUCCESS)
    post.cloud.clock.advance(days=1)
    post.send("you@example.org")
    assert post.v1.get_send_quota()["SentLast24Hours"] == 1


# -- messages --------------------------------------------------------------------------------------


def test_mail_reaches_everybody_and_is_kept_whole(ready: Any) -> None:
    sent = ready.v2.send_email(
        FromEmailAddress="MyBlog <me@myblog.com>",
        Destination={
            "ToAddresses": ["A <a@example.org>"],
            "CcAddresses": ["c@example.org"],
            "BccAddresses": ["b@example.org"],
        },
        Content={
            "Simple": {
                "Subject": {"Data": "News"},
                "Body": {"Html": {"Data": "<p>hi</p>"}},
            }
        },
        EmailTags=[{"Name": "kind", "Value": "news"}],
    )
    for address in ("a@example.org", "b@example.org", "c@example.org"):
        (mail,) = ready.cloud.outbox.to(address)
        assert (mail.channel, mail.subject, mail.body) == ("email", "News", "<p>hi</p>")
    (accepted,) = ready.plane.accepted()
    assert accepted.message_id == sent["MessageId"]
    assert accepted.envelope.tags == {"kind": "news"}


def test_a_send_is_one_hop_to_the_identity(ready: Any) -> None:
    ready.send("you@example.org")
    hop = ready.cloud.trace.hops[-1]
    assert (hop.action, hop.target) == ("ses:SendEmail", f"{HERE}:identity/me@myblog.com")


def raw(attachment: str | None = None, size: int = 10) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "MyBlog <me@myblog.com>", "you@example.org"
    message["Cc"], message["Subject"] = "cc@example.org", "Größe"
    message.set_content("plain")
    message.add_alternative("<b>rich</b>", subtype="html")
    if attachment:
        message.add_attachment(
            b"x" * size, maintype="application", subtype="octet-stream", filename=attachment
        )
    return message.as_bytes()


def test_raw_mail_is_read(ready: Any) -> None:
    ready.v1.send_raw_email(RawMessage={"Data": raw("photo.png")})
    (mail,) = ready.cloud.outbox.to("you@example.org")
    assert (mail.subject, mail.body.strip()) == ("Größe", "plain")
    assert ready.arrived("cc@example.org") == ["Größe"]
    envelope = ready.plane.accepted()[0].envelope
    assert (envelope.html.strip(), envelope.files) == ("<b>rich</b>", ("photo.png",))


def test_given_destinations_replace_the_headers(ready: Any) -> None:
    ready.v1.send_raw_email(RawMessage={"Data": raw()}, Destinations=["only@example.org"])
    assert ready.arrived("only@example.org") == ["Größe"]
    assert ready.arrived("you@example.org") == []


def test_programs_and_elephants_are_not_sent(ready: Any, refused: Any) -> None:
    said = refused(ready.v1.send_raw_email, RawMessage={"Data": raw("virus.EXE")})
    assert said == ("InvalidParameterValue", "Illegal filename 'virus.EXE'.")
    big = raw("big.bin", 8 * 1024 * 1024)
    assert (
        "Message length is more than 10485760 bytes"
        in (refused(ready.v1.send_raw_email, RawMessage={"Data": big})[1])
    )
    ready.v2.send_email(Content={"Raw": {"Data": big}})
    assert ready.arrived("you@example.org") == ["Größe"]


def test_fifty_recipients_are_enough(ready: Any, refused: Any) -> None:
    everybody = [f"u{n}@example.org" for n in range(51)]
    params = {
        "Source": "me@myblog.com",
        "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    }
    said = refused(ready.v1.send_email, Destination={"ToAddresses": everybody}, **params)
    assert said == ("InvalidParameterValue", "Recipient count exceeds 50.")
    ready.v1.send_email(Destination={"ToAddresses": everybody[:50]}, **params)
    assert ready.arrived("u49@example.org") == ["s"]


# -- permissions -----------------------------------------------------------------------------------


def allow(action: str = "ses:SendEmail", resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


MESSAGE = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
TO_YOU = {
    "Source": "MyBlog <me@myblog.com>",
    "Destination": {"ToAddresses": ["you@example.org"]},
    "Message": MESSAGE,
}


def test_a_role_without_ses_may_not_send(ready: Any, refused: Any) -> None:
    code, message = refused(ready.role().send_email, **TO_YOU)
    assert code.startswith("AccessDenied")
    assert "ses:SendEmail" in message
    assert f"{HERE}:identity/me@myblog.com" in message
    assert ready.arrived("you@example.org") == []


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow(resource=f"{HERE}:identity/me@myblog.com"), True),
        (allow(resource=f"{HERE}:identity/you@myblog.com"), False),
        (allow("ses:SendRawEmail"), False),
        (allow(Condition={"StringEquals": {"ses:FromAddress": "me@myblog.com"}}), True),
        (allow(Condition={"StringEquals": {"ses:FromAddress": "x@myblog.com"}}), False),
        (allow(Condition={"StringEquals": {"ses:FromDisplayName": "MyBlog"}}), True),
        (
            allow(Condition={"ForAllValues:StringLike": {"ses:Recipients": ["*@example.org"]}}),
            True,
        ),
        (
            allow(Condition={"ForAllValues:StringLike": {"ses:Recipients": ["*@example.net"]}}),
            False,
        ),
        (allow(Condition={"StringEquals": {"ses:ApiVersion": "2"}}), False),
    ],
)
def test_the_permission_is_on_the_identity(
    ready: Any, refused: Any, statement: dict[str, Any], allowed: bool
) -> None:
    client = ready.role(statement)
    if allowed:
        client.send_email(**TO_YOU)
    else:
        assert refused(client.send_email, **TO_YOU)[0].startswith("AccessDenied")
    assert ready.arrived("you@example.org") == (["s"] if allowed else [])


def test_the_identitys_policy_allows_and_denies(ready: Any, refused: Any) -> None:
    client = ready.role()
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:role/r"},
                "Action": "ses:SendEmail",
                "Resource": f"{HERE}:identity/me@myblog.com",
            }
        ],
    }
    put = {"Identity": "me@myblog.com", "PolicyName": "p"}
    ready.v1.put_identity_policy(**put, Policy=json.dumps(policy))
    client.send_email(**TO_YOU)
    policy["Statement"][0]["Effect"] = "Deny"  # type: ignore[index]
    ready.v1.put_identity_policy(**put, Policy=json.dumps(policy))
    assert refused(client.send_email, **TO_YOU)[0].startswith("AccessDenied")
    assert refused(ready.v1.put_identity_policy, **put, Policy="{")[0] == "InvalidPolicy"
    ready.v1.delete_identity_policy(**put)
    assert ready.v1.list_identity_policies(Identity="me@myblog.com")["PolicyNames"] == []


def test_the_second_api_asks_for_the_action_of_the_content(ready: Any, refused: Any) -> None:
    client = ready.role(allow(), service="sesv2")
    simple = {"Simple": MESSAGE}
    sender = {"FromEmailAddress": "me@myblog.com"}
    to = {"Destination": {"ToAddresses": ["you@example.org"]}}
    client.send_email(**sender, **to, Content=simple)
    code, message = refused(client.send_email, Content={"Raw": {"Data": raw()}})
    assert (code, "ses:SendRawEmail" in message) == ("AccessDeniedException", True)


# -- suppression, simulator, events ---------------------------------------------------------------


def test_the_suppression_list_holds_mail_back(ready: Any, refused: Any) -> None:
    ready.v2.put_suppressed_destination(EmailAddress="Gone@Example.org", Reason="BOUNCE")
    ready.send("gone@example.org")
    assert ready.arrived("gone@example.org") == []
    listed = ready.v2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [one["EmailAddress"] for one in listed] == ["gone@example.org"]
    ready.v2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    ready.send("gone@example.org")
    assert ready.arrived("gone@example.org") == ["Hello"]
    ready.v2.delete_suppressed_destination(EmailAddress="gone@example.org")
    said = refused(ready.v2.get_suppressed_destination, EmailAddress="gone@example.org")
    assert said[0] == "NotFoundException"


def test_the_simulator_is_in_the_statistics(post: Any) -> None:
    post.verify("me@myblog.com")
    for local in ("success", "bounce+1", "complaint", "ooto", "suppressionlist"):
        post.send(f"{local}@simulator.amazonses.com")
        post.wait()
    (counts,) = post.v1.get_send_statistics()["SendDataPoints"]
    found = {k: v for k, v in counts.items() if k != "Timestamp"}
    assert found == {"DeliveryAttempts": 5, "Bounces": 2, "Complaints": 1, "Rejects": 0}
    assert post.v1.get_send_quota()["SentLast24Hours"] == 0
    assert post.arrived("bounce+1@simulator.amazonses.com") == []


def listener(post: Any, *, allowed: bool = True) -> Any:
    """A topic, and a function that reads what was published to it."""
    topic = post.cloud.client("sns").create_topic(Name="events")["TopicArn"]
    effect = "Allow" if allowed else "Deny"
    statement = {
        "Effect": effect,
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    post.cloud.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
    queue = post.cloud.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:events"
    post.cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )

    def read() -> list[dict[str, Any]]:
        found = post.cloud.raw("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(m["Body"]) for m in found.get("Messages", [])]

    return topic, read


def test_events_of_a_configuration_set_reach_its_topic(ready: Any) -> None:
    topic, read = listener(ready)
    ready.v2.create_configuration_set(ConfigurationSetName="set")
    ready.v2.create_configuration_set_event_destination(
        ConfigurationSetName="set",
        EventDestinationName="topic",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["SEND", "BOUNCE", "COMPLAINT"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    sent = ready.send("bounce@simulator.amazonses.com", ConfigurationSetName="set")
    events = {one["eventType"]: one for one in read()}
    assert set(events) == {"Send", "Bounce"}
    bounce = events["Bounce"]
    assert bounce["bounce"]["bounceType"] == "Permanent"
    assert bounce["mail"]["messageId"] == sent
    assert bounce["mail"]["sourceArn"] == f"{HERE}:identity/me@myblog.com"
    assert bounce["mail"]["tags"] == {"ses:configuration-set": ["set"]}
    hop = ready.cloud.trace.hops[-1]
    assert (hop.action, hop.source, hop.target) == (
        "sns:Publish",
        f"{HERE}:identity/me@myblog.com",
        topic,
    )
    ready.send("bounce@simulator.amazonses.com")
    assert read() == []


def test_a_topic_that_forbids_it_hears_nothing(ready: Any) -> None:
    topic, read = listener(ready, allowed=False)
    ready.v1.set_identity_notification_topic(
        Identity="me@myblog.com", NotificationType="Complaint", SnsTopic=topic
    )
    ready.send("complaint@simulator.amazonses.com")
    assert read() == []
    assert ready.cloud.trace.hops[-1].error == "AuthorizationError"


def test_notifications_of_an_identity(ready: Any) -> None:
    topic, read = listener(ready)
    ready.v1.set_identity_notification_topic(
        Identity="me@myblog.com", NotificationType="Complaint", SnsTopic=topic
    )
    ready.send("complaint@simulator.amazonses.com")
    (event,) = read()
    assert event["notificationType"] == "Complaint"
    assert event["complaint"]["complaintFeedbackType"] == "abuse"


def test_a_missing_or_paused_set_and_a_paused_account(ready: Any, refused: Any) -> None:
    said = refused(ready.v1.send_email, **TO_YOU, ConfigurationSetName="none")
    assert said == ("ConfigurationSetDoesNotExist", "Configuration set <none> does not exist.")
    ready.v1.create_configuration_set(ConfigurationSet={"Name": "set"})
    ready.v1.update_configuration_set_sending_enabled(ConfigurationSetName="set", Enabled=False)
    said = refused(ready.v1.send_email, **TO_YOU, ConfigurationSetName="set")
    assert said[0] == "ConfigurationSetSendingPausedException"
    ready.v1.update_account_sending_enabled(Enabled=False)
    assert refused(ready.v1.send_email, **TO_YOU)[0] == "AccountSendingPausedException"


def test_equal_clouds_send_equal_mail() -> None:
    found = []
    for _ in range(2):
        with LocalCloud(planes=PLANES) as cloud:
            cloud.client("ses").verify_email_identity(EmailAddress="a@b.org")
            found.append([mail.body for mail in cloud.outbox])
    assert found[0] == found[1]
