"""What the plane of global tables honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours, refuses
from archlib.local.globaltables.lag import DEFAULT_LAG

COVERAGE = coverage(
    "DynamoDB global tables",
    honours("Replicas (version 2019.11.21)", "added, changed and removed one at a time, with "
            "AWS's conditions and errors; CloudFormation's GlobalTable"),
    honours("Asynchronous replication", f"{DEFAULT_LAG:g} s of virtual time, changeable per pair "
            "of regions; puts, updates, deletes, transactions item by item, TTL"),
    honours("Last writer wins", "by the virtual time of the write"),
    honours("Regional reads", "also the strongly consistent ones"),
    honours("Replicated writes", "appear in the replica's stream and consume its write units"),
    honours("Settings in common", "indexes, billing mode, throughput, table class, TTL"),
    honours("On-demand or auto scaled", "a scaling target and policy must exist; they do not "
            "scale anything"),
    refuses("Strong consistency between regions, witnesses"),
    refuses("A replica's own key, on-demand ceilings or index overrides"),
    refuses("The legacy version 2017.11.29"),
    refuses("Replicas in other accounts"),
    differs("Time to add or remove a replica", "none; AWS takes half a minute to hours"),
    differs("Throttled replication", "replicated writes take the replica's units without waiting "
            "for them"),
)  # fmt: skip
