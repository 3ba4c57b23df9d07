"""Stacks made, changed and deleted: the part of CloudFormation that does things.

A request is worked out (:mod:`designing`), every resource is checked (:mod:`validation`), then
resources are made one after the other in dependency order. What fails is undone in reverse.
Source: "Stack failure options", "Update behaviors of stack resources" and "Understand stack
creation events" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from archlib.local.deploy.designing import Designer
from archlib.local.deploy.errors import ResourceFailure, StackError
from archlib.local.deploy.failures import is_missing, reason
from archlib.local.deploy.intrinsics import Evaluator, unknowns
from archlib.local.deploy.planning import (
    Plan,
    changed_properties,
    check_types_kept,
    make_plan,
    replacing,
)
from archlib.local.deploy.resource_type import Context, Existing, Made, ResourceType
from archlib.local.deploy.scope import Surroundings
from archlib.local.deploy.stack import Deployed, Design, Event, Output, Request, Stack
from archlib.local.deploy.template import (
    ResourceEntry,
    creation_order,
    dependencies,
    live_outputs,
    live_resources,
)
from archlib.local.deploy.validation import all_problems, evaluated

STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Host:
    """What the engine needs of the cloud around it."""

    account: str
    region: str
    client: Callable[[str], Any]
    now: Callable[[], datetime]
    new_id: Callable[[int, str], str]
    new_uuid: Callable[[], str]


@dataclass
class _Undo:
    """Changes made so far in one operation, newest last."""

    steps: list[tuple[str, Deployed, Deployed | None]] = field(default_factory=list)


class _Failed(Exception):
    """An operation stops here; the events have been written."""

    def __init__(self, logical_ids: list[str], why: str | None = None) -> None:
        self.logical_ids = logical_ids
        self.why = why
        super().__init__(", ".join(logical_ids))

    def summary(self, verb: str) -> str:
        """What the stack's own event says."""
        if self.why is not None:
            return f"{self.why.rstrip('.')}."
        return f"The following resource(s) failed to {verb}: [{', '.join(self.logical_ids)}]."


