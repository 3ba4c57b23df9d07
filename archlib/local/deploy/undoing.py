"""Going back: failed creations, failed updates, what an update leaves over, deletion.

Source: "Stack failure options" and "Update behaviors of stack resources" in the AWS
CloudFormation User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from archlib.local.deploy.conditions import live_resources
from archlib.local.deploy.failures import reason
from archlib.local.deploy.journal import Journal
from archlib.local.deploy.operation import Failed, Host, Undo
from archlib.local.deploy.planning import changed_properties
from archlib.local.deploy.scope import Surroundings
from archlib.local.deploy.stack import Deployed, Design, Output, Request, Stack
from archlib.local.deploy.workshop import Workshop


@dataclass(frozen=True)
class Before:
    """A stack's record as it was before an update."""

    design: Design | None
    request: Request | None
    outputs: dict[str, Output]
    imports: set[str]
    resources: dict[str, Deployed]

    @classmethod
    def of(cls, stack: Stack) -> Before:
        """The record as it is now."""
        return cls(
            stack.design,
            stack.request,
            dict(stack.outputs),
            set(stack.imports),
            dict(stack.resources),
        )

    def restore(self, stack: Stack) -> None:
        """Make the record what it was."""
        stack.resources.clear()
        stack.resources.update(self.resources)
        stack.design, stack.request = self.design, self.request
        stack.outputs, stack.imports = self.outputs, self.imports


@dataclass(frozen=True)
class WayBack:
    """Takes away what stands, and puts back what stood."""

    host: Host
    workshop: Workshop
    journal: Journal
    surroundings: Surroundings

    def creation_failed(self, stack: Stack, failure: Failed) -> None:
        """Do with a stack that could not be created what its caller asked for."""
        why = failure.summary("create")
        if stack.on_failure == "DO_NOTHING":
            self.journal.announce(stack, "CREATE_FAILED", why)
            return
        deleting = stack.on_failure == "DELETE"
        requested = f"{why} {'Delete' if deleting else 'Rollback'} requested by user."
        self.journal.announce(
            stack, "DELETE_IN_PROGRESS" if deleting else "ROLLBACK_IN_PROGRESS", requested
        )
        failed = self.delete_all(stack, set(), rollback=True)
        if failed:
            self.journal.announce(
                stack,
                "DELETE_FAILED" if deleting else "ROLLBACK_FAILED",
                f"The following resource(s) failed to delete: [{', '.join(failed)}]. ",
            )
            return
        stack.outputs.clear()
        stack.imports.clear()
        if deleting:
            stack.deleted = self.host.now()
        self.journal.announce(stack, "DELETE_COMPLETE" if deleting else "ROLLBACK_COMPLETE")

    def update_failed(
        self,
        stack: Stack,
        failure: Failed,
        undo: Undo,
        before: Before,
    ) -> None:
        """Undo an update's steps, newest first, and put the stack's record back."""
        self.journal.announce(stack, "UPDATE_ROLLBACK_IN_PROGRESS", failure.summary("update"))
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
                    self.workshop.apply_update(stack, current, first, changed, undoing=True)
                except Exception as error:
                    failed.append(first.logical_id)
                    self.journal.event(
                        stack,
                        first.logical_id,
                        first.physical_id,
                        first.type,
                        "UPDATE_FAILED",
                        reason(error),
                    )
                    continue
                self.journal.event(
                    stack, first.logical_id, first.physical_id, first.type, "UPDATE_COMPLETE"
                )
        before.restore(stack)
        if failed:
            self.journal.announce(
                stack,
                "UPDATE_ROLLBACK_FAILED",
                f"The following resource(s) failed to update: [{', '.join(failed)}]. ",
            )
            return
        self.journal.announce(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for deployed in leftovers:
            self.workshop.remove(stack, deployed, forget=False)
        self.journal.announce(stack, "UPDATE_ROLLBACK_COMPLETE")

    def clean_up(self, stack: Stack, standing: Mapping[str, Deployed]) -> None:
        """After an update: remove what was replaced and what the template no longer has."""
        for name, old in reversed(list(standing.items())):
            now = stack.resources.get(name)
            if now is not None and (now.physical_id, now.ref) != (old.physical_id, old.ref):
                if old.replace_policy == "Retain":
                    self.workshop.skip(stack, old)
                else:
                    self.workshop.remove(stack, old, forget=False)
        assert stack.design is not None
        scope = self.surroundings.evaluator(stack.design, stack.resources)
        live = live_resources(stack.design.anatomy, scope)
        for name in [n for n in reversed(stack.resources) if n not in live]:
            deployed = stack.resources[name]
            if deployed.deletion_policy in ("Retain", "RetainExceptOnCreate"):
                self.workshop.skip(stack, deployed)
                stack.gone[name] = replace(deployed, status="DELETE_SKIPPED")
                del stack.resources[name]
            else:
                self.workshop.remove(stack, deployed)
                stack.resources.pop(name, None)

    def delete_all(self, stack: Stack, keep: set[str], *, rollback: bool = False) -> list[str]:
        """Delete a stack's resources in reverse order; the names of those that refused."""
        failed: list[str] = []
        blocked: set[str] = set()
        retained = ("Retain",) if rollback else ("Retain", "RetainExceptOnCreate")
        for name, deployed in list(reversed(stack.resources.items())):
            if name in keep or deployed.deletion_policy in retained:
                self.workshop.skip(stack, deployed)
                stack.gone[name] = replace(deployed, status="DELETE_SKIPPED")
                del stack.resources[name]
            elif name in blocked:
                blocked |= deployed.needs
            elif not self.workshop.remove(stack, deployed):
                failed.append(name)
                blocked |= deployed.needs
        return failed
