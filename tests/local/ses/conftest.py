"""A cloud with SES, and ways to become somebody who may send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from archlib.local import LocalCloud
from archlib.local.ses import SesPlane, verification_link

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.ses:SesPlane",
          "archlib.local.deploy:CloudFormation")  # fmt: skip


@dataclass
class Post:
    """The cloud, and short ways through it."""

    cloud: LocalCloud

    @property
    def v1(self) -> Any:
        return self.cloud.client("ses")

    @property
    def v2(self) -> Any:
        return self.cloud.client("sesv2")

    @property
    def plane(self) -> SesPlane:
        return self.cloud.plane(SesPlane)

    def wait(self, seconds: float = 1) -> None:
        """Let the rate of the sandbox recover."""
        self.cloud.clock.advance(seconds=seconds)

    def link(self, address: str) -> str:
        """The newest verification link that arrived."""
        return verification_link(self.cloud.outbox.to(address)[-1].body)

    def verify(self, *addresses: str) -> None:
        """Verify addresses as their owners do."""
        for address in addresses:
            self.v1.verify_email_identity(EmailAddress=address)
            assert requests.get(self.link(address), timeout=5).status_code == 200

    def leave_sandbox(self) -> None:
        """Ask for production access and wait for it."""
        self.v2.put_account_details(
            MailType="TRANSACTIONAL",
            WebsiteURL="https://myblog.com",
            ProductionAccessEnabled=True,
            UseCaseDescription="Welcome mail",
        )
        self.cloud.clock.advance(hours=1)

    def send(self, to: str, source: str = "me@myblog.com", **more: Any) -> str:
        """Send by the first API."""
        sent = self.v1.send_email(
            Source=source,
            Destination={"ToAddresses": [to]},
            Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Welcome!"}}},
            **more,
        )
        return str(sent["MessageId"])

    def arrived(self, address: str) -> list[str]:
        """Subjects of the mail that arrived, verification aside."""
        return [m.subject for m in self.cloud.outbox.to(address) if m.kind == "ses"]

    def role(self, *statements: dict[str, Any], service: str = "ses") -> Any:
        """A client of a role with these permissions."""
        iam = self.cloud.client("iam")
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
            ],
        }
        arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        if statements:
            iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(document))
        credentials = self.cloud.identities.issue(arn["Role"]["Arn"], "me")
        return self.cloud.client(service, credentials=credentials)


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    """Code and message of a refused call."""
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def post() -> Iterator[Post]:
    with LocalCloud(planes=PLANES) as cloud:
        yield Post(cloud)


@pytest.fixture
def ready(post: Post) -> Post:
    """Out of the sandbox, with one verified sender."""
    post.leave_sandbox()
    post.verify("me@myblog.com")
    return post


@pytest.fixture
def refused() -> Any:
    return refusal
