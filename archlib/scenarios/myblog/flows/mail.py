"""Subscribing, and the one mail that follows."""

from __future__ import annotations

import json
from datetime import datetime

from archlib.scenarios.myblog.readers import become_sender, messages, send, url
from archlib.verify import Site

ADA, BOB = "ada@reader.example", "bob@reader.example"
CLEO, DAN = "cleo@reader.example", "dan@reader.example"


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
