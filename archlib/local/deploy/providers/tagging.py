"""Tags of a resource that stands, changed through its service's own tag operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.resource_type import Context


@dataclass(frozen=True)
class Tagging:
    """A service's pair of tag operations; ``target`` is the argument that names the resource."""

    service: str
    target: str
    tag: str = "TagResource"
    untag: str = "UntagResource"
    keys: str = "TagKeys"
    #: moto's DynamoDB appends a tag that is there already
    appends: bool = False

    def change(self, context: Context, resource: str, old: Any, new: Any) -> None:
        """Make the tags of ``resource`` equal ``new``."""
        before, after = as_map(old), as_map(new)
        changed = [{"Key": k, "Value": v} for k, v in after.items() if before.get(k) != v]
        gone = [key for key in before if key not in after]
        if self.appends:
            gone += [tag["Key"] for tag in changed if tag["Key"] in before]
        if gone:
            invoke(context, self.service, self.untag, {self.target: resource, self.keys: gone})
        if changed:
            invoke(context, self.service, self.tag, {self.target: resource, "Tags": changed})


def as_map(tags: Any) -> dict[str, str]:
    """Tags as a map, from either form CloudFormation has."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {tag["Key"]: tag.get("Value", "") for tag in tags or ()}


def as_list(tags: Any) -> list[dict[str, str]]:
    """Tags as ``Key``/``Value`` pairs, from either form."""
    return [{"Key": key, "Value": value} for key, value in as_map(tags).items()]


def attribute_text(value: Any) -> str:
    """A value as the attribute maps of SQS and SNS hold it: always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    return str(value)
