"""Exports and imports: what the stacks of a region lend each other.

Source: "Get exported outputs from a deployed CloudFormation stack" in the AWS CloudFormation
User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.conditions import live_outputs
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import Evaluator
from archlib.local.deploy.stack import Design, Output, Stack


class Exchange:
    """The exports of all stacks of a region."""

    def __init__(self, stacks: list[Stack]) -> None:
        self.stacks = stacks

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

    def outputs(self, stack: Stack, design: Design, scope: Evaluator) -> dict[str, Output]:
        """The outputs of a design; raises :class:`StackError` for a clash of exports."""
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
