"""MyBlog's welcome function as it is deployed: one mail, however often a record comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from archlib.architecture import Architecture
from archlib.components import Function, MailSender, Table
from archlib.local import LocalCloud
from archlib.local.ses import verification_link
from archlib.scenarios.myblog.welcome import CODE
from archlib.template import emit

pytestmark = pytest.mark.slow

SENDER = "hello@myblog.example"


def design() -> Architecture:
    """The function with table and sender, without the stream that invokes it."""
    function = Function("Worker", "worker", code=CODE)
    table = Table("Items", "items", partition_key="pk", sort_key="sk")
    sender = MailSender("Mail", "mail", address=SENDER)
    return Architecture(
        *("d", "D", "For a test", (function, table, sender)),
        (
            function.writes(table, operations=("UpdateItem",)),
            function.sends_mail_through(sender),
        ),
    )


@dataclass
class Office:
    """The deployed function, and subscribers in its table."""

    cloud: LocalCloud
    function: str
    table: str

    def subscribe(self, address: str, **more: str) -> dict[str, Any]:
        """Store a subscriber; the record that the stream would hold."""
        keys = {"pk": {"S": f"subscriber#{address}"}, "sk": {"S": "subscription"}}
        item = {**keys, "email": {"S": address}, **{k: {"S": v} for k, v in more.items()}}
        self.cloud.client("dynamodb").put_item(TableName=self.table, Item=item)
        return {
            "eventName": "INSERT",
            "dynamodb": {"Keys": keys, "NewImage": item, "SequenceNumber": f"1-{address}"},
        }

    def tell(self, *records: dict[str, Any]) -> list[str]:
        """Hand the function a batch; the records that are to be tried again."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.function, Payload=json.dumps({"Records": records}).encode()
        )
        body = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, body
        return [failed["itemIdentifier"].removeprefix("1-") for failed in body["batchItemFailures"]]

    def mails(self, address: str) -> int:
        return sum(m.kind == "ses" for m in self.cloud.outbox.to(address))

    def state(self, address: str) -> str | None:
        key = {"pk": {"S": f"subscriber#{address}"}, "sk": {"S": "subscription"}}
        found = self.cloud.client("dynamodb").get_item(TableName=self.table, Key=key)["Item"]
        state: str | None = found.get("welcome", {}).get("S")
        return state

    def verify(self) -> None:
        """The sender's owner follows the link."""
        link = verification_link(self.cloud.outbox.to(SENDER)[-1].body)
        assert requests.get(link, timeout=5).status_code == 200


@pytest.fixture
def unverified() -> Iterator[Office]:
    """Out of the sandbox, with a sender that nobody has confirmed."""
    made = emit(design())
    with LocalCloud() as cloud:
        deployed = cloud.deploy(made.template, stack_name="office", assets=made.assets)
        cloud.client("sesv2").put_account_details(
            MailType="TRANSACTIONAL",
            WebsiteURL="https://myblog.example",
            ProductionAccessEnabled=True,
            UseCaseDescription="Welcome mail",
        )
        cloud.clock.advance(hours=1)
        ids = {name: found.physical_id for name, found in deployed.resources.items()}
        yield Office(cloud, ids["Worker"], ids["Items"])


@pytest.fixture
def office(unverified: Office) -> Office:
    unverified.verify()
    return unverified


def test_each_new_subscriber_gets_one_mail_from_the_blog(office: Office) -> None:
    batch = [office.subscribe("ann@example.org"), office.subscribe("bob@example.org")]
    assert office.tell(*batch) == []
    for address in ("ann@example.org", "bob@example.org"):
        (mail,) = [m for m in office.cloud.outbox.to(address) if m.kind == "ses"]
        assert mail.subject == "Welcome to MyBlog"
        assert "thank you for subscribing" in mail.body
        assert office.state(address) == "sent"


def test_a_batch_that_comes_again_sends_nothing_again(office: Office) -> None:
    batch = [office.subscribe("ann@example.org"), office.subscribe("bob@example.org")]
    for _ in range(3):
        assert office.tell(*batch) == []
    assert office.tell(batch[0], batch[0]) == []
    assert (office.mails("ann@example.org"), office.mails("bob@example.org")) == (1, 1)


def test_only_the_record_that_failed_is_to_be_tried_again(office: Office) -> None:
    bad = office.subscribe("not an address")
    good = office.subscribe("ann@example.org")
    assert office.tell(bad, good) == ["not an address"]
    assert (office.mails("ann@example.org"), office.state("ann@example.org")) == (1, "sent")


def test_an_unverified_sender_sends_nothing_and_the_retry_does(unverified: Office) -> None:
    office = unverified
    record = office.subscribe("ann@example.org")
    assert office.tell(record) == ["ann@example.org"]
    assert (office.mails("ann@example.org"), office.state("ann@example.org")) == (0, None)
    office.verify()
    assert office.tell(record) == []
    assert (office.mails("ann@example.org"), office.state("ann@example.org")) == (1, "sent")


def test_a_mail_in_doubt_is_left_to_a_person(office: Office) -> None:
    """An attempt that died after its claim may have sent the mail, or not."""
    record = office.subscribe("ann@example.org", welcome="sending")
    for _ in range(3):
        assert office.tell(record) == ["ann@example.org"]
    assert office.mails("ann@example.org") == 0


def test_an_attempt_that_cannot_say_it_was_sent_does_not_send_twice(office: Office) -> None:
    """SES has the mail, then the table refuses the mark: the retries find the claim."""
    from archlib.local.refusal import ApiRefusal

    broken = [True]

    def refuse(call: Any) -> Any:
        marks = call.params.get("ExpressionAttributeValues", {}).get(":state") == {"S": "sent"}
        if marks and broken[0]:
            raise ApiRefusal("InternalServerError", "for a test", 500)
        return call.proceed()

    record = office.subscribe("ann@example.org")
    office.cloud.api.handle("dynamodb", "UpdateItem", refuse)
    assert office.tell(record) == ["ann@example.org"]
    broken[0] = False
    assert office.tell(record) == ["ann@example.org"]
    assert (office.mails("ann@example.org"), office.state("ann@example.org")) == (1, "sending")


def test_who_unsubscribed_meanwhile_is_not_welcomed(office: Office) -> None:
    record = office.subscribe("ann@example.org")
    office.cloud.client("dynamodb").delete_item(
        TableName=office.table, Key=record["dynamodb"]["Keys"]
    )
    assert office.tell(record) == []
    assert office.mails("ann@example.org") == 0


def test_without_permission_no_mail_leaves(office: Office) -> None:
    iam = office.cloud.client("iam")
    (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if "Worker" in r["RoleName"]]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    document["Statement"] = [s for s in document["Statement"] if s["Action"] != "ses:SendEmail"]
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    record = office.subscribe("ann@example.org")
    assert office.tell(record) == ["ann@example.org"]
    assert (office.mails("ann@example.org"), office.state("ann@example.org")) == (0, None)
