"""What event delivery honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.events.bus.rules import TARGETS, UNSUPPORTED_OPERATIONS
from archlib.local.events.notifications.message import DETAILS
from archlib.local.events.operators import OPERATORS
from archlib.local.events.topics.delivery import PROTOCOLS

COVERAGE = coverage(
    "Events: S3 notifications, Amazon SNS, Amazon SQS, Amazon EventBridge",
    honours("S3 notifications", "to functions, queues, topics and EventBridge, in AWS's shapes; "
            "prefixes and suffixes; a multipart upload once; versions and delete markers"),
    honours("Configurations that S3 refuses", "unreachable destinations, overlapping filters, "
            "other regions, FIFO queues; s3:TestEvent to the others"),
    honours("Policies of functions, queues and topics", "decide on every delivery, with source "
            "ARN and account"),
    honours("SNS fan-out", "envelopes with signatures that verify, raw delivery, a message per "
            "protocol, filter policies on attributes and body"),
    honours("SNS subscriptions", "confirmed by link or token; delivery policies, retries on the "
            "virtual clock, dead-letter queues"),
    honours("FIFO topics and queues", "order by group, deduplication for five minutes"),
    honours("SQS", "visibility, delays, redrive and who may use a dead-letter queue, retention, "
            "long polling on the virtual clock; attributes in their ranges"),
    honours("EventBridge rules", "all comparison operators, $or, inputs, paths, transformers, "
            "retries, dead-letter queues, several buses"),
    honours("Schedules", "rate and cron, in virtual time"),
    honours("Recursive loop detection", "after 16 invocations in one chain through S3, SNS, SQS; "
            "chains through other services that never end are an error that names the loop"),
    honours("At least once", "deliver_twice() of the plane makes it happen"),
    refuses("Targets of EventBridge other than those below, roles of rules and targets"),
    refuses("SNS mobile push and Firehose subscriptions"),
    refuses("JSON paths beyond names and indexes", "in InputPath and InputPathsMap"),
    differs("Delivery", "at once when the client's call is over, in order; retries without jitter"),
    honours("KMS keys of queues and topics", "who sends or receives needs the key, services too: "
            "none can use the AWS managed key"),
    differs("A deleted queue", "its name can be taken again at once, not after 60 seconds"),
    differs("Version of S3's messages", "2.1, and 2.3 for ACLs, tags and lifecycle, as long "
            "documented; since 2.4 AWS gives all events one number"),
    differs("S3 events that need time", "lifecycle, replication and tiering do not happen"),
    differs("Restored objects", "their events come without glacierEventData"),
    differs("Direct invocations of a function by itself", "are not counted as a loop"),
    differs("Waits between EventBridge's retries", "1, 2, 4 … 600 virtual seconds; AWS does not "
            "publish its own"),
    listings={
        "Operators of event patterns": tuple(OPERATORS),
        "Targets of EventBridge": TARGETS,
        "Protocols of SNS": tuple(PROTOCOLS),
        "S3 events": tuple(DETAILS),
    },
    refused={"events": UNSUPPORTED_OPERATIONS},
)  # fmt: skip
