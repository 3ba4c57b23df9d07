"""What a request for a replica must fulfil, in AWS's words.

Sources: Amazon DynamoDB API Reference, "UpdateTable" (ReplicaUpdates); Amazon DynamoDB Developer
Guide, "Best practices for global tables" (on-demand, or provisioned with auto scaling). The
errors are ValidationException, never the ReplicaAlreadyExists and ReplicaNotFound of the legacy
version's operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.dynamodb.stored import StoredTable
from archlib.local.geography import REGIONS
from archlib.local.refusal import ApiRefusal

_INVALID = "One or more parameter values were invalid: "
STREAM_NEEDED = _INVALID + "Disabling Stream is not allowed for a Global Table replica."

#: Members of a Create or Update action that a replica may have of its own.
HONOURED = ("ProvisionedThroughputOverride", "TableClassOverride")


def invalid(message: str) -> ApiRefusal:
    """A ValidationException."""
    return ApiRefusal("ValidationException", message)


def only_replicas(params: Mapping[str, Any]) -> None:
    """Refuse anything else in a request that changes replicas, and strong consistency."""
    if params.get("MultiRegionConsistency") == "STRONG":
        raise Unsupported(
            "the local cloud has no global tables with strong consistency between regions",
            where="MultiRegionConsistency",
            hint="leave it out: replicas are then eventually consistent",
        )
    for name in ("GlobalTableWitnessUpdates", "GlobalTableSettingsReplicationMode"):
        if name in params:
            raise Unsupported(f"global tables do not honour {name}", where="UpdateTable")
    if set(params) - {"TableName", "ReplicaUpdates", "MultiRegionConsistency"}:
        raise invalid(_INVALID + "Replica modification must be the only operation in the request")


def action_of(updates: list[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The one action of a request, ``Create``, ``Update`` or ``Delete``, with its members."""
    actions = [(kind, dict(given)) for update in updates for kind, given in update.items()]
    if not actions:
        raise invalid("There are no actions specified in the Replica Update Action of the request.")
    if any(len(update) > 1 for update in updates):
        raise invalid(
            "Update table operation with more than one type of replica actions not allowed."
        )
    if len(actions) > 1:
        raise invalid(
            "Update table operation with more than one create or delete replica actions not "
            "allowed."
        )
    kind, given = actions[0]
    if kind not in ("Create", "Update", "Delete"):
        raise Unsupported(f"the local cloud has no replica action {kind}", where="ReplicaUpdates")
    unknown = sorted(set(given) - {"RegionName", *HONOURED})
    if unknown:
        raise Unsupported(
            f"a replica of its own {unknown[0]} is not honoured", where="ReplicaUpdates"
        )
    if kind == "Update" and set(given) == {"RegionName"}:
        raise invalid("There are no actions specified in the Replica Update Action of the request.")
    return kind, given


def another_region(region: str, local: str) -> None:
    """Refuse the table's own region and regions that are none."""
    if region == local:
        raise invalid(
            "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
            "DeleteTable, or UpdateTable as required."
        )
    if region not in REGIONS:
        raise invalid(
            f"Region {region} is not supported. The latest version of global tables are only "
            f"supported in the following regions: [{', '.join(REGIONS)}]"
        )


def scalable(table: StoredTable, account: str, region: str) -> None:
    """Writes must be billed per request or scale by themselves, on the table and its indexes.

    A scalable target alone is not enough: there must be a policy that moves it.
    """
    if table.on_demand:
        return
    places = [("Table", "dynamodb:table:WriteCapacityUnits", f"table/{table.name}")]
    places += [
        ("GSI", "dynamodb:index:WriteCapacityUnits", f"table/{table.name}/index/{index.name}")
        for index in table.table.global_indexes
    ]
    for what, dimension, resource in places:
        if not _scales(account, region, dimension, resource):
            raise invalid(f"{what} write capacity should either be Pay-Per-Request or AutoScaled.")


def _scales(account: str, region: str, dimension: str, resource: str) -> bool:
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    backend: Any = applicationautoscaling_backends[account][region]
    if resource not in backend.targets.get(dimension, {}):
        return False
    return any(
        policy.resource_id == resource and policy.scalable_dimension == dimension
        for policy in backend.policies.values()
    )
