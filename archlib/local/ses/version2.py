"""The operations of the second API (``sesv2``). Source: Amazon SES API v2 Reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.clock import Clock
from archlib.local.refusal import ApiRefusal
from archlib.local.ses import resources
from archlib.local.ses.account import Account, ConfigurationSet, Identity, Suppressed
from archlib.local.ses.addresses import bare, problem
from archlib.local.ses.mail import Envelope, destinations, from_raw, parts, weight
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.sending import Sending, parse_data
from archlib.local.ses.templates import RenderingFailure, Template, render
from archlib.local.ses.verification import Verification

V: Version = "sesv2"

REVIEW: Final = 3600.0
"""Virtual seconds until production access is granted; AWS answers within 24 hours."""


class SecondApi:
    """Handlers of ``sesv2``."""

    def __init__(
        self,
        account_in: Callable[[str], Account],
        sending: Sending,
        verification: Verification,
        tokens: Callable[[], tuple[str, ...]],
        clock: Clock,
    ) -> None:
        self._account_in = account_in
        self._sending = sending
        self._verification = verification
        self._tokens = tokens
        self._clock = clock

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "SendEmail": self.send_email,
            "SendBulkEmail": self.send_bulk,
            "CreateEmailIdentity": self.create_identity,
            "GetEmailIdentity": self.get_identity,
            "DeleteEmailIdentity": self.delete_identity,
            "ListEmailIdentities": self.list_identities,
            "PutEmailIdentityConfigurationSetAttributes": self.put_identity_set,
            "CreateEmailIdentityPolicy": self.create_policy,
            "UpdateEmailIdentityPolicy": self.update_policy,
            "GetEmailIdentityPolicies": self.policies,
            "DeleteEmailIdentityPolicy": self.delete_policy,
            "GetAccount": self.account,
            "PutAccountDetails": self.put_details,
            "PutAccountSendingAttributes": self.put_sending,
            "PutAccountSuppressionAttributes": self.put_suppression,
            "PutSuppressedDestination": self.suppress,
            "GetSuppressedDestination": self.suppressed,
            "DeleteSuppressedDestination": self.unsuppress,
            "ListSuppressedDestinations": self.list_suppressed,
            "CreateEmailTemplate": self.create_template,
            "UpdateEmailTemplate": self.update_template,
            "GetEmailTemplate": self.get_template,
            "ListEmailTemplates": self.list_templates,
            "DeleteEmailTemplate": self.delete_template,
            "TestRenderEmailTemplate": self.test_render,
            "CreateConfigurationSet": self.create_set,
            "GetConfigurationSet": self.get_set,
            "DeleteConfigurationSet": self.delete_set,
            "ListConfigurationSets": self.list_sets,
            "PutConfigurationSetSendingOptions": self.put_set_sending,
            "PutConfigurationSetSuppressionOptions": self.put_set_suppression,
            "CreateConfigurationSetEventDestination": self.create_destination,
            "UpdateConfigurationSetEventDestination": self.update_destination,
            "GetConfigurationSetEventDestinations": self.destinations,
            "DeleteConfigurationSetEventDestination": self.delete_destination,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.tags,
        }

    def _account(self, call: ApiCall) -> Account:
        return self._account_in(call.region)

    # -- sending ----------------------------------------------------------------------------------

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
            return _id(self._sending.send(account, call, V, envelope))
        if not source:
            raise refusal(V, "invalid", "FromEmailAddress is missing")
        if "Template" in content:
            given = content["Template"]
            envelope = Envelope(source, **addressed, **options)
            template = _named_or_inline(given)
            return _id(
                self._sending.send_template(
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
        return _id(self._sending.send(account, call, V, envelope))

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
                sent = self._sending.send_template(
                    account, call, V, envelope, template, json.dumps(data)
                )
            except ApiRefusal as refused:
                results.append({"Status": _bulk_status(refused.code), "Error": refused.message})
            else:
                results.append({"Status": "SUCCESS", "MessageId": sent.message_id})
        return {"BulkEmailEntryResults": results}

    # -- identities -------------------------------------------------------------------------------

    def create_identity(self, call: ApiCall) -> Result:
        """CreateEmailIdentity: sends the mail, or gives the records to publish."""
        params, account = call.params, self._account(call)
        name = params["EmailIdentity"]
        if "DkimSigningAttributes" in params and (
            "DomainSigningPrivateKey" in params["DkimSigningAttributes"]
        ):
            raise Unsupported("the local SES does not take DKIM keys of yours", where=name)
        if account.named(name) is not None:
            raise refusal(V, "exists", f"Email identity {name} already exist.")
        if "@" in name and (wrong := problem(name)) is not None:
            raise refusal(V, "invalid", wrong)
        identity = account.add(name)
        if params.get("ConfigurationSetName"):
            resources.configuration_set(account, V, params["ConfigurationSetName"])
            identity.configuration_set = params["ConfigurationSetName"]
        identity.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
        if identity.is_domain:
            identity.tokens, identity.dkim = self._tokens(), "PENDING"
        self._verification.begin(account, identity)
        shown = _identity(identity)
        return {
            key: shown[key]
            for key in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")
        }

    def get_identity(self, call: ApiCall) -> Result:
        """GetEmailIdentity."""
        return _identity(self._identity(call))

    def delete_identity(self, call: ApiCall) -> Result:
        """DeleteEmailIdentity."""
        self._account(call).remove(self._identity(call).name)
        return {}

    def list_identities(self, call: ApiCall) -> Result:
        """ListEmailIdentities."""
        return {
            "EmailIdentities": [
                {
                    "IdentityType": "DOMAIN" if one.is_domain else "EMAIL_ADDRESS",
                    "IdentityName": one.name,
                    "SendingEnabled": one.verified,
                    "VerificationStatus": one.status,
                }
                for one in self._account(call).identities.values()
            ]
        }

    def put_identity_set(self, call: ApiCall) -> Result:
        """PutEmailIdentityConfigurationSetAttributes."""
        identity = self._identity(call)
        name = call.params.get("ConfigurationSetName") or None
        if name is not None:
            resources.configuration_set(self._account(call), V, name)
        identity.configuration_set = name
        return {}

    def create_policy(self, call: ApiCall) -> Result:
        """CreateEmailIdentityPolicy."""
        identity, name = self._identity(call), call.params["PolicyName"]
        if name in identity.policies:
            raise refusal(V, "exists", f"Policy {name} already exists")
        identity.policies[name] = resources.policy(V, call.params["Policy"])
        return {}

    def update_policy(self, call: ApiCall) -> Result:
        """UpdateEmailIdentityPolicy."""
        identity, name = self._identity(call), call.params["PolicyName"]
        if name not in identity.policies:
            raise refusal(V, "not_found", f"Policy {name} does not exist")
        identity.policies[name] = resources.policy(V, call.params["Policy"])
        return {}

    def policies(self, call: ApiCall) -> Result:
        """GetEmailIdentityPolicies."""
        return {"Policies": dict(self._identity(call).policies)}

    def delete_policy(self, call: ApiCall) -> Result:
        """DeleteEmailIdentityPolicy."""
        self._identity(call).policies.pop(call.params["PolicyName"], None)
        return {}

    def _identity(self, call: ApiCall) -> Identity:
        return resources.identity(self._account(call), V, call.params["EmailIdentity"])

    # -- account ----------------------------------------------------------------------------------

    def account(self, call: ApiCall) -> Result:
        """GetAccount."""
        account = self._account(call)
        shown: Result = {
            "DedicatedIpAutoWarmupEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": account.production,
            "SendQuota": {
                "Max24HourSend": account.limits.daily,
                "MaxSendRate": account.limits.rate,
                "SentLast24Hours": float(account.quota.last_day),
            },
            "SendingEnabled": account.sending,
            "SuppressionAttributes": {"SuppressedReasons": list(account.suppressed_reasons)},
        }
        if account.details:
            shown["Details"] = {**account.details, "ReviewDetails": {"Status": account.review}}
        return shown

    def put_details(self, call: ApiCall) -> Result:
        """PutAccountDetails: asks for production access, which is granted after a review."""
        account, params = self._account(call), call.params
        if account.review == "PENDING":
            raise ApiRefusal("ConflictException", "A review is already in progress", 409)
        kept = ("MailType", "WebsiteURL", "ContactLanguage", "UseCaseDescription",
                "AdditionalContactEmailAddresses")  # fmt: skip
        account.details = {name: params[name] for name in kept if name in params}
        if not params.get("ProductionAccessEnabled") or account.production:
            account.review = account.review or "GRANTED"
            return {}
        account.review = "PENDING"

        def granted() -> None:
            account.review, account.production = "GRANTED", True

        self._clock.after(REVIEW, granted, f"SES production access in {account.region}")
        return {}

    def put_sending(self, call: ApiCall) -> Result:
        """PutAccountSendingAttributes."""
        self._account(call).sending = bool(call.params.get("SendingEnabled", False))
        return {}

    def put_suppression(self, call: ApiCall) -> Result:
        """PutAccountSuppressionAttributes."""
        reasons = tuple(call.params.get("SuppressedReasons") or ())
        self._account(call).suppressed_reasons = reasons
        return {}

    def suppress(self, call: ApiCall) -> Result:
        """PutSuppressedDestination."""
        address = bare(call.params["EmailAddress"]).lower()
        entry = Suppressed(address, call.params["Reason"], self._clock.now())
        self._account(call).suppression[address] = entry
        return {}

    def suppressed(self, call: ApiCall) -> Result:
        """GetSuppressedDestination."""
        return {"SuppressedDestination": _suppressed(self._listed(call))}

    def unsuppress(self, call: ApiCall) -> Result:
        """DeleteSuppressedDestination."""
        del self._account(call).suppression[self._listed(call).address]
        return {}

    def list_suppressed(self, call: ApiCall) -> Result:
        """ListSuppressedDestinations."""
        wanted = call.params.get("Reasons")
        return {
            "SuppressedDestinationSummaries": [
                _suppressed(one)
                for one in self._account(call).suppression.values()
                if not wanted or one.reason in wanted
            ]
        }

    def _listed(self, call: ApiCall) -> Suppressed:
        address = bare(call.params["EmailAddress"]).lower()
        found = self._account(call).suppression.get(address)
        if found is None:
            message = f"Email address {address} does not exist on your suppression list."
            raise refusal(V, "not_found", message)
        return found

    # -- templates --------------------------------------------------------------------------------

    def create_template(self, call: ApiCall) -> Result:
        """CreateEmailTemplate."""
        account, made = self._account(call), _template(call.params)
        resources.new_template(account, V, made)
        account.template_times[made.name] = self._clock.now()
        return {}

    def update_template(self, call: ApiCall) -> Result:
        """UpdateEmailTemplate."""
        account, made = self._account(call), _template(call.params)
        resources.template(account, V, made.name)
        account.templates[made.name] = made
        return {}

    def get_template(self, call: ApiCall) -> Result:
        """GetEmailTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        content = {"Subject": found.subject, "Text": found.text, "Html": found.html}
        return {
            "TemplateName": found.name,
            "TemplateContent": {k: v for k, v in content.items() if v},
        }

    def list_templates(self, call: ApiCall) -> Result:
        """ListEmailTemplates."""
        account = self._account(call)
        return {
            "TemplatesMetadata": [
                {"TemplateName": name, "CreatedTimestamp": account.template_times[name]}
                for name in account.templates
            ]
        }

    def delete_template(self, call: ApiCall) -> Result:
        """DeleteEmailTemplate."""
        account = self._account(call)
        del account.templates[resources.template(account, V, call.params["TemplateName"]).name]
        return {}

    def test_render(self, call: ApiCall) -> Result:
        """TestRenderEmailTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        try:
            made = render(found, parse_data(V, call.params["TemplateData"]))
        except RenderingFailure as failure:
            raise refusal(V, "invalid", str(failure)) from None
        return {"RenderedTemplate": f"Subject: {made.subject}\r\n\r\n{made.text}\r\n{made.html}"}

    # -- configuration sets -----------------------------------------------------------------------

    def create_set(self, call: ApiCall) -> Result:
        """CreateConfigurationSet."""
        params = call.params
        made = resources.new_set(self._account(call), V, params["ConfigurationSetName"])
        made.sending = params.get("SendingOptions", {}).get("SendingEnabled", True)
        if "SuppressionOptions" in params:
            made.suppressed = tuple(params["SuppressionOptions"].get("SuppressedReasons") or ())
        made.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
        kept = ("TrackingOptions", "DeliveryOptions", "ReputationOptions", "VdmOptions")
        made.options = {name: params[name] for name in kept if name in params}
        return {}

    def get_set(self, call: ApiCall) -> Result:
        """GetConfigurationSet."""
        found = self._set(call)
        shown: Result = {
            "ConfigurationSetName": found.name,
            "SendingOptions": {"SendingEnabled": found.sending},
            "Tags": [{"Key": k, "Value": v} for k, v in found.tags.items()],
            **found.options,
        }
        if found.suppressed is not None:
            shown["SuppressionOptions"] = {"SuppressedReasons": list(found.suppressed)}
        return shown

    def delete_set(self, call: ApiCall) -> Result:
        """DeleteConfigurationSet."""
        del self._account(call).sets[self._set(call).name]
        return {}

    def list_sets(self, call: ApiCall) -> Result:
        """ListConfigurationSets."""
        return {"ConfigurationSets": list(self._account(call).sets)}

    def put_set_sending(self, call: ApiCall) -> Result:
        """PutConfigurationSetSendingOptions."""
        self._set(call).sending = bool(call.params.get("SendingEnabled", False))
        return {}

    def put_set_suppression(self, call: ApiCall) -> Result:
        """PutConfigurationSetSuppressionOptions."""
        given = call.params.get("SuppressedReasons")
        self._set(call).suppressed = None if given is None else tuple(given)
        return {}

    def create_destination(self, call: ApiCall) -> Result:
        """CreateConfigurationSetEventDestination."""
        found, name = self._set(call), call.params["EventDestinationName"]
        if name in found.destinations:
            raise refusal(V, "exists", f"Event destination <{name}> already exists.")
        return self._destination(call, found, name)

    def update_destination(self, call: ApiCall) -> Result:
        """UpdateConfigurationSetEventDestination."""
        found, name = self._set(call), call.params["EventDestinationName"]
        if name not in found.destinations:
            raise refusal(V, "not_found", f"No EventDestination found for {name}")
        return self._destination(call, found, name)

    def _destination(self, call: ApiCall, found: ConfigurationSet, name: str) -> Result:
        given = call.params["EventDestination"]
        found.destinations[name] = resources.destination(
            name,
            given.get("Enabled", False),
            given.get("MatchingEventTypes", []),
            given.get("SnsDestination", {}).get("TopicArn"),
            [k for k in given if k.endswith("Destination") and k != "SnsDestination"],
        )
        return {}

    def destinations(self, call: ApiCall) -> Result:
        """GetConfigurationSetEventDestinations."""
        return {
            "EventDestinations": [
                {
                    "Name": one.name,
                    "Enabled": one.enabled,
                    "MatchingEventTypes": sorted(one.types),
                    "SnsDestination": {"TopicArn": one.topic},
                }
                for one in self._set(call).destinations.values()
            ]
        }

    def delete_destination(self, call: ApiCall) -> Result:
        """DeleteConfigurationSetEventDestination."""
        name = call.params["EventDestinationName"]
        if self._set(call).destinations.pop(name, None) is None:
            raise refusal(V, "not_found", f"No EventDestination found for {name}")
        return {}

    def _set(self, call: ApiCall) -> ConfigurationSet:
        name = call.params["ConfigurationSetName"]
        return resources.configuration_set(self._account(call), V, name)

    # -- tags -------------------------------------------------------------------------------------

    def tag(self, call: ApiCall) -> Result:
        """TagResource."""
        new = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
        self._tagged(call).update(new)
        return {}

    def untag(self, call: ApiCall) -> Result:
        """UntagResource."""
        held = self._tagged(call)
        for key in call.params["TagKeys"]:
            held.pop(key, None)
        return {}

    def tags(self, call: ApiCall) -> Result:
        """ListTagsForResource."""
        return {"Tags": [{"Key": k, "Value": v} for k, v in self._tagged(call).items()]}

    def _tagged(self, call: ApiCall) -> dict[str, str]:
        arn, account = call.params["ResourceArn"], self._account(call)
        kind, _, name = arn.rpartition(":")[2].partition("/")
        held: Any = {"identity": account.identities, "configuration-set": account.sets}.get(kind)
        if held is None:
            raise Unsupported(f"the local SES keeps no tags of a {kind}", where=arn)
        if name not in held:
            raise refusal(V, "not_found", f"Resource {arn} does not exist")
        tags: dict[str, str] = held[name].tags
        return tags


def _options(params: dict[str, Any], tags: str) -> dict[str, Any]:
    return {
        "configuration_set": params.get("ConfigurationSetName"),
        "identity_arn": params.get("FromEmailAddressIdentityArn"),
        "tags": {tag["Name"]: tag["Value"] for tag in params.get(tags) or ()},
    }


def _id(accepted: Any) -> Result:
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


def _template(params: dict[str, Any]) -> Template:
    content = params["TemplateContent"]
    return Template(
        params["TemplateName"],
        content.get("Subject", ""),
        content.get("Text", ""),
        content.get("Html", ""),
    )


def _identity(one: Identity) -> Result:
    dkim: Result = {
        "SigningEnabled": bool(one.tokens),
        "Status": one.dkim,
        "SigningAttributesOrigin": "AWS_SES",
    }
    if one.tokens:
        dkim["Tokens"] = list(one.tokens)
    shown: Result = {
        "IdentityType": "DOMAIN" if one.is_domain else "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": one.verified,
        "VerificationStatus": one.status,
        "DkimAttributes": dkim,
        "Policies": dict(one.policies),
        "Tags": [{"Key": k, "Value": v} for k, v in one.tags.items()],
    }
    if one.configuration_set:
        shown["ConfigurationSetName"] = one.configuration_set
    return shown


def _suppressed(one: Suppressed) -> dict[str, str | datetime]:
    return {"EmailAddress": one.address, "Reason": one.reason, "LastUpdateTime": one.since}
