"""A bucket's notification configuration: what S3 accepts, and what a rule wants.

AWS: Amazon S3 User Guide, "Supported event notification types and destinations", "Configuring
event notifications using object key name filtering"; API Reference,
"PutBucketNotificationConfiguration".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.refusal import ApiRefusal

#: Every event type a configuration may name, without its wildcard forms.
EVENTS = (
    "s3:ReducedRedundancyLostObject",
    "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete",
    "s3:Replication:OperationFailedReplication", "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold", "s3:Replication:OperationNotTracked",
    "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition", "s3:IntelligentTiering", "s3:ObjectAcl:Put",
    "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete",
)  # fmt: skip
_WILDCARDS = {f"{event.rsplit(':', 1)[0]}:*" for event in EVENTS if event.count(":") == 2}


@dataclass(frozen=True)
class Kind:
    """A kind of destination: the member of the configuration and the service's action."""

    member: str
    target: str
    service: str
    action: str


KINDS = (
    Kind("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda", "lambda:InvokeFunction"),
    Kind("QueueConfigurations", "QueueArn", "sqs", "sqs:SendMessage"),
    Kind("TopicConfigurations", "TopicArn", "sns", "sns:Publish"),
)


@dataclass(frozen=True)
class Rule:
    """One entry of a configuration."""

    kind: Kind
    identifier: str
    target: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def wants(self, event: str, key: str) -> bool:
        """Whether an event (``s3:ObjectCreated:Put``) on a key is for this rule."""
        named = event in self.events or f"{event.rsplit(':', 1)[0]}:*" in self.events
        return named and key.startswith(self.prefix) and key.endswith(self.suffix)


def rules(configuration: Mapping[str, Any]) -> Iterator[Rule]:
    """The entries of a configuration as the API has it."""
    for kind in KINDS:
        for entry in configuration.get(kind.member) or ():
            filters = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
            named = {one["Name"].lower(): one["Value"] for one in filters}
            yield Rule(
                kind, entry.get("Id", ""), entry[kind.target], tuple(entry["Events"]),
                named.get("prefix", ""), named.get("suffix", ""),
            )  # fmt: skip


def check(
    configuration: Mapping[str, Any],
    region: str,
    reachable: Callable[[Rule], str | None],
) -> None:
    """Refuse what S3 refuses.

    ``reachable`` says what is wrong with a rule's destination, or None.

    Raises:
        ApiRefusal: ``InvalidArgument`` in S3's words.
    """
    found = list(rules(configuration))
    for rule in found:
        for event in rule.events:
            if event not in EVENTS and event not in _WILDCARDS:
                raise _invalid("The event is not supported for notifications",
                               ArgumentName="Event", ArgumentValue=event)  # fmt: skip
    for number, rule in enumerate(found):
        for other in found[:number]:
            if _overlap(rule, other):
                raise _invalid(
                    "Configuration is ambiguously defined. Cannot have overlapping suffixes in "
                    "two rules if the prefixes are overlapping for the same event type."
                )
    identifiers = [rule.identifier for rule in found if rule.identifier]
    if len(set(identifiers)) < len(identifiers):
        raise _invalid("Same ID used for multiple configurations. IDs must be unique")
    for rule in found:
        if rule.target.split(":")[3] != region:
            raise _invalid(
                "The notification destination service region is not valid for the bucket location "
                "constraint"
            )
    for rule in found:
        if (problem := reachable(rule)) is not None:
            raise _invalid(
                "Unable to validate the following destination configurations",
                ArgumentName1=rule.target, ArgumentValue1=problem,
            )  # fmt: skip


def _overlap(one: Rule, other: Rule) -> bool:
    def either(a: str, b: str, within: Callable[[str, str], bool]) -> bool:
        return within(a, b) or within(b, a)

    return (
        any(_same_type(a, b) for a in one.events for b in other.events)
        and either(one.prefix, other.prefix, str.startswith)
        and either(one.suffix, other.suffix, str.endswith)
    )


def _same_type(one: str, other: str) -> bool:
    if one == other:
        return True
    family, another = one.rsplit(":", 1)[0], other.rsplit(":", 1)[0]
    return family == another and (one.endswith(":*") or other.endswith(":*"))


def _invalid(message: str, **fields: str) -> ApiRefusal:
    return ApiRefusal("InvalidArgument", message, 400, **fields)
