"""A table in several regions: DynamoDB global tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Ref, Value
from archlib.architecture.verbs import verb
from archlib.components.base import AwsComponent, Piece, TemplateParameter
from archlib.components.database import Table
from archlib.components.wiring import Wire

if TYPE_CHECKING:
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class ReplicatesTo(Wire):
    """Writes in one region appear in another one, within about a second."""


@dataclass(frozen=True)
class TableReplica(AwsComponent):
    """The replica of a global table in another region; whoever deploys chooses which.

    It has no resource of its own: the global table makes it.
    """

    region: str = field(kw_only=True)

    @property
    def icon(self) -> str:
        """DynamoDB's icon."""
        return "aws.database.Dynamodb"

    @property
    def parameter(self) -> str:
        """The template parameter that holds the region."""
        return f"{self.name}Region"

    @property
    def region_name(self) -> Value:
        """The region."""
        return Ref(self.parameter)

    def parameters(self) -> Iterator[TemplateParameter]:
        """The region, with the component's own as the default."""
        yield TemplateParameter(
            self.parameter,
            "Another region than the stack's, in which the table has a replica",
            self.region,
            r"[a-z]{2}(-[a-z]+)+-[0-9]",
        )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """None."""
        return iter(())


@dataclass(frozen=True)
class GlobalTable(Table):
    """A table with replicas in other regions, each of which takes reads and writes.

    Its stream is always on: replication reads it. The last writer wins. Source: Amazon DynamoDB
    Developer Guide, "Global tables: How it works"; AWS CloudFormation Template Reference,
    "AWS::DynamoDB::GlobalTable".
    """

    @verb("TableReplica")
    def replicates_to(
        self, replica: TableReplica, *, label: str = "global table replication"
    ) -> ReplicatesTo:
        """Keep a replica in the replica's region."""
        return ReplicatesTo(self.name, replica.name, "replicates_to", label, Arrow.FORWARD)

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The global table, with a replica in the stack's own region and in each other one."""
        from troposphere import Ref as CfnRef
        from troposphere import Sub, dynamodb

        replicas = [
            plan.component(wire.target, TableReplica) for wire in plan.outgoing(self, ReplicatesTo)
        ]
        # Backups of one region hold the records of all.
        backed_up = dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True)
        yield Piece(
            dynamodb.GlobalTable(
                self.name,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                TableName=Sub("${AWS::StackName}-" + self.name),
                BillingMode="PAY_PER_REQUEST",
                **self.key_properties(),
                StreamSpecification=dynamodb.StreamSpecification(
                    StreamViewType="NEW_AND_OLD_IMAGES"
                ),
                SSESpecification=dynamodb.GlobalTableSSESpecification(SSEEnabled=True),
                Replicas=[
                    dynamodb.ReplicaSpecification(
                        Region=CfnRef("AWS::Region"), PointInTimeRecoverySpecification=backed_up
                    ),
                    *(
                        dynamodb.ReplicaSpecification(Region=CfnRef(replica.parameter))
                        for replica in replicas
                    ),
                ],
            ),
            "The records, near their readers: replicas follow the table's stream",
            {"replicas": {r.name: Ref(r.parameter).intrinsic() for r in replicas}},
        )
