"""Subscribing, and the one mail that follows."""

from __future__ import annotations

import json
from datetime import datetime

from archlib.scenarios.browsing import send, url
from archlib.scenarios.myblog.readers import become_sender, messages
from archlib.verify import Site

ADA, BOB = "ada@reader.example", "bob@reader.example"
CLEO, DAN = "cleo@reader.example", "dan@reader.example"
EVE, FAY, GUS = "eve@reader.example", "fay@reader.example", "gus@reader.example"
HAL, IDA = "hal@reader.example", "ida@reader.example"


def subscribe(site: Site, address: str) -> int:
    """Subscribe; the API's status."""
    return send("POST", url(site, "ApiUrl", "/subscribers"), {"email": address}).status


def welcome_flow(site: Site) -> None:
    """One mail for each new subscriber, however often she subscribes."""
    become_sender(site)
    with site.step("Ada subscribes") as step:
        status = subscribe(site, ADA)
        site.wait(seconds=30)
        step.result = {"status": status, "mails": len(site.inbox.to(ADA))}
    with site.step("Ada subscribes again") as step:
        status = subscribe(site, ADA.upper())
        site.wait(minutes=5)
        step.result = {"status": status, "mails": len(site.inbox.to(ADA))}
    with site.step("Bob subscribes") as step:
        status = subscribe(site, BOB)
        site.wait(seconds=30)
        step.result = {"status": status, "mails": len(site.inbox.to(BOB))}
    with site.step("who wrote") as step:
        step.result = sorted({m.body for m in site.inbox.to(ADA)})


def twice_flow(site: Site) -> None:
    """The stream hands a record out at least once; here it does so twice."""
    become_sender(site)
    with site.step("Cleo subscribes") as step:
        subscribe(site, CLEO)
        site.wait(seconds=30)
        again = _deliver_again(site)
        site.wait(minutes=5)
        step.result = {"deliveries": 1 + again, "mails": len(site.inbox.to(CLEO))}


def _deliver_again(site: Site) -> int:
    """Invoke the welcome function with the stream's record of Cleo once more, as Lambda may."""
    table = site.operator("dynamodb").describe_table(TableName=site.outputs["TableName"])["Table"]
    arn, streams = table["LatestStreamArn"], site.operator("dynamodbstreams")
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records += streams.get_records(ShardIterator=iterator)["Records"]
    hers = [r for r in records if r["eventName"] == "INSERT" and CLEO in str(r["dynamodb"]["Keys"])]
    for record in hers:
        event = {"Records": [{**record, "eventSourceARN": arn}]}
        site.operator("lambda").invoke(
            FunctionName=site.outputs["WelcomeFunctionName"],
            Payload=json.dumps(event, default=_plain),
        )
    return len(hers)


def _plain(value: object) -> object:
    """Timestamps as the event carries them: epoch seconds."""
    return value.timestamp() if isinstance(value, datetime) else str(value)


def unverified_flow(site: Site) -> None:
    """Before the sender's address is verified nothing is sent, and nothing is lost in silence."""
    with site.step("Dan subscribes too early") as step:
        status = subscribe(site, DAN)
        site.wait(hours=2)
        step.result = {"status": status, "mails": len(site.inbox.to(DAN))}
    with site.step("what failed") as step:
        step.result = messages(site, "MailFailuresUrl")


def refused_flow(site: Site) -> None:
    """SES refuses for a while: the record is tried again, and there is one mail in the end."""
    become_sender(site)
    mail = site.operator("sesv2")
    mail.put_account_sending_attributes(SendingEnabled=False)
    with site.step("Eve subscribes while sending is paused") as step:
        status = subscribe(site, EVE)
        site.wait(seconds=2)
        step.result = {"status": status, "mails": len(site.inbox.to(EVE))}
    mail.put_account_sending_attributes(SendingEnabled=True)
    with site.step("sending goes on") as step:
        site.wait(minutes=5)
        step.result = len(site.inbox.to(EVE))


def batch_flow(site: Site) -> None:
    """One record of a batch is broken: what comes behind it is handed out again."""
    become_sender(site)
    with site.step("an import with a broken line") as step:
        _import(site, _subscriber(FAY), _subscriber("nobody", broken=True), _subscriber(GUS))
        site.wait(hours=2)
        step.result = {name: len(site.inbox.to(name)) for name in (FAY, GUS)}
    with site.step("what failed of the import") as step:
        step.result = messages(site, "MailFailuresUrl")


def died_flow(site: Site) -> None:
    """An attempt died after its claim: nobody knows whether Hal had his mail."""
    become_sender(site)
    with site.step("Hal's first attempt died midway") as step:
        _import(site, {**_subscriber(HAL), "welcome": {"S": "sending"}})
        site.wait(hours=2)
        step.result = len(site.inbox.to(HAL))
    with site.step("who is told of Hal") as step:
        step.result = messages(site, "MailFailuresUrl")


def forbidden_flow(site: Site) -> None:
    """The welcome function's role may not use SES: there is no mail, and no silence."""
    become_sender(site)
    iam, functions = site.operator("iam"), site.operator("lambda")
    welcome = functions.get_function_configuration(FunctionName=site.outputs["WelcomeFunctionName"])
    named = {"RoleName": welcome["Role"].rsplit("/", 1)[-1], "PolicyName": "no-mail"}
    deny = {"Effect": "Deny", "Action": "ses:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    iam.put_role_policy(**named, PolicyDocument=json.dumps(policy))
    with site.step("Ida subscribes while the role lacks SES") as step:
        status = subscribe(site, IDA)
        site.wait(hours=2)
        step.result = {"status": status, "mails": len(site.inbox.to(IDA))}
    with site.step("who is told of Ida") as step:
        step.result = messages(site, "MailFailuresUrl")
    iam.delete_role_policy(**named)


def _subscriber(address: str, broken: bool = False) -> dict[str, dict[str, str]]:
    """A subscriber's item as the API writes it; a broken one has no address."""
    item = {"pk": {"S": f"subscriber#{address}"}, "sk": {"S": "subscription"}, "since": {"N": "0"}}
    return item if broken else {**item, "email": {"S": address}}


def _import(site: Site, *items: dict[str, dict[str, str]]) -> None:
    """The operator writes subscribers at once, so that their changes come in one batch."""
    site.operator("dynamodb").batch_write_item(
        RequestItems={site.outputs["TableName"]: [{"PutRequest": {"Item": item}} for item in items]}
    )
