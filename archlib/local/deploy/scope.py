"""The evaluator of one stack: its names, its conditions, what stands, what other stacks export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.deploy.dynamic import resolve_dynamic
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.extensions import EXTENSIONS
from archlib.local.deploy.intrinsics import Evaluator, Unknown
from archlib.local.deploy.stack import Deployed, Design

#: Name -> value of every export of a region.
Exports = Callable[[], Mapping[str, Any]]


@dataclass
class Standing:
    """Looks references up in what is deployed; what is not there yet is unknown."""

    resources: Mapping[str, Deployed] = field(default_factory=dict)

    def ref(self, logical_id: str) -> Any:
        """``Ref`` of a resource."""
        deployed = self.resources.get(logical_id)
        return deployed.ref if deployed else Unknown(frozenset({logical_id}))

    def attribute(self, logical_id: str, name: str) -> Any:
        """``Fn::GetAtt`` of a resource; raises :class:`StackError` for one it does not have."""
        deployed = self.resources.get(logical_id)
        if deployed is None:
            return Unknown(frozenset({logical_id}))
        if name not in deployed.attributes:
            raise StackError(
                f"Template error: resource {logical_id} does not support attribute type {name} "
                "in Fn::GetAtt"
            )
        return deployed.attributes[name]


@dataclass(frozen=True)
class Surroundings:
    """What a stack can see of its region: clients, zones, exports of the other stacks."""

    client: Callable[[str], Any]
    exports: Exports

    def zones(self, region: str) -> list[str]:
        """The availability zones of a region, in order."""
        found = self.client("ec2").describe_availability_zones(
            Filters=[{"Name": "region-name", "Values": [region]}]
        )
        return sorted(zone["ZoneName"] for zone in found["AvailabilityZones"])

    def evaluator(
        self, design: Design, resources: Mapping[str, Deployed], imported: set[str] | None = None
    ) -> Evaluator:
        """The evaluator for ``design`` over what stands; names it imports go to ``imported``."""
        used = imported if imported is not None else set()

        def import_value(name: str) -> Any:
            found = self.exports()
            if name not in found:
                raise StackError(f"No export named {name} found.")
            used.add(name)
            return found[name]

        return Evaluator(
            names=design.names,
            mappings=design.anatomy.section("Mappings"),
            conditions=design.anatomy.section("Conditions"),
            resources=Standing(resources),
            zones=self.zones,
            imports=import_value,
            dynamic=lambda text: resolve_dynamic(text, self.client),
            extended=EXTENSIONS in design.anatomy.transforms,
        )
