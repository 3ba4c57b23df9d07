"""Stacks made, changed and deleted: the part of CloudFormation that does things.

A request is worked out (:mod:`designing`), every resource is checked (:mod:`validation`), then
resources are made one after the other in dependency order. What fails is undone in reverse.
Source: "Stack failure options", "Update behaviors of stack resources" and "Understand stack
creation events" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from archlib.local.deploy.conditions import live_resources
from archlib.local.deploy.designing import Designer
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.exchange import Exchange
from archlib.local.deploy.failures import reason
from archlib.local.deploy.journal import Journal
from archlib.local.deploy.operation import Failed, Host, Undo
from archlib.local.deploy.ordering import creation_order, dependencies
from archlib.local.deploy.planning import (
    Plan,
    check_types_kept,
    make_plan,
)
from archlib.local.deploy.resource_type import ResourceType
from archlib.local.deploy.scope import Surroundings
from archlib.local.deploy.stack import Design, Request, Stack
from archlib.local.deploy.undoing import Before, WayBack
from archlib.local.deploy.validation import all_problems
from archlib.local.deploy.workshop import Workshop


class Engine:
    """All stacks of one region."""

    def __init__(self, host: Host, types: Mapping[str, ResourceType]) -> None:
        self.host = host
        self.types = types
        self.stacks: list[Stack] = []
        self.exchange = Exchange(self.stacks)
        self.surroundings = Surroundings(host.client, self.exchange.exports)
        self.designer = Designer(host.account, host.region, types, self.surroundings)
        self.journal = Journal(host.now)
        self.workshop = Workshop(host, types, self.models, self.journal, self)
        self.way_back = WayBack(host, self.workshop, self.journal, self.surroundings)

    # -- finding -----------------------------------------------------------------------------

    def find(self, name_or_id: str, *, deleted: bool = False) -> Stack:
        """A stack by name or id (``deleted`` ones only by id); raises :class:`StackError`."""
        for stack in reversed(self.stacks):
            if stack.id == name_or_id and (stack.live or deleted):
                return stack
            if stack.name == name_or_id and stack.live:
                return stack
        raise StackError(f"Stack with id {name_or_id} does not exist")

    def models(self, service: str) -> Any:
        """The botocore model of a service."""
        return self.host.client(service).meta.service_model

    # -- operations --------------------------------------------------------------------------

    def begin(self, name: str, request: Request, *, status: str = "CREATE_IN_PROGRESS") -> Stack:
        """A stack record with its id, not yet among the stacks."""
        if len(name) > 128:
            raise StackError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
                "constraint: Member must have length less than or equal to 128"
            )
        if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]*", name):
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
        self.journal.announce(stack, "CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._deploy(stack, design, Undo(), "CREATE")
        except Failed as failure:
            self.way_back.creation_failed(stack, failure)
        else:
            self.journal.announce(stack, "CREATE_COMPLETE")

    def plan(self, stack: Stack, design: Design) -> Plan:
        """What ``design`` would change."""
        return make_plan(stack, design, self)

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
        before = Before.of(stack)
        stack.updated = self.host.now()
        self.journal.announce(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        undo = Undo()
        try:
            self._deploy(stack, design, undo, "UPDATE")
        except Failed as failure:
            self.way_back.update_failed(stack, failure, undo, before)
            return
        stack.design, stack.request = design, design.request
        self.journal.announce(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self.way_back.clean_up(stack, before.resources)
        self.journal.announce(stack, "UPDATE_COMPLETE")

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
            users = [n for n in self.exchange.importers(output.export or "") if n != stack.name]
            if output.export and users:
                raise StackError(
                    f"Export {output.export} cannot be deleted as it is in use by "
                    f"{', '.join(users)}"
                )
        self.journal.announce(stack, "DELETE_IN_PROGRESS", "User Initiated")
        failed = self.way_back.delete_all(stack, keep)
        if failed:
            self.journal.announce(
                stack,
                "DELETE_FAILED",
                f"The following resource(s) failed to delete: [{', '.join(failed)}]. ",
            )
            return
        stack.outputs.clear()
        stack.imports.clear()
        stack.deleted = self.host.now()
        self.journal.announce(stack, "DELETE_COMPLETE")

    # -- going forward -------------------------------------------------------------------------

    def _deploy(self, stack: Stack, design: Design, undo: Undo, verb: str) -> None:
        imported: set[str] = set()
        stack.hidden |= design.hidden
        scope = self.surroundings.evaluator(design, stack.resources, imported)
        try:
            live = live_resources(design.anatomy, scope)
            needs = dependencies(live, scope)
            order = creation_order(needs)
            problems = all_problems(live, self.types, scope, design, self.models)
        except StackError as problem:
            raise Failed([], problem.message) from None
        if problems:
            for name in order:
                if name in problems:
                    made = stack.resources.get(name)
                    self.journal.of_resource(
                        stack,
                        live[name],
                        made.physical_id if made else "",
                        f"{'UPDATE' if made else 'CREATE'}_FAILED",
                        problems[name],
                    )
            raise Failed([name for name in order if name in problems])
        for name in order:
            try:
                self.workshop.bring_about(stack, live[name], needs[name], scope, design, undo)
            except Failed:
                raise
            except Exception as error:
                raise Failed([name], reason(error)) from error
        # resources keep the order of the template's dependencies: deletion runs it backwards
        rest = {n: d for n, d in stack.resources.items() if n not in live}
        now = {name: stack.resources[name] for name in order}
        stack.resources.clear()
        stack.resources.update({**rest, **now})
        try:
            stack.outputs = self.exchange.outputs(stack, design, scope)
        except StackError as problem:
            raise Failed([], problem.message) from None
        stack.imports = imported
