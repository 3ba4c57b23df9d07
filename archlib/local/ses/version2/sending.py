"""Sending by the second API: simple, raw, from a template, in bulk."""

from __future__ import annotations

import json
from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ses import resources
from archlib.local.ses.mail import Accepted, Envelope, destinations, from_raw, parts, weight
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.sending import parse_data
from archlib.local.ses.templates import Template

V: Version = "sesv2"


class SendingOperations(Operations):
    """Sending by the second API: simple, raw, from a template, in bulk."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "SendEmail": self.send_email,
            "SendBulkEmail": self.send_bulk,
        }

    def send_email(self, call: ApiCall) -> Result:
        """SendEmail: simple, raw, or from a template."""
        params, content = call.params, call.params["Content"]
        account, options = self._account(call), _options(params, "EmailTags")
        source = params.get("FromEmailAddress")
        addressed = destinations(params.get("Destination", {}))
        if "Raw" in content:
            everybody = tuple(one for group in addressed.values() for one in group)
            try:
                read = from_raw(content["Raw"]["Data"], source, everybody)
            except ValueError as wrong:
                raise refusal(V, "invalid", str(wrong)) from None
            envelope = Envelope(**{**read.__dict__, **options})
            return _id(self._services.sending.send(account, call, V, envelope))
        if not source:
            raise refusal(V, "invalid", "FromEmailAddress is missing")
        if "Template" in content:
            given = content["Template"]
            envelope = Envelope(source, **addressed, **options)
            template = _named_or_inline(given)
            return _id(
                self._services.sending.send_template(
                    account, call, V, envelope, template, given.get("TemplateData")
                )
            )
        if "Simple" not in content:
            raise refusal(V, "invalid", "One of Simple, Raw and Template must be given")
        simple = content["Simple"]
        text, html = parts(simple["Body"])
        files = simple.get("Attachments") or ()
        size = weight(
            simple["Subject"]["Data"],
            text,
            html,
            attachments=tuple(bytes(one["RawContent"]) for one in files),
        )
        envelope = Envelope(
            source,
            **addressed,
            subject=simple["Subject"]["Data"],
            text=text,
            html=html,
            size=size,
            files=tuple(one["FileName"] for one in files),
            **options,
        )
        return _id(self._services.sending.send(account, call, V, envelope))

    def send_bulk(self, call: ApiCall) -> Result:
        """SendBulkEmail: one message per entry, each with a status of its own."""
        params, account = call.params, self._account(call)
        default = params["DefaultContent"]["Template"]
        template = _named_or_inline(default)
        if isinstance(template, str):
            template = resources.template(account, V, template)
        values = parse_data(V, default.get("TemplateData"))
        results = []
        for entry in params["BulkEmailEntries"]:
            own = entry.get("ReplacementEmailContent", {}).get("ReplacementTemplate", {})
            data = {**values, **parse_data(V, own.get("ReplacementTemplateData"))}
            envelope = Envelope(
                params["FromEmailAddress"],
                **destinations(entry["Destination"]),
                **_options(params, "DefaultEmailTags"),
            )
            try:
                sent = self._services.sending.send_template(
                    account, call, V, envelope, template, json.dumps(data)
                )
            except ApiRefusal as refused:
                results.append({"Status": _bulk_status(refused.code), "Error": refused.message})
            else:
                results.append({"Status": "SUCCESS", "MessageId": sent.message_id})
        return {"BulkEmailEntryResults": results}


def _options(params: dict[str, Any], tags: str) -> dict[str, Any]:
    return {
        "configuration_set": params.get("ConfigurationSetName"),
        "identity_arn": params.get("FromEmailAddressIdentityArn"),
        "tags": {tag["Name"]: tag["Value"] for tag in params.get(tags) or ()},
    }


def _id(accepted: Accepted) -> Result:
    return {"MessageId": accepted.message_id}


def _named_or_inline(given: dict[str, Any]) -> Template | str:
    """The template that a message is made from: stored, or brought along."""
    if "TemplateContent" in given:
        content = given["TemplateContent"]
        return Template(
            "inline", content.get("Subject", ""), content.get("Text", ""), content.get("Html", "")
        )
    if given.get("TemplateName"):
        return str(given["TemplateName"])
    if given.get("TemplateArn"):
        return str(given["TemplateArn"]).rpartition("/")[2]
    raise refusal(V, "invalid", "One of TemplateName, TemplateArn and TemplateContent is needed")


def _bulk_status(code: str) -> str:
    known = {"MessageRejected": "MESSAGE_REJECTED", "TooManyRequestsException": "ACCOUNT_THROTTLED"}
    return known.get(code, "FAILED")
