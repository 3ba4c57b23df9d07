"""One resource at a time: created, changed, replaced or deleted, with its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from archlib.local.deploy.anatomy import ResourceEntry
from archlib.local.deploy.failures import is_missing, reason
from archlib.local.deploy.intrinsics import Evaluator, unknowns
from archlib.local.deploy.journal import Journal
from archlib.local.deploy.operation import Failed, Host, Undo
from archlib.local.deploy.planning import due_changes, replacing
from archlib.local.deploy.resource_type import Context, Existing, Made, ResourceType
from archlib.local.deploy.spec import Models
from archlib.local.deploy.stack import Deployed, Design, Stack
from archlib.local.deploy.validation import evaluated


class Workshop:
    """Carries out what happens to single resources. ``engine`` is for nested stacks."""

    def __init__(
        self,
        host: Host,
        types: Mapping[str, ResourceType],
        models: Models,
        journal: Journal,
        engine: Any,
    ) -> None:
        self.host = host
        self.types = types
        self.models = models
        self.journal = journal
        self.engine = engine

    def bring_about(
        self,
        stack: Stack,
        entry: ResourceEntry,
        needs: frozenset[str],
        scope: Evaluator,
        design: Design,
        undo: Undo,
    ) -> None:
        """Create, update, replace or keep one resource; raises :class:`Failed`."""
        kind = self.types[entry.type]
        old = stack.resources.get(entry.logical_id)
        properties, problem = evaluated(entry, kind, scope, design, self.models)
        if problem is None and unknowns(properties):
            problem = f"{entry.logical_id} needs a value that is not known"  # pragma: no cover
        if problem is not None:
            verb = "UPDATE" if old else "CREATE"
            at = old.physical_id if old else ""
            self.journal.of_resource(stack, entry, at, f"{verb}_FAILED", problem)
            raise Failed([entry.logical_id])
        if old is None:
            new = self._create(stack, entry, needs, properties, undo, "CREATE")
            undo.steps.append(("created", new, None))
            stack.resources[entry.logical_id] = new
            return
        changed = due_changes(kind, old, properties, self.engine)
        renewed = replace(
            old,
            properties=properties,
            needs=needs,
            metadata=entry.metadata,
            deletion_policy=entry.deletion_policy,
            replace_policy=entry.replace_policy,
        )
        if not changed:
            stack.resources[entry.logical_id] = renewed
            return
        if replacing(kind, old.properties, properties, changed):
            self._replace(stack, entry, needs, properties, old, undo)
            return
        self.journal.of_resource(
            stack, entry, old.physical_id, "UPDATE_IN_PROGRESS", None, properties
        )
        undo.steps.append(("updated", old, renewed))
        try:
            made = self.apply_update(stack, old, renewed, changed)
        except Exception as error:
            self.journal.of_resource(
                stack, entry, old.physical_id, "UPDATE_FAILED", reason(error), properties
            )
            raise Failed([entry.logical_id]) from error
        stack.resources[entry.logical_id] = replace(
            made, status="UPDATE_COMPLETE", changed=self.host.now()
        )
        self.journal.of_resource(
            stack, entry, made.physical_id, "UPDATE_COMPLETE", None, properties
        )

    def apply_update(
        self,
        stack: Stack,
        old: Deployed,
        new: Deployed,
        changed: frozenset[str],
        *,
        undoing: bool = False,
    ) -> Deployed:
        """Change a resource in place; whatever the provider raises comes out."""
        kind = self.types[old.type]
        assert kind.update is not None
        made = kind.update(
            replace(self._context(stack, old.logical_id), undoing=undoing),
            _existing(old),
            new.properties,
            changed,
        )
        if made is None:
            return new
        return replace(
            new,
            physical_id=made.physical_id,
            ref=made.ref or made.physical_id,
            attributes=made.attributes,
        )

    def _replace(
        self,
        stack: Stack,
        entry: ResourceEntry,
        needs: frozenset[str],
        properties: dict[str, Any],
        old: Deployed,
        undo: Undo,
    ) -> None:
        kind = self.types[entry.type]
        naming = kind.name_property or ""
        name = properties.get(naming)
        if name is not None and name == old.properties.get(naming):
            self.journal.of_resource(
                stack,
                entry,
                old.physical_id,
                "UPDATE_FAILED",
                "CloudFormation cannot update a stack when a custom-named resource requires "
                f"replacing. Rename {name} and update the stack again.",
            )
            raise Failed([entry.logical_id])
        self.journal.of_resource(
            stack,
            entry,
            old.physical_id,
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; "
            "hence creating one.",
            properties,
        )
        new = self._create(stack, entry, needs, properties, undo, "UPDATE")
        undo.steps.append(("replaced", old, new))
        stack.resources[entry.logical_id] = new

    def _create(
        self,
        stack: Stack,
        entry: ResourceEntry,
        needs: frozenset[str],
        properties: dict[str, Any],
        undo: Undo,
        verb: str,
    ) -> Deployed:
        kind = self.types[entry.type]
        if verb == "CREATE":
            self.journal.of_resource(stack, entry, "", "CREATE_IN_PROGRESS", None, properties)
        begun: list[Made] = []
        context = self._context(stack, entry.logical_id, begun.append)

        def deployed(made: Made, status: str) -> Deployed:
            return Deployed(
                entry.logical_id,
                entry.type,
                made.physical_id,
                made.ref or made.physical_id,
                properties,
                made.attributes,
                needs,
                entry.metadata,
                entry.deletion_policy,
                entry.replace_policy,
                status,
                self.host.now(),
            )

        try:
            made = kind.create(context, properties)
        except Exception as error:
            at = begun[-1].physical_id if begun else ""
            if begun:
                # something stands already; rolling back takes it away again
                undo.steps.append(("created", deployed(begun[-1], f"{verb}_FAILED"), None))
                if verb == "CREATE":
                    stack.resources[entry.logical_id] = deployed(begun[-1], "CREATE_FAILED")
            self.journal.of_resource(stack, entry, at, f"{verb}_FAILED", reason(error), properties)
            raise Failed([entry.logical_id]) from error
        if verb == "CREATE":
            self.journal.of_resource(
                stack,
                entry,
                made.physical_id,
                "CREATE_IN_PROGRESS",
                "Resource creation Initiated",
                properties,
            )
        self.journal.of_resource(
            stack, entry, made.physical_id, f"{verb}_COMPLETE", None, properties
        )
        return deployed(made, f"{verb}_COMPLETE")

    def skip(self, stack: Stack, deployed: Deployed) -> None:
        """Leave a resource where it is, for its policy says so."""
        self.journal.event(
            stack, deployed.logical_id, deployed.physical_id, deployed.type, "DELETE_SKIPPED"
        )

    def remove(self, stack: Stack, deployed: Deployed, *, forget: bool = True) -> bool:
        """Delete one resource; False when it refused (the event says why)."""
        kind = self.types[deployed.type]
        place = (stack, deployed.logical_id, deployed.physical_id, deployed.type)
        self.journal.event(*place, "DELETE_IN_PROGRESS")
        try:
            kind.delete(self._context(stack, deployed.logical_id), _existing(deployed))
        except Exception as error:
            if not is_missing(error):
                why = reason(error)
                self.journal.event(*place, "DELETE_FAILED", why)
                if forget and deployed.logical_id in stack.resources:
                    stack.resources[deployed.logical_id] = replace(
                        deployed, status="DELETE_FAILED", reason=why
                    )
                return False
        self.journal.event(*place, "DELETE_COMPLETE")
        if forget:
            stack.resources.pop(deployed.logical_id, None)
            stack.gone[deployed.logical_id] = replace(
                deployed, status="DELETE_COMPLETE", changed=self.host.now()
            )
        return True

    def _context(
        self, stack: Stack, logical_id: str, note: Callable[[Made], None] = lambda made: None
    ) -> Context:
        host = self.host
        return Context(
            host.account,
            host.region,
            stack.name,
            stack.id,
            logical_id,
            host.client,
            self.models,
            lambda length: host.new_id(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
            note,
            self.engine,
        )


def _existing(deployed: Deployed) -> Existing:
    return Existing(deployed.physical_id, deployed.properties, deployed.attributes, deployed.ref)
