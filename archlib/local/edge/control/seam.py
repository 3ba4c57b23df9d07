"""What all operations of the control plane share: records, versions, pages, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result
    from archlib.local.edge.control.estate import Estate

Operation = Callable[["Estate", "ApiCall"], "Result"]

_MAXIMUM = 100


@dataclass
class Record:
    """One resource: its configuration as it was given, and its version."""

    id: str
    config: dict[str, Any]
    etag: str
    modified: datetime
    managed: bool = False
    fixed: dict[str, Any] = field(default_factory=dict)

    @property
    def copy(self) -> dict[str, Any]:
        """The configuration, safe to hand out."""
        return deepcopy(self.config)


def refuse(code: str, message: str, status: int = 400) -> ApiRefusal:
    """An error of CloudFront's API ("API Reference", "Errors" of each operation)."""
    return ApiRefusal(code, message, status)


def check_version(record: Record, given: str | None) -> None:
    """``IfMatch`` must name the current version: 400 when missing, 412 when outdated."""
    if not given:
        raise refuse(
            "InvalidIfMatchVersion",
            "The If-Match version is missing or not valid for the resource.",
        )
    if given != record.etag:
        raise refuse(
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more "
            "request-header fields.",
            412,
        )


def page(
    name: str, call: ApiCall, entries: Sequence[tuple[str, Any]], *, marked: bool = True
) -> Result:
    """A ``…List`` result: ``entries`` are (marker, item) in order."""
    limit = min(int(call.params.get("MaxItems") or _MAXIMUM), _MAXIMUM)
    after = call.params.get("Marker") or ""
    keys = [key for key, _ in entries]
    start = keys.index(after) + 1 if after in keys else 0
    chosen = entries[start : start + limit]
    more = start + limit < len(entries)
    listed: dict[str, Any] = {"MaxItems": limit, "Quantity": len(chosen)}
    if marked:
        listed.update(Marker=after, IsTruncated=more)
    if chosen:
        listed["Items"] = [item for _, item in chosen]
    if more:
        listed["NextMarker"] = chosen[-1][0]
    return {name: listed}


def strings(node: Any) -> Iterable[str]:
    """Every string in a configuration."""
    if isinstance(node, dict):
        for below in node.values():
            yield from strings(below)
    elif isinstance(node, list):
        for below in node:
            yield from strings(below)
    elif isinstance(node, str):
        yield node