class Engine:
    """All stacks of one region."""

    def __init__(self, host: Host, types: Mapping[str, ResourceType]) -> None:
        self.host = host
        self.types = types
        self.stacks: list[Stack] = []
        self.surroundings = Surroundings(host.client, self.exports)
        self.designer = Designer(host.account, host.region, types, self.surroundings)

    # -- finding -----------------------------------------------------------------------------

    def find(self, name_or_id: str, *, deleted: bool = False) -> Stack:
        """A stack by name or id (``deleted`` ones only by id); raises :class:`StackError`."""
        for stack in reversed(self.stacks):
            if stack.id == name_or_id and (stack.live or deleted):
                return stack
            if stack.name == name_or_id and stack.live:
                return stack
        raise StackError(f"Stack with id {name_or_id} does not exist")

    def exports(self) -> dict[str, str]:
        """Every export of the region."""
        return {
            output.export: output.value
            for stack in self.stacks
            if stack.live
            for output in stack.outputs.values()
            if output.export
        }

    def exporter(self, name: str) -> Stack | None:
        """The stack that exports ``name``."""
        for stack in self.stacks:
            if stack.live and any(o.export == name for o in stack.outputs.values()):
                return stack
        return None

    def importers(self, export: str) -> list[str]:
        """The names of the stacks that use an export."""
        return [stack.name for stack in self.stacks if stack.live and export in stack.imports]

    def models(self, service: str) -> Any:
        """The botocore model of a service."""
        return self.host.client(service).meta.service_model

    # -- operations --------------------------------------------------------------------------

    def begin(self, name: str, request: Request, *, status: str = "CREATE_IN_PROGRESS") -> Stack:
        """A stack record with its id, not yet among the stacks."""
        if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", name):
            raise StackError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: "
                "[a-zA-Z][-a-zA-Z0-9]*"
            )
        if any(stack.name == name and stack.live for stack in self.stacks):
            raise StackError(f"Stack [{name}] already exists", code="AlreadyExistsException")
        host = self.host
        identity = (
            f"arn:aws:cloudformation:{host.region}:{host.account}:stack/{name}/{host.new_uuid()}"
        )
        return Stack(identity, name, host.region, host.now(), status, on_failure=request.on_failure)

    def create(self, name: str, request: Request, *, parent: str | None = None) -> Stack:
        """Create a stack; it is complete, rolled back or failed when this returns."""
        stack = self.begin(name, request)
        stack.parent = parent
        design = self.designer.design(request, name, stack.id)
        self.stacks.append(stack)
        self.create_into(stack, design)
        return stack

    def create_into(self, stack: Stack, design: Design) -> None:
        """Carry a creation out on a stack record."""
        stack.request, stack.design = design.request, design
        self.announce(stack, "CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._deploy(stack, design, _Undo(), "CREATE")
        except _Failed as failure:
            self._creation_failed(stack, failure)
        else:
            self.announce(stack, "CREATE_COMPLETE")

    def plan(self, stack: Stack, design: Design) -> Plan:
        """What ``design`` would change."""
        return make_plan(stack, design, self.types, self.surroundings, self.models)

    def update(self, stack: Stack, request: Request) -> None:
        """Update a stack; raises :class:`StackError` when there is nothing to do."""
        self.check_updatable(stack)
        design = self.designer.design(request, stack.name, stack.id)
        scope = self.surroundings.evaluator(design, stack.resources)
        check_types_kept(stack, live_resources(design.anatomy, scope))
        if self.plan(stack, design).empty:
            raise StackError("No updates are to be performed.")
        self.update_into(stack, design)

    def check_updatable(self, stack: Stack) -> None:
        """Refuse an update in a state that does not allow it."""
        good = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
        if stack.status not in (*good, "IMPORT_COMPLETE"):
            raise StackError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")

    def update_into(self, stack: Stack, design: Design) -> None:
        """Carry an update out."""
        before = (stack.design, stack.request, dict(stack.outputs), set(stack.imports))
        standing = dict(stack.resources)
        stack.updated = self.host.now()
        self.announce(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        undo = _Undo()
        try:
            self._deploy(stack, design, undo, "UPDATE")
        except _Failed as failure:
            self._undo_update(stack, failure, undo, standing, before)
            return
        stack.design, stack.request = design, design.request
        self.announce(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(stack, standing)
        self.announce(stack, "UPDATE_COMPLETE")

    def delete(self, stack: Stack, retain: Iterable[str] = ()) -> None:
        """Delete a stack's resources in reverse order, then the stack."""
        if not stack.live:
            return
        if stack.protected:
            raise StackError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        keep = set(retain)
        if keep and stack.status != "DELETE_FAILED":
            raise StackError(
                f"Invalid operation on stack [{stack.id}]. Resources can be retained only when "
                "the stack is in the DELETE_FAILED state."
            )
        for output in stack.outputs.values():
            users = [n for n in self.importers(output.export or "") if n != stack.name]
            if output.export and users:
                raise StackError(
                    f"Export {output.export} cannot be deleted as it is in use by "
                    f"{', '.join(users)}"
                )
        self.announce(stack, "DELETE_IN_PROGRESS", "User Initiated")
        failed = self._delete_all(stack, keep)
        if failed:
            self.announce(
                stack,
                "DELETE_FAILED",
                f"The following resource(s) failed to delete: [{', '.join(failed)}]. ",
            )
            return
        stack.outputs.clear()
        stack.imports.clear()
        stack.deleted = self.host.now()
        self.announce(stack, "DELETE_COMPLETE")

    # -- going forward -------------------------------------------------------------------------

    def _deploy(self, stack: Stack, design: Design, undo: _Undo, verb: str) -> None:
        imported: set[str] = set()
        scope = self.surroundings.evaluator(design, stack.resources, imported)
        try:
            live = live_resources(design.anatomy, scope)
            needs = dependencies(live, scope)
            order = creation_order(needs)
            problems = all_problems(live, self.types, scope, design, self.models)
        except StackError as problem:
            raise _Failed([], problem.message) from None
        if problems:
            for name in order:
                if name in problems:
                    made = stack.resources.get(name)
                    self._resource_event(
                        stack,
                        live[name],
                        made.physical_id if made else "",
                        f"{'UPDATE' if made else 'CREATE'}_FAILED",
                        problems[name],
                    )
            raise _Failed([name for name in order if name in problems])
        for name in order:
            try:
                self._bring_about(stack, live[name], needs[name], scope, design, undo)
            except _Failed:
                raise
            except Exception as error:
                raise _Failed([name], reason(error)) from error
        # resources keep the order of the template's dependencies: deletion runs it backwards
        rest = {n: d for n, d in stack.resources.items() if n not in live}
        now = {name: stack.resources[name] for name in order}
        stack.resources.clear()
        stack.resources.update({**rest, **now})
        try:
            stack.outputs = self._outputs(stack, design, scope)
        except StackError as problem:
            raise _Failed([], problem.message) from None
        stack.imports = imported

    def _bring_about(
        self,
        stack: Stack,
        entry: ResourceEntry,
        needs: frozenset[str],
        scope: Evaluator,
        design: Design,
        undo: _Undo,
    ) -> None:
        kind = self.types[entry.type]
        old = stack.resources.get(entry.logical_id)
        properties, problem = evaluated(entry, kind, scope, design, self.models)
        if problem is None and unknowns(properties):
            problem = f"{entry.logical_id} needs a value that is not known"  # pragma: no cover
        if problem is not None:
            verb = "UPDATE" if old else "CREATE"
            at = old.physical_id if old else ""
            self._resource_event(stack, entry, at, f"{verb}_FAILED", problem)
            raise _Failed([entry.logical_id])
        if old is None:
            new = self._create(stack, entry, needs, properties, undo, "CREATE")
            undo.steps.append(("created", new, None))
            stack.resources[entry.logical_id] = new
            return
        changed = changed_properties(old.properties, properties)
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
        self._resource_event(stack, entry, old.physical_id, "UPDATE_IN_PROGRESS", None, properties)
        undo.steps.append(("updated", old, renewed))
        try:
            made = self._apply_update(stack, old, renewed, changed)
        except Exception as error:
            self._resource_event(
                stack, entry, old.physical_id, "UPDATE_FAILED", reason(error), properties
            )
            raise _Failed([entry.logical_id]) from error
        stack.resources[entry.logical_id] = replace(
            made, status="UPDATE_COMPLETE", changed=self.host.now()
        )
        self._resource_event(stack, entry, made.physical_id, "UPDATE_COMPLETE", None, properties)

    def _apply_update(
        self, stack: Stack, old: Deployed, new: Deployed, changed: frozenset[str]
    ) -> Deployed:
        kind = self.types[old.type]
        assert kind.update is not None
        made = kind.update(
            self._context(stack, old.logical_id), _existing(old), new.properties, changed
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
        undo: _Undo,
    ) -> None:
        kind = self.types[entry.type]
        naming = kind.name_property or ""
        name = properties.get(naming)
        if name is not None and name == old.properties.get(naming):
            self._resource_event(
                stack,
                entry,
                old.physical_id,
                "UPDATE_FAILED",
                "CloudFormation cannot update a stack when a custom-named resource requires "
                f"replacing. Rename {name} and update the stack again.",
            )
            raise _Failed([entry.logical_id])
        self._resource_event(
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
        undo: _Undo,
        verb: str,
    ) -> Deployed:
        kind = self.types[entry.type]
        if verb == "CREATE":
            self._resource_event(stack, entry, "", "CREATE_IN_PROGRESS", None, properties)
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
            self._resource_event(stack, entry, at, f"{verb}_FAILED", reason(error), properties)
            raise _Failed([entry.logical_id]) from error
        if verb == "CREATE":
            self._resource_event(
                stack,
                entry,
                made.physical_id,
                "CREATE_IN_PROGRESS",
                "Resource creation Initiated",
                properties,
            )
        self._resource_event(stack, entry, made.physical_id, f"{verb}_COMPLETE", None, properties)
        return deployed(made, f"{verb}_COMPLETE")

    def _outputs(self, stack: Stack, design: Design, scope: Evaluator) -> dict[str, Output]:
        outputs = {}
        taken = {
            o.export: other.name
            for other in self.stacks
            if other.live and other is not stack
            for o in other.outputs.values()
            if o.export
        }
        for name, written in live_outputs(design.anatomy, scope).items():
            value = scope.value(written["Value"])
            if not isinstance(value, (str, int, float)):
                raise StackError(
                    "Template format error: The Value field of every Outputs member must "
                    f"evaluate to a String. [/Outputs/{name}]"
                )
            if isinstance(value, bool):
                value = str(value).lower()
            export = scope.value((written.get("Export") or {}).get("Name"))
            if export is not None and export in taken:
                raise StackError(
                    f"Export with name {export} is already exported by stack {taken[export]}"
                )
            outputs[name] = Output(name, str(value), written.get("Description"), export)
            if export is not None:
                taken[export] = stack.name
        for old in stack.outputs.values():
            now = {o.export: o.value for o in outputs.values()}
            users = [n for n in self.importers(old.export or "") if n != stack.name]
            if old.export and users and now.get(old.export) != old.value:
                verb = "updated" if old.export in now else "deleted"
                raise StackError(
                    f"Export {old.export} cannot be {verb} as it is in use by {', '.join(users)}"
                )
        return outputs

    # -- going back ----------------------------------------------------------------------------

    def _creation_failed(self, stack: Stack, failure: _Failed) -> None:
        why = failure.summary("create")
        if stack.on_failure == "DO_NOTHING":
            self.announce(stack, "CREATE_FAILED", why)
            return
        deleting = stack.on_failure == "DELETE"
        requested = f"{why} {'Delete' if deleting else 'Rollback'} requested by user."
        self.announce(
            stack, "DELETE_IN_PROGRESS" if deleting else "ROLLBACK_IN_PROGRESS", requested
        )
        failed = self._delete_all(stack, set(), rollback=True)
        if failed:
            self.announce(
                stack,
                "DELETE_FAILED" if deleting else "ROLLBACK_FAILED",
                f"The following resource(s) failed to delete: [{', '.join(failed)}]. ",
            )
            return
        stack.outputs.clear()
        stack.imports.clear()
        if deleting:
            stack.deleted = self.host.now()
        self.announce(stack, "DELETE_COMPLETE" if deleting else "ROLLBACK_COMPLETE")

    def _undo_update(
        self,
        stack: Stack,
        failure: _Failed,
        undo: _Undo,
        standing: dict[str, Deployed],
        before: tuple[Design | None, Request | None, dict[str, Output], set[str]],
    ) -> None:
        self.announce(stack, "UPDATE_ROLLBACK_IN_PROGRESS", failure.summary("update"))
        failed = []
        leftovers: list[Deployed] = []
        for action, first, second in reversed(undo.steps):
            if action == "created":
                leftovers.append(first)
                stack.resources.pop(first.logical_id, None)
            elif action == "replaced":
                assert second is not None
                leftovers.append(second)
            elif action == "updated":
                assert second is not None
                changed = changed_properties(first.properties, second.properties)
                current = replace(first, properties=second.properties)
                try:
                    self._apply_update(stack, current, first, changed)
                except Exception as error:
                    failed.append(first.logical_id)
                    self._event(
                        stack,
                        first.logical_id,
                        first.physical_id,
                        first.type,
                        "UPDATE_FAILED",
                        reason(error),
                    )
                    continue
                self._event(
                    stack, first.logical_id, first.physical_id, first.type, "UPDATE_COMPLETE"
                )
        stack.resources.clear()
        stack.resources.update(standing)
        stack.design, stack.request, stack.outputs, stack.imports = before
        if failed:
            self.announce(
                stack,
                "UPDATE_ROLLBACK_FAILED",
                f"The following resource(s) failed to update: [{', '.join(failed)}]. ",
            )
            return
        self.announce(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for deployed in leftovers:
            self._remove(stack, deployed, forget=False)
        self.announce(stack, "UPDATE_ROLLBACK_COMPLETE")

    def _clean_up(self, stack: Stack, standing: Mapping[str, Deployed]) -> None:
        for name, old in reversed(list(standing.items())):
            now = stack.resources.get(name)
            if now is not None and (now.physical_id, now.ref) != (old.physical_id, old.ref):
                if old.replace_policy == "Retain":
                    self._skip(stack, old)
                else:
                    self._remove(stack, old, forget=False)
        assert stack.design is not None
        scope = self.surroundings.evaluator(stack.design, stack.resources)
        live = live_resources(stack.design.anatomy, scope)
        for name in [n for n in reversed(stack.resources) if n not in live]:
            deployed = stack.resources[name]
            if deployed.deletion_policy in ("Retain", "RetainExceptOnCreate"):
                self._skip(stack, deployed)
                stack.gone[name] = replace(deployed, status="DELETE_SKIPPED")
                del stack.resources[name]
            else:
                self._remove(stack, deployed)
                stack.resources.pop(name, None)

    def _delete_all(self, stack: Stack, keep: set[str], *, rollback: bool = False) -> list[str]:
        failed: list[str] = []
        blocked: set[str] = set()
        retained = ("Retain",) if rollback else ("Retain", "RetainExceptOnCreate")
        for name, deployed in list(reversed(stack.resources.items())):
            if name in keep or deployed.deletion_policy in retained:
                self._skip(stack, deployed)
                stack.gone[name] = replace(deployed, status="DELETE_SKIPPED")
                del stack.resources[name]
            elif name in blocked:
                blocked |= deployed.needs
            elif not self._remove(stack, deployed):
                failed.append(name)
                blocked |= deployed.needs
        return failed

    def _skip(self, stack: Stack, deployed: Deployed) -> None:
        self._event(
            stack, deployed.logical_id, deployed.physical_id, deployed.type, "DELETE_SKIPPED"
        )

    def _remove(self, stack: Stack, deployed: Deployed, *, forget: bool = True) -> bool:
        """Delete one resource; False when it refused (the event says why)."""
        kind = self.types[deployed.type]
        place = (stack, deployed.logical_id, deployed.physical_id, deployed.type)
        self._event(*place, "DELETE_IN_PROGRESS")
        try:
            if deployed.deletion_policy == "Snapshot" and not kind.snapshots:
                raise ResourceFailure(
                    f"DeletionPolicy Snapshot is not supported for {deployed.type} by the local "
                    "cloud"
                )
            kind.delete(self._context(stack, deployed.logical_id), _existing(deployed))
        except Exception as error:
            if not is_missing(error):
                why = reason(error)
                self._event(*place, "DELETE_FAILED", why)
                if forget and deployed.logical_id in stack.resources:
                    stack.resources[deployed.logical_id] = replace(
                        deployed, status="DELETE_FAILED", reason=why
                    )
                return False
        self._event(*place, "DELETE_COMPLETE")
        if forget:
            stack.resources.pop(deployed.logical_id, None)
            stack.gone[deployed.logical_id] = replace(
                deployed, status="DELETE_COMPLETE", changed=self.host.now()
            )
        return True

    # -- records -------------------------------------------------------------------------------

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
            self,
        )

    def announce(self, stack: Stack, status: str, why: str | None = None) -> None:
        """Put the stack into ``status`` and say so in its events."""
        stack.status = status
        stack.reason = why
        self._event(stack, stack.name, stack.id, STACK_TYPE, status, why)

    def _resource_event(
        self,
        stack: Stack,
        entry: ResourceEntry,
        physical_id: str,
        status: str,
        why: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        self._event(stack, entry.logical_id, physical_id, entry.type, status, why, properties)

    def _event(
        self,
        stack: Stack,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        why: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        number = len(stack.events) + 1
        shown = None if properties is None else json.dumps(properties, default=str)
        request = stack.request
        stack.events.append(
            Event(
                f"{logical_id}-{status}-{number:04d}",
                logical_id,
                physical_id,
                kind,
                status,
                why,
                self.host.now(),
                shown,
                request.token if request else None,
            )
        )


def _existing(deployed: Deployed) -> Existing:
    return Existing(deployed.physical_id, deployed.properties, deployed.attributes, deployed.ref)
