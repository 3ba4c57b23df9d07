"""The newest lines of every log group, read through CloudWatch Logs' own API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Groups shown, streams of each that are looked into (the newest), and lines of each group.
GROUPS, STREAMS, LINES = 50, 5, 60


def newest(cloud: LocalCloud, regions: Iterable[str]) -> list[dict[str, Any]]:
    """Log groups with their newest lines, oldest line first; belongs into the cloud's thread."""
    return [
        {"region": region, "group": name, "lines": _lines(client, name)}
        for region in regions
        for client in [cloud.control("logs", region=region)]
        for name in _groups(client)
    ]


def _groups(client: Any) -> list[str]:
    pages = client.get_paginator("describe_log_groups").paginate(
        PaginationConfig={"MaxItems": GROUPS}
    )
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def _lines(client: Any, group: str) -> list[dict[str, Any]]:
    streams = client.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True, limit=STREAMS
    )["logStreams"]
    found = [
        {"at": event["timestamp"] / 1000, "message": event["message"].rstrip("\n")}
        for stream in reversed(streams)
        for event in client.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=LINES,
            startFromHead=False,
        )["events"]
    ]  # fmt: skip
    return sorted(found, key=lambda line: line["at"])[-LINES:]
