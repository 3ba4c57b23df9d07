"""Amazon SES, both APIs: sending is judged on the identity, with who sends to whom as keys.

AWS: "Actions, resources, and condition keys for Amazon Simple Email Service v2", Amazon SES
Developer Guide, "Controlling access to Amazon SES". The second API's SendEmail is judged by the
action of what it carries: SendEmail, SendRawEmail or SendTemplatedEmail, as its access denied
errors say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Context,
    Rule,
    Table,
    given,
    named,
    on,
    same_name,
    tag_keys,
    tags,
)

_IDENTITY = named("ses", "identity/{}", "EmailIdentity")
_SET = named("ses", "configuration-set/{}", "ConfigurationSetName")
_TEMPLATE = named("ses", "template/{}", "TemplateName")


# The plane of SES imports IAM; so its way to read addresses is fetched when it is needed.


def _everybody(destination: Mapping[str, Any]) -> tuple[str, ...]:
    from archlib.local.ses.mail import destinations

    return tuple(one for group in destinations(destination).values() for one in group)


def _raw(data: Any, source: str | None, to: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    from archlib.local.ses.mail import from_raw

    try:
        read = from_raw(data, source, to)
    except ValueError:
        return source or "", to
    return read.source, read.recipients


def _judged(
    call: Call, action: str, source: str, to: tuple[str, ...], version: str
) -> Iterable[Authorization]:
    from archlib.local.ses.addresses import bare, display_name

    params = call.params
    arn = next(
        (params[k] for k in ("FromEmailAddressIdentityArn", "SourceArn", "FromArn") if k in params),
        None,
    )
    identity = call.facts.mail_identity(source) or bare(source)
    keys: dict[str, str | tuple[str, ...]] = {
        "ses:FromAddress": bare(source),
        "ses:Recipients": tuple(bare(one) for one in to),
        "ses:ApiVersion": version,
    }
    if name := display_name(source):
        keys["ses:FromDisplayName"] = name
    back = params.get("FeedbackForwardingEmailAddress") or params.get("ReturnPath")
    if back:
        keys["ses:FeedbackAddress"] = bare(back)
    yield Authorization(f"ses:{action}", arn or call.arn("ses", f"identity/{identity}"), keys)
    if "ConfigurationSetName" in params:
        resource = call.arn("ses", f"configuration-set/{params['ConfigurationSetName']}")
        yield Authorization(f"ses:{action}", resource, keys)


def _first(action: str) -> Rule:
    def rule(call: Call) -> Iterable[Authorization]:
        to = _everybody(call.params.get("Destination", {}))
        return _judged(call, action, call.params["Source"], to, "1")

    return rule


def _first_raw(call: Call) -> Iterable[Authorization]:
    given_to = tuple(call.params.get("Destinations") or ())
    data = call.params["RawMessage"]["Data"]
    source, to = _raw(data, call.params.get("Source"), given_to)
    return _judged(call, "SendRawEmail", source, to, "1")


def _first_bulk(call: Call) -> Iterable[Authorization]:
    to = tuple(a for one in call.params["Destinations"] for a in _everybody(one["Destination"]))
    return _judged(call, "SendBulkTemplatedEmail", call.params["Source"], to, "1")


def _second(call: Call) -> Iterable[Authorization]:
    content = call.params.get("Content", {})
    source = call.params.get("FromEmailAddress", "")
    to = _everybody(call.params.get("Destination", {}))
    action = "SendEmail"
    if "Raw" in content:
        action = "SendRawEmail"
        source, to = _raw(content["Raw"]["Data"], source or None, to)
    elif "Template" in content:
        action = "SendTemplatedEmail"
    return _judged(call, action, source, to, "2")


def _second_bulk(call: Call) -> Iterable[Authorization]:
    entries = call.params["BulkEmailEntries"]
    to = tuple(a for one in entries for a in _everybody(one["Destination"]))
    return _judged(call, "SendBulkTemplatedEmail", call.params.get("FromEmailAddress", ""), to, "2")


def _version(number: str) -> Context:
    return {"ses:ApiVersion": number}


SES: Table = {
    "SendEmail": _first("SendEmail"),
    "SendTemplatedEmail": _first("SendTemplatedEmail"),
    "SendRawEmail": _first_raw,
    "SendBulkTemplatedEmail": _first_bulk,
    # The first API knows no resources but for sending.
    **same_name(
        "ses",
        "CreateConfigurationSet CreateConfigurationSetEventDestination CreateTemplate "
        "DeleteConfigurationSet DeleteConfigurationSetEventDestination DeleteIdentity "
        "DeleteIdentityPolicy DeleteTemplate DeleteVerifiedEmailAddress DescribeConfigurationSet "
        "GetAccountSendingEnabled GetIdentityDkimAttributes GetIdentityNotificationAttributes "
        "GetIdentityPolicies GetIdentityVerificationAttributes GetSendQuota GetSendStatistics "
        "GetTemplate ListConfigurationSets ListIdentities ListIdentityPolicies ListTemplates "
        "ListVerifiedEmailAddresses PutIdentityPolicy SetIdentityNotificationTopic "
        "TestRenderTemplate UpdateAccountSendingEnabled UpdateConfigurationSetEventDestination "
        "UpdateConfigurationSetSendingEnabled UpdateTemplate VerifyDomainDkim "
        "VerifyDomainIdentity VerifyEmailAddress VerifyEmailIdentity",
        context=lambda call: _version("1"),
    ),
}

SESV2: Table = {
    "SendEmail": _second,
    "SendBulkEmail": _second_bulk,
    "CreateEmailIdentity": on("ses:CreateEmailIdentity", _IDENTITY, tags()),
    "CreateConfigurationSet": on("ses:CreateConfigurationSet", _SET, tags()),
    **same_name(
        "ses",
        "CreateEmailIdentityPolicy DeleteEmailIdentity DeleteEmailIdentityPolicy "
        "GetEmailIdentity GetEmailIdentityPolicies PutEmailIdentityConfigurationSetAttributes "
        "UpdateEmailIdentityPolicy",
        _IDENTITY,
    ),
    **same_name(
        "ses",
        "CreateConfigurationSetEventDestination DeleteConfigurationSet "
        "DeleteConfigurationSetEventDestination GetConfigurationSet "
        "GetConfigurationSetEventDestinations PutConfigurationSetSendingOptions "
        "PutConfigurationSetSuppressionOptions UpdateConfigurationSetEventDestination",
        _SET,
    ),
    **same_name(
        "ses",
        "CreateEmailTemplate DeleteEmailTemplate GetEmailTemplate TestRenderEmailTemplate "
        "UpdateEmailTemplate",
        _TEMPLATE,
    ),
    **same_name(
        "ses",
        "DeleteSuppressedDestination GetAccount GetSuppressedDestination ListConfigurationSets "
        "ListEmailIdentities ListEmailTemplates ListSuppressedDestinations PutAccountDetails "
        "PutAccountSendingAttributes PutAccountSuppressionAttributes PutSuppressedDestination",
    ),
    "ListTagsForResource": on("ses:ListTagsForResource", given("ResourceArn")),
    "TagResource": on("ses:TagResource", given("ResourceArn"), tags()),
    "UntagResource": on("ses:UntagResource", given("ResourceArn"), tag_keys()),
}
