"""What the SES plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.ses.resources import EVENTS

COVERAGE = coverage(
    "Amazon SES",
    honours("Both APIs", "over one state; the operations below, others are refused by name"),
    honours("Identities", "an address by the link in its mail (24 hours), a domain by DKIM or TXT "
            "records in a public Route 53 zone; labels and subdomains; no API verifies"),
    honours("Sandbox", "sender and recipients verified, 200 recipients a day, one a second"),
    honours("Production access", "asked for with PutAccountDetails, granted after an hour"),
    honours("Permissions", "the action on the identity's ARN with ses:FromAddress, "
            "ses:FromDisplayName, ses:Recipients, ses:FeedbackAddress; identity policies"),
    honours("Messages", "simple, raw with attachments, templates with if, unless and each, bulk; "
            "limits of recipients, size and file types"),
    honours("Suppression list, mailbox simulator, send statistics"),
    honours("Events to SNS", ", ".join(sorted(EVENTS)).lower() + "; notifications of identities"),
    refuses("Events to anything but SNS", "and opens, clicks, subscriptions, delivery delays"),
    refuses("Receiving mail, contact lists, dedicated addresses, DKIM keys of yours"),
    differs("Delivery", "at once, into the outbox; nobody's server declines it"),
    differs("DNS", "looked at every five minutes, in Route 53 of the same cloud only"),
    differs("Custom MAIL FROM, feedback forwarding, reputation", "not imitated"),
)  # fmt: skip
