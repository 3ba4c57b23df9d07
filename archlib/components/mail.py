"""Mail: Amazon SES."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow, Component
from archlib.architecture.values import Ref, Sub, Value
from archlib.components.base import AwsComponent, Piece, TemplateParameter
from archlib.components.statements import sid
from archlib.components.wiring import Condition, Grant, Wire

if TYPE_CHECKING:
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class SendsMail(Wire):
    """A function sends mail from a verified sender."""


@dataclass(frozen=True)
class MailSender(AwsComponent):
    """An address that mail is sent from; whoever deploys chooses it.

    SES sends nothing before the address is verified: it mails a link there, which somebody must
    follow. A new account is in the sandbox, where recipients must be verified too. Source: Amazon
    SES Developer Guide, "Verified identities", "Request production access".
    """

    address: str = field(kw_only=True)

    @property
    def icon(self) -> str:
        """SES's icon."""
        return "aws.engagement.SimpleEmailServiceSes"

    @property
    def parameter(self) -> str:
        """The template parameter that holds the address."""
        return f"{self.name}Address"

    @property
    def sender(self) -> Value:
        """The address."""
        return Ref(self.parameter)

    @property
    def arn(self) -> Value:
        """The identity's ARN."""
        return Sub(
            "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${"
            + self.parameter
            + "}"
        )

    def parameters(self) -> Iterator[TemplateParameter]:
        """The address, with the component's own as the default."""
        yield TemplateParameter(
            self.parameter,
            "Address that mail is sent from; SES mails it a link that must be followed",
            self.address,
            r"[^@\s]+@[^@\s]+\.[^@\s]+",
        )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The identity."""
        from troposphere import Ref as CfnRef
        from troposphere import ses

        yield Piece(
            ses.EmailIdentity(self.name, EmailIdentity=CfnRef(self.parameter)),
            "The sender: SES sends in its name once its owner has agreed",
        )


def sends_mail(
    function: Component, sender: MailSender, label: str, note: str | None, variable: str
) -> SendsMail:
    """Sending mail as this sender and nobody else."""
    name = "sends_mail_through"
    condition = Condition("StringEquals", "ses:FromAddress", (sender.sender,))
    grant = Grant(
        function.name, sid(name, sender.name), ("ses:SendEmail",), (sender.arn,), (condition,)
    )
    return SendsMail(
        function.name,
        sender.name,
        name,
        label,
        Arrow.FORWARD,
        note=note,
        grants=(grant,),
        environment=((variable, sender.sender),),
    )
