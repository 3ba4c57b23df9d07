"""Sending: every check that SES makes, in its order, and what becomes of each recipient.

Sources: Amazon SES Developer Guide, "Request production access (moving out of the Amazon SES
sandbox)" (in the sandbox sender and recipients must be verified), "Using the mailbox simulator
manually", "Using the Amazon SES account-level suppression list" (SES takes the message and does
not send it), "Using templates to send personalized email" (a rendering failure is an event, the
request succeeds); Amazon SES API Reference, "SendEmail".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.outbox import Message
from archlib.local.ses import addresses
from archlib.local.ses.account import Account, ConfigurationSet, Identity
from archlib.local.ses.events import Event, Events, stamp
from archlib.local.ses.mail import FORBIDDEN, MOST_RECIPIENTS, Accepted, Envelope
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.templates import Rendered, RenderingFailure, Template, render

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

KIND = "ses"

#: Bytes of a message, by API version.
_LARGEST: Mapping[Version, int] = {"ses": 10 * 1024 * 1024, "sesv2": 40 * 1024 * 1024}


class Sending:
    """Takes messages for accounts."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._events = Events(cloud)

    def send(
        self, account: Account, call: ApiCall, version: Version, envelope: Envelope
    ) -> Accepted:
        """Take a message, or raise :class:`ApiRefusal`; verified ones reach the outbox."""
        identity = account.identity_for(envelope.source)
        if identity is not None:
            call.hop.target = envelope.identity_arn or identity.arn
            if envelope.configuration_set is None and identity.configuration_set:
                envelope = replace(envelope, configuration_set=identity.configuration_set)
        self._allowed(account, version, envelope)
        self._well_formed(account, version, envelope)
        self._verified(account, version, envelope)
        identity = account.identity_for(envelope.source)
        assert identity is not None, envelope.source
        self._within_quota(account, version, envelope)
        return self._take(account, identity, envelope, None)

    def send_template(
        self,
        account: Account,
        call: ApiCall,
        version: Version,
        envelope: Envelope,
        template: Template | str,
        data: str | None,
    ) -> Accepted:
        """Take a message made from a template (or its name) and JSON data."""
        if isinstance(template, str):
            found = account.templates.get(template)
            if found is None:
                raise refusal(version, "no_template", f"Template {template} does not exist")
            template = found
        values = parse_data(version, data)
        try:
            rendered = render(template, values)
        except RenderingFailure as failure:
            return self._unrendered(account, call, version, envelope, template, str(failure))
        return self.send(account, call, version, filled(envelope, template, rendered))

    # -- checks -----------------------------------------------------------------------------------

    def _allowed(self, account: Account, version: Version, envelope: Envelope) -> None:
        if not account.sending:
            message = f"Email sending is disabled for this account in region {account.region}"
            raise refusal(version, "paused", message)
        chosen = self._set(account, version, envelope)
        if chosen is not None and not chosen.sending:
            message = f"Sending is paused for configuration set <{chosen.name}>."
            raise refusal(version, "set_paused", message)

    def _set(
        self, account: Account, version: Version, envelope: Envelope
    ) -> ConfigurationSet | None:
        name = envelope.configuration_set
        if name is not None and name not in account.sets:
            raise refusal(version, "no_set", f"Configuration set <{name}> does not exist.")
        return None if name is None else account.sets[name]

    def _well_formed(self, account: Account, version: Version, envelope: Envelope) -> None:
        recipients = envelope.recipients
        if not recipients:
            raise refusal(version, "invalid", "Empty required header 'To'.")
        if len(recipients) > MOST_RECIPIENTS:
            raise refusal(version, "invalid", f"Recipient count exceeds {MOST_RECIPIENTS}.")
        for given in (envelope.source, *recipients):
            if (wrong := addresses.problem(given)) is not None:
                raise refusal(version, "invalid", wrong)
        if envelope.size > _LARGEST[version]:
            raise refusal(
                version,
                "invalid",
                f"Message length is more than {_LARGEST[version]} bytes long: '{envelope.size}'.",
            )
        for name in envelope.files:
            if name.rpartition(".")[2].lower() in FORBIDDEN:
                account.count(rejects=1)
                raise refusal(version, "invalid", f"Illegal filename '{name}'.")

    def _verified(self, account: Account, version: Version, envelope: Envelope) -> None:
        needed = [envelope.source]
        if not account.production:
            needed += [r for r in envelope.recipients if addresses.simulated(r) is None]
        failed = [one for one in dict.fromkeys(needed) if not account.verified(one)]
        if failed:
            raise refusal(
                version,
                "rejected",
                "Email address is not verified. The following identities failed the check in "
                f"region {account.region.upper()}: {', '.join(failed)}",
            )

    def _within_quota(self, account: Account, version: Version, envelope: Envelope) -> None:
        everybody = len(envelope.recipients)
        counted = sum(addresses.simulated(r) is None for r in envelope.recipients)
        if (reason := account.quota.refuses(account.limits, counted)) is not None:
            raise refusal(version, "quota", reason)
        account.quota.take(account.limits, everybody, counted)

    # -- what becomes of it -----------------------------------------------------------------------

    def _take(
        self, account: Account, identity: Identity, envelope: Envelope, failed: str | None
    ) -> Accepted:
        arn = envelope.identity_arn or identity.arn
        now = self._cloud.clock.now()
        mail = Accepted(self._message_id(), account.region, arn, now, envelope, failed)
        account.accepted.append(mail)
        if failed is not None:
            failure = {"errorMessage": failed, "templateName": envelope.template}
            self._events.publish(account, Event("RENDERING_FAILURE", mail, failure))
            return mail
        self._events.publish(account, Event("SEND", mail, {}))
        for given in envelope.recipients:
            account.count(attempts=1)
            self._deliver(account, mail, addresses.bare(given))
        return mail

    def _deliver(self, account: Account, mail: Accepted, to: str) -> None:
        simulated = addresses.simulated(to)
        if simulated == "suppressionlist" or self._suppressed(account, mail, to):
            kind = "Suppressed" if simulated else "OnAccountSuppressionList"
            self._bounce(account, mail, to, kind)
            return
        if simulated == "bounce":
            self._bounce(account, mail, to, "General")
            return
        envelope = mail.envelope
        self._cloud.outbox.add(
            Message(
                "email", to, envelope.subject, envelope.text or envelope.html, KIND, mail.sent_at
            )
        )
        when = stamp(mail.sent_at)
        delivered = {
            "timestamp": when,
            "processingTimeMillis": 0,
            "recipients": [to],
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": f"a8-70.smtp-out.{account.region}.amazonses.com",
        }
        self._events.publish(account, Event("DELIVERY", mail, delivered))
        if simulated == "complaint":
            account.count(complaints=1)
            complaint = {
                "complainedRecipients": [{"emailAddress": to}],
                "timestamp": when,
                "feedbackId": self._message_id(),
                "userAgent": "Amazon SES Mailbox Simulator",
                "complaintFeedbackType": "abuse",
                "arrivalDate": when,
            }
            self._events.publish(account, Event("COMPLAINT", mail, complaint))

    def _suppressed(self, account: Account, mail: Accepted, to: str) -> bool:
        listed = account.suppression.get(to.lower())
        chosen = account.sets.get(mail.envelope.configuration_set or "")
        own = None if chosen is None else chosen.suppressed
        reasons = account.suppressed_reasons if own is None else own
        return listed is not None and listed.reason in reasons

    def _bounce(self, account: Account, mail: Accepted, to: str, kind: str) -> None:
        account.count(bounces=1)
        bounce = {
            "bounceType": "Permanent",
            "bounceSubType": kind,
            "bouncedRecipients": [
                {
                    "emailAddress": to,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
            "timestamp": stamp(mail.sent_at),
            "feedbackId": self._message_id(),
            "reportingMTA": f"dsn; a8-70.smtp-out.{account.region}.amazonses.com",
        }
        self._events.publish(account, Event("BOUNCE", mail, bounce))

    def _unrendered(
        self,
        account: Account,
        call: ApiCall,
        version: Version,
        envelope: Envelope,
        template: Template,
        why: str,
    ) -> Accepted:
        self._allowed(account, version, envelope)
        self._well_formed(account, version, envelope)
        self._verified(account, version, envelope)
        identity = account.identity_for(envelope.source)
        assert identity is not None, envelope.source
        call.hop.target = envelope.identity_arn or identity.arn
        call.hop.detail["rendering_failure"] = why
        subject = replace(envelope, template=template.name, subject=template.subject)
        return self._take(account, identity, subject, why)

    def _message_id(self) -> str:
        head = self._cloud.new_id("ses-message", 16, "0123456789abcdef")
        return f"{head}-{self._cloud.new_uuid()}-000000"


def filled(envelope: Envelope, template: Template, rendered: Rendered) -> Envelope:
    """An envelope with a rendered template in it."""
    size = sum(len(part.encode()) for part in (rendered.subject, rendered.text, rendered.html))
    return replace(
        envelope,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        size=size,
        template=template.name,
    )


def parse_data(version: Version, data: str | None) -> dict[str, Any]:
    """Template data; raises :class:`ApiRefusal` for what is no JSON object."""
    try:
        values = json.loads(data or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise refusal(version, "invalid", "Template rendering data is invalid")
    return values
