"""Resource types that are one configuration: created, updated and deleted as a whole."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.providers.cloudfront.arguments import call, shape_of, structure
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import Record


def configured(
    name: str,
    spec: Record,
    *,
    kind: str | None = None,
    attributes: tuple[str, ...] = ("Id",),
    referenced: bool = False,
    notes: str = "",
) -> ResourceType:
    """A resource type that is one configuration: created, updated and deleted as a whole.

    ``referenced`` ones carry a caller reference, which CloudFormation makes.
    """
    kind = kind or name.rpartition("::")[2]
    member = f"{kind}Config"

    def config(context: Context, values: Properties) -> dict[str, Any]:
        shape = shape_of(context, f"Create{kind}", member)
        return structure(values[member], shape)

    def create(context: Context, values: Properties) -> Made:
        made = config(context, values)
        if referenced:
            made["CallerReference"] = context.random(24)
        result = call(context, f"Create{kind}", **{member: made})[kind]
        return Made(result["Id"], {one: str(result[one]) for one in attributes})

    def update(
        context: Context, existing: Existing, new: Properties, changed: frozenset[str]
    ) -> None:
        id = existing.physical_id
        found = call(context, f"Get{kind}Config", Id=id)
        made = config(context, new)
        if referenced:
            made["CallerReference"] = found[member]["CallerReference"]
        call(context, f"Update{kind}", Id=id, IfMatch=found["ETag"], **{member: made})

    def delete(context: Context, existing: Existing) -> None:
        version = call(context, f"Get{kind}", Id=existing.physical_id)["ETag"]
        call(context, f"Delete{kind}", Id=existing.physical_id, IfMatch=version)

    return ResourceType(
        name=name,
        properties=Record({member: spec}, frozenset({member})),
        create=create,
        update=update,
        delete=delete,
        attributes=attributes,
        notes=notes,
    )
