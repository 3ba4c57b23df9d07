"""The operations of the first API (``ses``). Source: Amazon SES API Reference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ses import resources
from archlib.local.ses.account import Account, Identity
from archlib.local.ses.mail import Envelope, destinations, from_raw, parts, weight
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.sending import Sending, parse_data
from archlib.local.ses.templates import RenderingFailure, Template, render
from archlib.local.ses.verification import Verification

V: Version = "ses"
_STATUS = {"PENDING": "Pending", "SUCCESS": "Success", "FAILED": "Failed",
           "NOT_STARTED": "NotStarted"}  # fmt: skip


class FirstApi:
    """Handlers of ``ses``."""

    def __init__(
        self,
        account_in: Callable[[str], Account],
        sending: Sending,
        verification: Verification,
        tokens: Callable[[], tuple[str, ...]],
        now: Callable[[], datetime],
    ) -> None:
        self._account_in = account_in
        self._sending = sending
        self._verification = verification
        self._tokens = tokens
        self._now = now

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "SendEmail": self.send_email,
            "SendRawEmail": self.send_raw,
            "SendTemplatedEmail": self.send_templated,
            "SendBulkTemplatedEmail": self.send_bulk,
            "VerifyEmailIdentity": self.verify_address,
            "VerifyEmailAddress": self.verify_address,
            "VerifyDomainIdentity": self.verify_domain,
            "VerifyDomainDkim": self.verify_dkim,
            "GetIdentityDkimAttributes": self.dkim,
            "DeleteIdentity": self.delete_identity,
            "DeleteVerifiedEmailAddress": self.delete_identity,
            "ListIdentities": self.list_identities,
            "ListVerifiedEmailAddresses": self.list_addresses,
            "GetIdentityVerificationAttributes": self.attributes,
            "SetIdentityNotificationTopic": self.set_topic,
            "GetIdentityNotificationAttributes": self.topics,
            "PutIdentityPolicy": self.put_policy,
            "GetIdentityPolicies": self.policies,
            "ListIdentityPolicies": self.policy_names,
            "DeleteIdentityPolicy": self.delete_policy,
            "GetSendQuota": self.quota,
            "GetSendStatistics": self.statistics,
            "GetAccountSendingEnabled": self.sending_enabled,
            "UpdateAccountSendingEnabled": self.enable_sending,
            "CreateTemplate": self.create_template,
            "UpdateTemplate": self.update_template,
            "GetTemplate": self.get_template,
            "ListTemplates": self.list_templates,
            "DeleteTemplate": self.delete_template,
            "TestRenderTemplate": self.test_render,
            "CreateConfigurationSet": self.create_set,
            "DeleteConfigurationSet": self.delete_set,
            "DescribeConfigurationSet": self.describe_set,
            "ListConfigurationSets": self.list_sets,
            "UpdateConfigurationSetSendingEnabled": self.enable_set,
            "CreateConfigurationSetEventDestination": self.create_destination,
            "UpdateConfigurationSetEventDestination": self.update_destination,
            "DeleteConfigurationSetEventDestination": self.delete_destination,
        }

    def _account(self, call: ApiCall) -> Account:
        return self._account_in(call.region)

    # -- sending ----------------------------------------------------------------------------------

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
        return {"MessageId": self._sending.send(self._account(call), call, V, envelope).message_id}

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
        return {"MessageId": self._sending.send(self._account(call), call, V, envelope).message_id}

    def send_templated(self, call: ApiCall) -> Result:
        """SendTemplatedEmail."""
        params = call.params
        envelope = Envelope(
            params["Source"], **destinations(params["Destination"]), **_options(params, "Tags")
        )
        accepted = self._sending.send_template(
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
        import json

        try:
            accepted = self._sending.send_template(
                account, call, V, envelope, made, json.dumps(data)
            )
        except ApiRefusal as refused:
            status = {"MessageRejected": "MessageRejected", "Throttling": "AccountThrottled"}
            return {"Status": status.get(refused.code, "Failed"), "Error": refused.message}
        return {"Status": "Success", "MessageId": accepted.message_id}

    # -- identities -------------------------------------------------------------------------------

    def verify_address(self, call: ApiCall) -> Result:
        """VerifyEmailIdentity, VerifyEmailAddress."""
        from archlib.local.ses.addresses import problem

        if (wrong := problem(call.params["EmailAddress"])) is not None:
            raise refusal(
                V, "invalid", f"Invalid email address<{call.params['EmailAddress']}>. {wrong}"
            )
        account = self._account(call)
        self._verification.begin(account, account.add(call.params["EmailAddress"]))
        return {}

    def verify_domain(self, call: ApiCall) -> Result:
        """VerifyDomainIdentity: proof by TXT record."""
        account = self._account(call)
        identity = account.add(call.params["Domain"])
        if not identity.token:
            identity.token = self._tokens()[0]
        self._verification.begin(account, identity)
        return {"VerificationToken": identity.token}

    def verify_dkim(self, call: ApiCall) -> Result:
        """VerifyDomainDkim: proof by three CNAME records."""
        account = self._account(call)
        identity = account.add(call.params["Domain"])
        if not identity.tokens:
            identity.tokens, identity.dkim = self._tokens(), "PENDING"
        self._verification.begin(account, identity)
        return {"DkimTokens": list(identity.tokens)}

    def dkim(self, call: ApiCall) -> Result:
        """GetIdentityDkimAttributes."""
        found = self._named(call)
        return {
            "DkimAttributes": {
                name: {
                    "DkimEnabled": one.dkim == "SUCCESS",
                    "DkimVerificationStatus": _STATUS[one.dkim],
                    **({"DkimTokens": list(one.tokens)} if one.tokens else {}),
                }
                for name, one in found.items()
            }
        }

    def delete_identity(self, call: ApiCall) -> Result:
        """DeleteIdentity: harmless for one that is not there."""
        name = call.params.get("Identity") or call.params["EmailAddress"]
        self._account(call).remove(name)
        return {}

    def list_identities(self, call: ApiCall) -> Result:
        """ListIdentities."""
        kind = call.params.get("IdentityType")
        found = [
            one.name
            for one in self._account(call).identities.values()
            if kind is None or one.is_domain is (kind == "Domain")
        ]
        return {"Identities": found}

    def list_addresses(self, call: ApiCall) -> Result:
        """ListVerifiedEmailAddresses."""
        found = self._account(call).identities.values()
        names = [one.name for one in found if one.verified and not one.is_domain]
        return {"VerifiedEmailAddresses": names}

    def attributes(self, call: ApiCall) -> Result:
        """GetIdentityVerificationAttributes."""
        return {
            "VerificationAttributes": {
                name: {
                    "VerificationStatus": _STATUS[one.status],
                    **({"VerificationToken": one.token} if one.token else {}),
                }
                for name, one in self._named(call).items()
            }
        }

    def set_topic(self, call: ApiCall) -> Result:
        """SetIdentityNotificationTopic."""
        params = call.params
        identity = resources.identity(self._account(call), V, params["Identity"])
        if params.get("SnsTopic"):
            identity.topics[params["NotificationType"]] = params["SnsTopic"]
        else:
            identity.topics.pop(params["NotificationType"], None)
        return {}

    def topics(self, call: ApiCall) -> Result:
        """GetIdentityNotificationAttributes."""
        return {
            "NotificationAttributes": {
                name: {
                    **{f"{kind}Topic": topic for kind, topic in one.topics.items()},
                    "ForwardingEnabled": True,
                }
                for name, one in self._named(call).items()
            }
        }

    def _named(self, call: ApiCall) -> dict[str, Identity]:
        account = self._account(call)
        found = {name: account.named(name) for name in call.params["Identities"]}
        return {name: one for name, one in found.items() if one is not None}

    def put_policy(self, call: ApiCall) -> Result:
        """PutIdentityPolicy."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        text = resources.policy(V, call.params["Policy"])
        identity.policies[call.params["PolicyName"]] = text
        return {}

    def policies(self, call: ApiCall) -> Result:
        """GetIdentityPolicies."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        wanted = call.params["PolicyNames"]
        return {"Policies": {k: v for k, v in identity.policies.items() if k in wanted}}

    def policy_names(self, call: ApiCall) -> Result:
        """ListIdentityPolicies."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        return {"PolicyNames": list(identity.policies)}

    def delete_policy(self, call: ApiCall) -> Result:
        """DeleteIdentityPolicy."""
        identity = resources.identity(self._account(call), V, call.params["Identity"])
        identity.policies.pop(call.params["PolicyName"], None)
        return {}

    # -- account ----------------------------------------------------------------------------------

    def quota(self, call: ApiCall) -> Result:
        """GetSendQuota."""
        account = self._account(call)
        return {
            "Max24HourSend": account.limits.daily,
            "MaxSendRate": account.limits.rate,
            "SentLast24Hours": float(account.quota.last_day),
        }

    def statistics(self, call: ApiCall) -> Result:
        """GetSendStatistics."""
        return {
            "SendDataPoints": [
                {
                    "Timestamp": when,
                    "DeliveryAttempts": counts.get("attempts", 0),
                    "Bounces": counts.get("bounces", 0),
                    "Complaints": counts.get("complaints", 0),
                    "Rejects": counts.get("rejects", 0),
                }
                for when, counts in self._account(call).statistics()
            ]
        }

    def sending_enabled(self, call: ApiCall) -> Result:
        """GetAccountSendingEnabled."""
        return {"Enabled": self._account(call).sending}

    def enable_sending(self, call: ApiCall) -> Result:
        """UpdateAccountSendingEnabled."""
        self._account(call).sending = bool(call.params.get("Enabled", False))
        return {}

    # -- templates and sets -----------------------------------------------------------------------

    def create_template(self, call: ApiCall) -> Result:
        """CreateTemplate."""
        account, made = self._account(call), _template(call.params["Template"])
        resources.new_template(account, V, made)
        account.template_times[made.name] = self._now()
        return {}

    def update_template(self, call: ApiCall) -> Result:
        """UpdateTemplate."""
        account, made = self._account(call), _template(call.params["Template"])
        resources.template(account, V, made.name)
        account.templates[made.name] = made
        return {}

    def get_template(self, call: ApiCall) -> Result:
        """GetTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        shown = {"SubjectPart": found.subject, "TextPart": found.text, "HtmlPart": found.html}
        return {"Template": {"TemplateName": found.name, **{k: v for k, v in shown.items() if v}}}

    def list_templates(self, call: ApiCall) -> Result:
        """ListTemplates."""
        times = self._account(call).template_times
        return {
            "TemplatesMetadata": [
                {"Name": name, "CreatedTimestamp": times[name]}
                for name in self._account(call).templates
            ]
        }

    def delete_template(self, call: ApiCall) -> Result:
        """DeleteTemplate."""
        self._account(call).templates.pop(call.params["TemplateName"], None)
        return {}

    def test_render(self, call: ApiCall) -> Result:
        """TestRenderTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        try:
            made = render(found, parse_data(V, call.params["TemplateData"]))
        except RenderingFailure as failure:
            raise ApiRefusal("MissingRenderingAttribute", str(failure)) from None
        return {"RenderedTemplate": f"Subject: {made.subject}\r\n\r\n{made.text}\r\n{made.html}"}

    def create_set(self, call: ApiCall) -> Result:
        """CreateConfigurationSet."""
        resources.new_set(self._account(call), V, call.params["ConfigurationSet"]["Name"])
        return {}

    def delete_set(self, call: ApiCall) -> Result:
        """DeleteConfigurationSet."""
        account = self._account(call)
        found = resources.configuration_set(account, V, call.params["ConfigurationSetName"])
        del account.sets[found.name]
        return {}

    def describe_set(self, call: ApiCall) -> Result:
        """DescribeConfigurationSet."""
        found = resources.configuration_set(
            self._account(call), V, call.params["ConfigurationSetName"]
        )
        return {
            "ConfigurationSet": {"Name": found.name},
            "EventDestinations": [
                {
                    "Name": one.name,
                    "Enabled": one.enabled,
                    "MatchingEventTypes": sorted(_event_name(t) for t in one.types),
                    "SNSDestination": {"TopicARN": one.topic},
                }
                for one in found.destinations.values()
            ],
            "ReputationOptions": {"SendingEnabled": found.sending},
        }

    def list_sets(self, call: ApiCall) -> Result:
        """ListConfigurationSets."""
        return {"ConfigurationSets": [{"Name": name} for name in self._account(call).sets]}

    def enable_set(self, call: ApiCall) -> Result:
        """UpdateConfigurationSetSendingEnabled."""
        name = call.params["ConfigurationSetName"]
        found = resources.configuration_set(self._account(call), V, name)
        found.sending = bool(call.params["Enabled"])
        return {}

    def create_destination(self, call: ApiCall) -> Result:
        """CreateConfigurationSetEventDestination."""
        return self._destination(call, new=True)

    def update_destination(self, call: ApiCall) -> Result:
        """UpdateConfigurationSetEventDestination."""
        return self._destination(call, new=False)

    def _destination(self, call: ApiCall, *, new: bool) -> Result:
        found = resources.configuration_set(
            self._account(call), V, call.params["ConfigurationSetName"]
        )
        given = call.params["EventDestination"]
        name = given["Name"]
        if new and name in found.destinations:
            message = f"An event destination with name <{name}> already exists."
            raise ApiRefusal("EventDestinationAlreadyExists", message)
        if not new and name not in found.destinations:
            message = f"No EventDestination found for {name}"
            raise ApiRefusal("EventDestinationDoesNotExist", message)
        found.destinations[name] = resources.destination(
            name,
            given.get("Enabled", False),
            given["MatchingEventTypes"],
            given.get("SNSDestination", {}).get("TopicARN"),
            [k for k in given if k.endswith("Destination") and k != "SNSDestination"],
        )
        return {}

    def delete_destination(self, call: ApiCall) -> Result:
        """DeleteConfigurationSetEventDestination."""
        found = resources.configuration_set(
            self._account(call), V, call.params["ConfigurationSetName"]
        )
        name = call.params["EventDestinationName"]
        if found.destinations.pop(name, None) is None:
            message = f"No EventDestination found for {name}"
            raise ApiRefusal("EventDestinationDoesNotExist", message)
        return {}


def _options(params: dict[str, Any], tags: str) -> dict[str, Any]:
    return {
        "configuration_set": params.get("ConfigurationSetName"),
        "identity_arn": params.get("SourceArn"),
        "tags": {tag["Name"]: tag["Value"] for tag in params.get(tags) or ()},
    }


def _template(given: dict[str, str]) -> Template:
    return Template(
        given["TemplateName"],
        given.get("SubjectPart", ""),
        given.get("TextPart", ""),
        given.get("HtmlPart", ""),
    )


def _event_name(kind: str) -> str:
    return {"RENDERING_FAILURE": "renderingFailure"}.get(kind, kind.lower())
