"""EventBridge: buses, rules, targets.

AWS: "Actions, resources, and condition keys for Amazon EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterable

from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Table,
    all_of,
    and_tags,
    given,
    named,
    on,
    passes_role,
    same_name,
    tag_keys,
    tags,
)

_bus = named("events", "event-bus/{}", "Name", "EventBusName")


def _rule(call: Call) -> str:
    """``rule/NAME`` on the default bus, ``rule/BUS/NAME`` on another."""
    name = call.params.get("Name") or call.params["Rule"]
    bus = (call.params.get("EventBusName") or "default").rpartition("/")[2]
    return call.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")


def _put_events(call: Call) -> Iterable[Authorization]:
    for entry in call.params["Entries"]:
        bus = entry.get("EventBusName") or "default"
        arn = bus if bus.startswith("arn:") else call.arn("events", f"event-bus/{bus}")
        asked = {"Source": "events:source", "DetailType": "events:detail-type"}
        keys = {key: str(entry[member]) for member, key in asked.items() if member in entry}
        yield Authorization("events:PutEvents", arn, keys)


EVENTS: Table = {
    "PutEvents": _put_events,
    "PutRule": all_of(
        and_tags(on("events:PutRule", _rule, tags()), "events:TagResource", _rule),
        passes_role("RoleArn", "events.amazonaws.com"),
    ),
    "PutTargets": all_of(
        on("events:PutTargets", _rule), passes_role("Targets.RoleArn", "events.amazonaws.com")
    ),
    **same_name(
        "events",
        "DeleteRule DescribeRule DisableRule EnableRule ListTargetsByRule RemoveTargets",
        _rule,
    ),
    **same_name("events", "DeleteEventBus DescribeEventBus UpdateEventBus", _bus),
    "CreateEventBus": on("events:CreateEventBus", _bus, tags()),
    **same_name(
        "events", "DeleteArchive DescribeArchive", named("events", "archive/{}", "ArchiveName")
    ),
    **same_name(
        "events",
        "ListApiDestinations ListArchives ListConnections ListEventBuses ListEventSources "
        "ListReplays ListRuleNamesByTarget ListRules PutPermission RemovePermission "
        "TestEventPattern",
    ),
    "ListTagsForResource": on("events:ListTagsForResource", given("ResourceARN")),
    "TagResource": on("events:TagResource", given("ResourceARN"), tags()),
    "UntagResource": on("events:UntagResource", given("ResourceARN"), tag_keys()),
}
