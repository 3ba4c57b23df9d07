"""Resource types whose API differs from CloudFormation by casing alone: one entry each.

:func:`declared` makes a :class:`ResourceType` from the names of the API operations; botocore's
shapes tell the rest. Values are taken from properties, the physical id and the response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.resource_type import (
    Context,
    Delete,
    Existing,
    Made,
    Properties,
    ResourceType,
    leave,
)
from archlib.local.deploy.shapes import arguments, member_name
from archlib.local.deploy.spec import Record, Shaped, Spec, record


@dataclass(frozen=True)
class From:
    """Where an operation's argument comes from: ``ref``, ``id`` or a property's name."""

    source: str

    def of(self, existing: Existing) -> Any:
        """The value in an existing resource."""
        if self.source == "id":
            return existing.physical_id
        if self.source == "ref":
            return existing.ref
        return existing.properties[self.source]


ID = From("id")


def shaped(service: str, operation: str, names: str, /, **renamed: str) -> dict[str, Spec]:
    """Specifications of ``names`` (blank-separated) taken from an operation's input shape.

    ``renamed`` maps a CloudFormation name to the API's where more than the casing differs.
    """
    return {name: Shaped(service, operation, (renamed.get(name, name),)) for name in names.split()}


def pick(document: Any, path: str) -> Any:
    """``a.b.0.c`` in a response."""
    for part in path.split("."):
        document = document[int(part)] if part.isdigit() else document[part]
    return document


def invoke(
    context: Context, service: str, operation: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Call ``operation`` (``CreateAuthorizer``) with CloudFormation-cased ``values``."""
    from botocore import xform_name

    keywords = arguments(context.models, service, operation, values)
    result: dict[str, Any] = getattr(context.client(service), xform_name(operation))(**keywords)
    return result


def deletion(service: str, operation: str, keys: Mapping[str, From]) -> Delete:
    """A deletion that is one call, with arguments taken from what stands."""

    def delete(context: Context, existing: Existing) -> None:
        invoke(context, service, operation, {key: at.of(existing) for key, at in keys.items()})

    return delete


def declared(
    name: str,
    service: str,
    *,
    create: str,
    delete: str | None,
    properties: str,
    identity: str,
    delete_with: Mapping[str, From] | None = None,
    update: str | None = None,
    update_with: Mapping[str, From] | None = None,
    update_only: str | None = None,
    update_changed: bool = False,
    required: str = "",
    replacement: str = "",
    renamed: Mapping[str, str] | None = None,
    specs: Mapping[str, Spec] | None = None,
    attributes: Mapping[str, str] | None = None,
    name_property: str | None = None,
    name_limit: int = 128,
    arn: str | None = None,
    fixed: Mapping[str, Any] | None = None,
    tags: Callable[[Context, Existing, Properties], None] | None = None,
    notes: str = "",
) -> ResourceType:
    """A resource type that is created, updated and deleted by one API operation each.

    ``identity`` is the path of the physical id in the response of ``create``, or
    ``=Property`` when a property is the id. ``attributes`` maps GetAtt names to response paths
    (or ``=Property``). ``update_with`` are arguments added to the changed properties;
    ``update_only`` restricts which properties the update sends, ``update_changed`` sends only
    those that changed.
    """
    rename = dict(renamed or {})
    fields = dict(shaped(service, create, properties, **rename))
    fields.update(specs or {})
    spec = Record(fields, frozenset(required.split()))
    keep = frozenset((update_only or " ".join(fields)).split())
    wanted = dict(attributes or {})

    def sent(values: Mapping[str, Any]) -> dict[str, Any]:
        return {rename.get(key, key): value for key, value in values.items()}

    def made(values: Properties, response: Mapping[str, Any]) -> Made:
        def find(path: str) -> Any:
            return values[path[1:]] if path.startswith("=") else pick(response, path)

        return Made(str(find(identity)), {key: find(path) for key, path in wanted.items()})

    def do_create(context: Context, values: Properties) -> Made:
        values = dict(values)
        if name_property is not None and name_property not in values:
            values[name_property] = context.name(name_limit)
        return made(values, invoke(context, service, create, {**(fixed or {}), **sent(values)}))

    def do_update(
        context: Context, existing: Existing, values: Properties, changed: frozenset[str]
    ) -> None:
        assert update is not None
        if tags is not None and "Tags" in changed:
            tags(context, existing, values)
        chosen = {
            k: v for k, v in values.items() if k in keep and (k in changed or not update_changed)
        }
        if not changed - {"Tags"} and tags is not None:
            return
        keys = {key: source.of(existing) for key, source in (update_with or {}).items()}
        shape = context.models(service).operation_model(update).input_shape
        chosen = {k: v for k, v in sent(chosen).items() if member_name(shape, k) is not None}
        invoke(context, service, update, {**chosen, **keys})

    return ResourceType(
        name=name,
        properties=spec,
        create=do_create,
        update=do_update if update else None,
        delete=deletion(service, delete, delete_with or {}) if delete else leave,
        replacement=frozenset(replacement.split()),
        attributes=tuple(wanted),
        name_property=name_property,
        arn=arn,
        notes=notes,
    )


__all__ = ["ID", "From", "declared", "deletion", "invoke", "pick", "record", "shaped"]
