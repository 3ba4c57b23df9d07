"""Amazon SES: identities, templates, configuration sets and their event destinations.

Source: "Amazon Simple Email Service resource type reference" in the AWS CloudFormation User
Guide. A stack does not wait for an identity to be verified.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import STRINGS, TAGS, record

_SES = "sesv2"
_TAGS = Tagging(_SES, "ResourceArn")
_DKIM = tuple(f"DkimDNSToken{part}{n}" for part in ("Name", "Value") for n in (1, 2, 3))


def _arn(context: Context, kind: str, name: str) -> str:
    return f"arn:aws:ses:{context.region}:{context.account}:{kind}/{name}"


def _retag(context: Context, kind: str, existing: Existing, new: Properties) -> None:
    arn = _arn(context, kind, existing.physical_id)
    _TAGS.change(context, arn, existing.properties.get("Tags"), new.get("Tags"))


# -- identities ------------------------------------------------------------------------------------


def _create_identity(context: Context, values: Properties) -> Made:
    name = values["EmailIdentity"]
    sent: dict[str, Any] = {"EmailIdentity": name}
    if chosen := values.get("ConfigurationSetAttributes", {}).get("ConfigurationSetName"):
        sent["ConfigurationSetName"] = chosen
    if "Tags" in values:
        sent["Tags"] = values["Tags"]
    made = invoke(context, _SES, "CreateEmailIdentity", sent)
    tokens = made["DkimAttributes"].get("Tokens", [])
    records = {f"DkimDNSTokenName{n}": f"{t}._domainkey.{name}" for n, t in enumerate(tokens, 1)}
    records |= {f"DkimDNSTokenValue{n}": f"{t}.dkim.amazonses.com" for n, t in enumerate(tokens, 1)}
    return Made(name, records)


def _update_identity(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    if "ConfigurationSetAttributes" in changed:
        chosen = new.get("ConfigurationSetAttributes", {}).get("ConfigurationSetName", "")
        keys = {"EmailIdentity": existing.physical_id, "ConfigurationSetName": chosen}
        invoke(context, _SES, "PutEmailIdentityConfigurationSetAttributes", keys)
    if "Tags" in changed:
        _retag(context, "identity", existing, new)


def _delete_identity(context: Context, existing: Existing) -> None:
    invoke(context, _SES, "DeleteEmailIdentity", {"EmailIdentity": existing.physical_id})


IDENTITY = ResourceType(
    name="AWS::SES::EmailIdentity",
    properties=record(
        "EmailIdentity!", ConfigurationSetAttributes=record("ConfigurationSetName"), Tags=TAGS
    ),
    create=_create_identity,
    update=_update_identity,
    delete=_delete_identity,
    replacement=frozenset({"EmailIdentity"}),
    attributes=_DKIM,
    name_property="EmailIdentity",
    arn="arn:{partition}:ses:{region}:{account}:identity/{id}",
    notes="Keys of yours, MAIL FROM domains and feedback settings are refused.",
)


# -- templates -------------------------------------------------------------------------------------


def _content(template: dict[str, Any]) -> dict[str, Any]:
    parts = {"Subject": "SubjectPart", "Text": "TextPart", "Html": "HtmlPart"}
    return {
        "TemplateName": template["TemplateName"],
        "TemplateContent": {to: template[part] for to, part in parts.items() if part in template},
    }


def _create_template(context: Context, values: Properties) -> Made:
    template = {"TemplateName": context.name(64), **values["Template"]}
    invoke(context, _SES, "CreateEmailTemplate", _content(template))
    return Made(template["TemplateName"], {"Id": template["TemplateName"]})


def _update_template(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    template = {**new["Template"], "TemplateName": existing.physical_id}
    invoke(context, _SES, "UpdateEmailTemplate", _content(template))


def _renamed(old: Properties, new: Properties) -> frozenset[str]:
    same = old["Template"].get("TemplateName") == new["Template"].get("TemplateName")
    return frozenset() if same else frozenset({"Template"})


def _delete_template(context: Context, existing: Existing) -> None:
    invoke(context, _SES, "DeleteEmailTemplate", {"TemplateName": existing.physical_id})


TEMPLATE = ResourceType(
    name="AWS::SES::Template",
    properties=record(
        Template=record("TemplateName SubjectPart! TextPart HtmlPart"), required="Template"
    ),
    create=_create_template,
    update=_update_template,
    delete=_delete_template,
    replaces=_renamed,
    attributes=("Id",),
    arn="arn:{partition}:ses:{region}:{account}:template/{id}",
)


# -- configuration sets ----------------------------------------------------------------------------

_OPTIONS = ("SendingOptions", "SuppressionOptions", "ReputationOptions", "TrackingOptions",
            "DeliveryOptions", "Tags")  # fmt: skip


def _create_set(context: Context, values: Properties) -> Made:
    name = values.get("Name") or context.name(64)
    sent = {option: values[option] for option in _OPTIONS if option in values}
    invoke(context, _SES, "CreateConfigurationSet", {"ConfigurationSetName": name, **sent})
    return Made(name)


def _update_set(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"ConfigurationSetName": existing.physical_id}
    if "SendingOptions" in changed:
        enabled = new.get("SendingOptions", {}).get("SendingEnabled", True)
        invoke(context, _SES, "PutConfigurationSetSendingOptions",
               {**keys, "SendingEnabled": enabled})  # fmt: skip
    if "SuppressionOptions" in changed:
        own = new.get("SuppressionOptions", {})
        invoke(context, _SES, "PutConfigurationSetSuppressionOptions", {**keys, **own})
    if "Tags" in changed:
        _retag(context, "configuration-set", existing, new)


def _delete_set(context: Context, existing: Existing) -> None:
    keys = {"ConfigurationSetName": existing.physical_id}
    invoke(context, _SES, "DeleteConfigurationSet", keys)


CONFIGURATION_SET = ResourceType(
    name="AWS::SES::ConfigurationSet",
    properties=record(
        "Name",
        SendingOptions=record("SendingEnabled:b"),
        SuppressionOptions=record(SuppressedReasons=STRINGS),
        ReputationOptions=record("ReputationMetricsEnabled:b"),
        TrackingOptions=record("CustomRedirectDomain HttpsPolicy"),
        DeliveryOptions=record("TlsPolicy"),
        Tags=TAGS,
    ),
    create=_create_set,
    update=_update_set,
    delete=_delete_set,
    replacement=frozenset({"Name", "ReputationOptions", "TrackingOptions", "DeliveryOptions"}),
    name_property="Name",
    arn="arn:{partition}:ses:{region}:{account}:configuration-set/{id}",
    notes="Dedicated pools, archiving and Virtual Deliverability Manager are refused.",
)


def _destination(values: Properties, name: str) -> dict[str, Any]:
    given = values["EventDestination"]
    sent: dict[str, Any] = {
        "Enabled": given.get("Enabled", False),
        "MatchingEventTypes": [_event(one) for one in given["MatchingEventTypes"]],
        "SnsDestination": {"TopicArn": given["SnsDestination"]["TopicARN"]},
    }
    return {
        "ConfigurationSetName": values["ConfigurationSetName"],
        "EventDestinationName": name,
        "EventDestination": sent,
    }


def _event(name: str) -> str:
    """The type accepts the first API's names (``renderingFailure``) and the second's."""
    return "RENDERING_FAILURE" if name.lower() == "renderingfailure" else name.upper()


def _create_destination(context: Context, values: Properties) -> Made:
    name = values["EventDestination"].get("Name") or context.name(64)
    sent = _destination(values, name)
    context.client(_SES).create_configuration_set_event_destination(**sent)
    return Made(name, {"Id": name})


def _update_destination(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    sent = _destination(new, existing.physical_id)
    context.client(_SES).update_configuration_set_event_destination(**sent)


def _delete_destination(context: Context, existing: Existing) -> None:
    keys = {
        "ConfigurationSetName": existing.properties["ConfigurationSetName"],
        "EventDestinationName": existing.physical_id,
    }
    invoke(context, _SES, "DeleteConfigurationSetEventDestination", keys)


EVENT_DESTINATION = ResourceType(
    name="AWS::SES::ConfigurationSetEventDestination",
    properties=record(
        "ConfigurationSetName!",
        EventDestination=record(
            "Name Enabled:b MatchingEventTypes:[]!",
            SnsDestination=record("TopicARN!"),
            required="SnsDestination",
        ),
        required="EventDestination",
    ),
    create=_create_destination,
    update=_update_destination,
    delete=_delete_destination,
    replacement=frozenset({"ConfigurationSetName"}),
    attributes=("Id",),
    notes="Destinations other than SNS topics are refused.",
)

TYPES = (IDENTITY, TEMPLATE, CONFIGURATION_SET, EVENT_DESTINATION)
