"""What all of EC2's network resources share: tags, deletion by id, ARNs."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import ID, deletion
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import Context, Delete, Existing, Properties

EC2 = "ec2"


def tagged(values: Properties, kind: str) -> dict[str, Any]:
    """The properties with ``Tags`` as the API takes them."""
    sent = {key: value for key, value in values.items() if key != "Tags"}
    if values.get("Tags"):
        sent["TagSpecifications"] = [{"ResourceType": kind, "Tags": values["Tags"]}]
    return sent


def retag(context: Context, existing: Existing, new: Properties) -> None:
    """Make the resource's tags the new ones."""
    before, after = as_map(existing.properties.get("Tags")), as_map(new.get("Tags"))
    client = context.client(EC2)
    gone = [{"Key": key} for key in before if key not in after]
    if gone:
        client.delete_tags(Resources=[existing.physical_id], Tags=gone)
    changed = [{"Key": k, "Value": v} for k, v in after.items() if before.get(k) != v]
    if changed:
        client.create_tags(Resources=[existing.physical_id], Tags=changed)


def by_id(operation: str, argument: str) -> Delete:
    """A deletion that takes nothing but the id."""
    return deletion(EC2, operation, {argument: ID})


def arn_of(kind: str) -> str:
    """The form of the ARN of a kind of resource."""
    return f"arn:{{partition}}:ec2:{{region}}:{{account}}:{kind}/{{id}}"


def only_tags(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    """An update of a resource of which only the tags can change."""
    retag(context, existing, new)
