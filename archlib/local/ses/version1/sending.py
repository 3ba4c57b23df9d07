"""Sending by the first API: plain, raw, from a template, in bulk."""

from __future__ import annotations

import json
from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ses import resources
from archlib.local.ses.account import Account
from archlib.local.ses.mail import Envelope, destinations, from_raw, parts, weight
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.sending import parse_data
from archlib.local.ses.templates import Template

V: Version = "ses"


class SendingOperations(Operations):
    """Sending by the first API: plain, raw, from a template, in bulk."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "SendEmail": self.send_email,
            "SendRawEmail": self.send_raw,
            "SendTemplatedEmail": self.send_templated,
            "SendBulkTemplatedEmail": self.send_bulk,
        }

    def send_email(self, call: ApiCall) -> Result:
        """SendEmail."""
        params, message = call.params, call.params["Message"]
        text, html = parts(message["Body"])
        subject = message["Subject"]["Data"]
        envelope = Envelope(
            params["Source"],
            **destinations(params["Destination"]),
            subject=subject,
            text=text,
            html=html,
            size=weight(subject, text, html),
            **_options(params, "Tags"),
        )
        return {
            "MessageId": self._services.sending.send(
                self._account(call), call, V, envelope
            ).message_id
        }

    def send_raw(self, call: ApiCall) -> Result:
        """SendRawEmail."""
        params = call.params
        given = tuple(params.get("Destinations") or ())
        try:
            read = from_raw(params["RawMessage"]["Data"], params.get("Source"), given)
        except ValueError as wrong:
            raise refusal(V, "invalid", str(wrong)) from None
        options = _options(params, "Tags")
        options["identity_arn"] = params.get("FromArn") or options["identity_arn"]
        envelope = Envelope(**{**read.__dict__, **options})
        return {
            "MessageId": self._services.sending.send(
                self._account(call), call, V, envelope
            ).message_id
        }

    def send_templated(self, call: ApiCall) -> Result:
        """SendTemplatedEmail."""
        params = call.params
        envelope = Envelope(
            params["Source"], **destinations(params["Destination"]), **_options(params, "Tags")
        )
        accepted = self._services.sending.send_template(
            self._account(call), call, V, envelope, params["Template"], params["TemplateData"]
        )
        return {"MessageId": accepted.message_id}

    def send_bulk(self, call: ApiCall) -> Result:
        """SendBulkTemplatedEmail: one message per destination, each with a status of its own."""
        params, account = call.params, self._account(call)
        default = parse_data(V, params.get("DefaultTemplateData"))
        resources.template(account, V, params["Template"])
        statuses: list[dict[str, str]] = []
        for one in params["Destinations"]:
            data = {**default, **parse_data(V, one.get("ReplacementTemplateData"))}
            envelope = Envelope(
                params["Source"],
                **destinations(one["Destination"]),
                **_options(params, "DefaultTags"),
            )
            made = account.templates[params["Template"]]
            statuses.append(self._bulk_status(account, call, envelope, made, data))
        return {"Status": statuses}

    def _bulk_status(
        self,
        account: Account,
        call: ApiCall,
        envelope: Envelope,
        made: Template,
        data: dict[str, Any],
    ) -> dict[str, str]:
        try:
            accepted = self._services.sending.send_template(
                account, call, V, envelope, made, json.dumps(data)
            )
        except ApiRefusal as refused:
            status = {"MessageRejected": "MessageRejected", "Throttling": "AccountThrottled"}
            return {"Status": status.get(refused.code, "Failed"), "Error": refused.message}
        return {"Status": "Success", "MessageId": accepted.message_id}


def _options(params: dict[str, Any], tags: str) -> dict[str, Any]:
    return {
        "configuration_set": params.get("ConfigurationSetName"),
        "identity_arn": params.get("SourceArn"),
        "tags": {tag["Name"]: tag["Value"] for tag in params.get(tags) or ()},
    }
