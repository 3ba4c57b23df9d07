"""The CloudFormation API: the plane that answers ``boto3.client("cloudformation")``.

Stacks are complete when the call returns; the waiters find that at once. One engine per region.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, ApiRefusal
from archlib.local.deploy import operations_change_sets as change_sets
from archlib.local.deploy import operations_stacks as stacks
from archlib.local.deploy.answers import Answer
from archlib.local.deploy.engine import Engine
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.operation import Host
from archlib.local.deploy.providers import TYPES

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_SERVICE = "cloudformation"
#: Arguments whose effect the local cloud cannot give.
REFUSED_ARGUMENTS = (
    "NotificationARNs",
    "RoleARN",
    "StackPolicyBody",
    "StackPolicyURL",
    "StackPolicyDuringUpdateBody",
    "StackPolicyDuringUpdateURL",
    "ResourceTypes",
    "ResourcesToImport",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "DeploymentMode",
    "DeletionMode",
    "OnStackFailure",
    "RetainExceptOnCreate",
)
Operation = Callable[[Engine, dict[str, Any]], Answer]


class CloudFormation:
    """The plane; ``engine()`` is the engine of a region, for the library's own bookkeeping."""

    def start(self, cloud: LocalCloud) -> None:
        """Register every operation of the service, the unsupported ones with a refusal."""
        self.cloud = cloud
        self._engines: dict[str, Engine] = {}
        model = cloud.control(_SERVICE).meta.service_model
        for name in model.operation_names:
            cloud.api.handle(_SERVICE, name, self._serve(name, OPERATIONS.get(name)))

    def stop(self) -> None:
        """Forget all stacks."""
        self._engines.clear()

    @property
    def engines(self) -> Mapping[str, Engine]:
        """The engines of the regions in which somebody asked for one."""
        return self._engines

    def engine(self, region: str | None = None) -> Engine:
        """The engine of a region."""
        region = region or self.cloud.region
        if region not in self._engines:
            cloud = self.cloud
            host = Host(
                account=cloud.account,
                region=region,
                client=lambda service: cloud.control(service, region=region),
                now=cloud.clock.now,
                new_id=lambda length, alphabet: cloud.new_id(_SERVICE, length, alphabet),
                new_uuid=cloud.new_uuid,
            )
            self._engines[region] = Engine(host, TYPES)
        return self._engines[region]

    @property
    def regions(self) -> tuple[str, ...]:
        """Where CloudFormation has been asked for something, in alphabetical order."""
        return tuple(sorted(self._engines))

    def _serve(self, name: str, operation: Operation | None) -> Callable[[ApiCall], Answer]:
        def serve(call: ApiCall) -> Answer:
            if operation is None:
                raise Unsupported(f"the local cloud has no cloudformation:{name}")
            for argument in REFUSED_ARGUMENTS:
                if call.params.get(argument):
                    raise Unsupported(
                        f"the local cloud does not honour {argument} of cloudformation:{name}"
                    )
            if (call.params.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
                raise Unsupported(
                    f"the local cloud does not honour RollbackTriggers of cloudformation:{name}"
                )
            try:
                return operation(self.engine(call.region), call.params)
            except StackError as refusal:
                raise ApiRefusal(refusal.code, refusal.message) from None

        return serve


OPERATIONS: dict[str, Operation] = {
    "ValidateTemplate": stacks.validate_template,
    "GetTemplateSummary": stacks.get_template_summary,
    "CreateStack": stacks.create_stack,
    "UpdateStack": stacks.update_stack,
    "DeleteStack": stacks.delete_stack,
    "DescribeStacks": stacks.describe_stacks,
    "ListStacks": stacks.list_stacks,
    "DescribeStackEvents": stacks.stack_events,
    "DescribeStackResource": stacks.describe_resource,
    "DescribeStackResources": stacks.describe_resources,
    "ListStackResources": stacks.list_resources,
    "GetTemplate": stacks.get_template,
    "CreateChangeSet": change_sets.create_change_set,
    "DescribeChangeSet": change_sets.describe_change_set,
    "ExecuteChangeSet": change_sets.execute_change_set,
    "DeleteChangeSet": change_sets.delete_change_set,
    "ListChangeSets": change_sets.list_change_sets,
    "ListExports": stacks.list_exports,
    "ListImports": stacks.list_imports,
    "UpdateTerminationProtection": stacks.protection,
}

__all__ = ["OPERATIONS", "CloudFormation"]
