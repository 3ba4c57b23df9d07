"""Databases and their caches: DynamoDB and DAX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Ref, Value
from archlib.architecture.verbs import described, verb
from archlib.components.base import AwsComponent, Piece
from archlib.components.statements import identity_policy, service_trust, sid
from archlib.components.streams import StreamsTo
from archlib.components.wiring import Grant, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.plan import Plan
    from archlib.components.streams import TableStream

READ_OPERATIONS = ("GetItem", "Query")
WRITE_OPERATIONS = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(frozen=True)
class Table(AwsComponent):
    """A DynamoDB table: on-demand capacity, encrypted, with point-in-time recovery.

    ``partition_key`` and ``sort_key`` are names of string attributes.
    """

    partition_key: str = field(kw_only=True)
    sort_key: str | None = field(default=None, kw_only=True)

    @property
    def icon(self) -> str:
        """DynamoDB's icon."""
        return "aws.database.Dynamodb"

    @property
    def table_name(self) -> Value:
        """The table's name."""
        return Ref(self.name)

    @property
    def arn(self) -> Value:
        """The table's ARN."""
        return Attribute(self.name, "Arn")

    @verb("TableStream")
    def streams_to(self, stream: TableStream, *, label: str = "stream changes") -> StreamsTo:
        """Keep every change, old and new image, in a stream for 24 hours.

        Source: Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams".
        """
        return StreamsTo(
            self.name,
            stream.name,
            "streams_to",
            label,
            Arrow.FORWARD,
            off_trace="a table writes its stream itself; only reading it is a call",
        )

    def key_properties(self) -> dict[str, Any]:
        """The keys as the resource's properties."""
        from troposphere import dynamodb

        keys = [(self.partition_key, "HASH")]
        if self.sort_key is not None:
            keys.append((self.sort_key, "RANGE"))
        return {
            "AttributeDefinitions": [
                dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S")
                for name, _ in keys
            ],
            "KeySchema": [
                dynamodb.KeySchema(AttributeName=name, KeyType=kind) for name, kind in keys
            ],
        }

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The table.

        Deleting the stack deletes it: DynamoDB keeps a backup of a table with point-in-time
        recovery for 35 days (Amazon DynamoDB Developer Guide, "Point-in-time recovery").
        """
        from troposphere import Sub, dynamodb

        optional: dict[str, Any] = {}
        if plan.outgoing(self, StreamsTo):
            optional["StreamSpecification"] = dynamodb.StreamSpecification(
                StreamViewType="NEW_AND_OLD_IMAGES"
            )
        yield Piece(
            dynamodb.Table(
                self.name,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                TableName=Sub("${AWS::StackName}-" + self.name),
                BillingMode="PAY_PER_REQUEST",
                **self.key_properties(),
                PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(
                    PointInTimeRecoveryEnabled=True
                ),
                SSESpecification=dynamodb.SSESpecification(SSEEnabled=True),
                **optional,
            ),
            "The records; on-demand capacity, so that no fixed throughput is a bottleneck",
        )


@dataclass(frozen=True)
class Fronts(Wire):
    """A cache reads and writes a table on its clients' behalf."""


@dataclass(frozen=True)
class DaxCluster(AwsComponent):
    """A DynamoDB Accelerator cluster: a write-through cache in a VPC.

    ``item_ttl`` and ``query_ttl`` are seconds. The endpoint speaks DAX's plain protocol on port
    8111 to its own VPC; data at rest is encrypted.
    """

    nodes: int = field(default=2, kw_only=True)
    node_type: str = field(default="dax.t3.small", kw_only=True)
    item_ttl: int = field(default=300, kw_only=True)
    query_ttl: int = field(default=60, kw_only=True)

    PORT = 8111

    @property
    def icon(self) -> str:
        """DAX's icon."""
        return "aws.database.DynamodbDax"

    @property
    def arn(self) -> Value:
        """The cluster's ARN."""
        return Attribute(self.name, "Arn")

    @property
    def endpoint(self) -> Value:
        """The discovery endpoint as a URL that the DAX client takes (``dax://host``)."""
        return Attribute(self.name, "ClusterDiscoveryEndpointURL")

    @property
    def security_group(self) -> str:
        """The logical id of the cluster's security group."""
        return f"{self.name}SecurityGroup"

    @verb("Table")
    def fronts(
        self,
        table: Table,
        *,
        operations: tuple[str, ...] = READ_OPERATIONS + WRITE_OPERATIONS,
        label: str = "",
        arrow: Arrow = Arrow.FORWARD,
    ) -> Fronts:
        """The cache answers for the table: its role may do these operations there.

        DescribeTable is always granted: DAX learns the key schema with it (Amazon DynamoDB
        Developer Guide, "DAX access control", "IAM service role for DAX").
        """
        actions = ("dynamodb:DescribeTable", *(f"dynamodb:{name}" for name in operations))
        grant = Grant(self.name, sid("fronts", table.name), actions, (table.arn,))
        return Fronts(self.name, table.name, "fronts", label, arrow, grants=(grant,))

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """Cluster, role, subnet group, parameter group and security group."""
        from troposphere import GetAtt, dax, ec2, iam
        from troposphere import Ref as CfnRef

        from archlib.components.intrinsics import cfn
        from archlib.components.table_access import ReadsThrough

        vpc = plan.vpc(self)
        if vpc is None:
            raise ModelError(
                "a DAX cluster needs a VPC and stands in none",
                where=described(self),
                hint="give it boundary=, the name of a Vpc",
            )
        grants = plan.grants(self)
        if not grants:
            raise ModelError(
                "fronts no table", where=described(self), hint="connect it: cache.fronts(table)"
            )
        fronted = [wire.target for wire in plan.outgoing(self, Fronts)]
        yield Piece(
            iam.Role(
                f"{self.name}Role",
                Description=f"What {self.name} may do in DynamoDB on its clients' behalf",
                AssumeRolePolicyDocument=service_trust("dax.amazonaws.com"),
                Policies=[iam.Policy(PolicyName=self.name, PolicyDocument=identity_policy(grants))],
            ),
            "The cluster's own permissions: exactly what its clients may do through it",
        )
        yield Piece(
            ec2.SecurityGroup(
                self.security_group,
                GroupDescription=f"Who may open a connection to {self.name}",
                VpcId=cfn(vpc.id),
                SecurityGroupIngress=[
                    ec2.SecurityGroupRule(
                        IpProtocol="tcp",
                        FromPort=self.PORT,
                        ToPort=self.PORT,
                        SourceSecurityGroupId=GetAtt(f"{wire.source}SecurityGroup", "GroupId"),
                        Description=f"DAX clients in {wire.source}",
                    )
                    for wire in plan.incoming(self, ReadsThrough)
                ],
            ),
            f"Only the functions that read through the cache reach its port {self.PORT}",
        )
        yield Piece(
            dax.SubnetGroup(
                f"{self.name}Subnets",
                Description=f"Where the nodes of {self.name} stand",
                SubnetIds=[cfn(subnet) for subnet in vpc.subnet_ids],
            ),
            "One private subnet in each availability zone",
        )
        yield Piece(
            dax.ParameterGroup(
                f"{self.name}Parameters",
                Description=f"How long {self.name} keeps items and query results",
                ParameterNameValues={
                    "record-ttl-millis": str(self.item_ttl * 1000),
                    "query-ttl-millis": str(self.query_ttl * 1000),
                },
            ),
            "Time to live of the item cache and of the query cache",
        )
        yield Piece(
            dax.Cluster(
                self.name,
                Description=f"Read cache in front of {', '.join(fronted)}",
                NodeType=self.node_type,
                ReplicationFactor=self.nodes,
                IAMRoleARN=GetAtt(f"{self.name}Role", "Arn"),
                SubnetGroupName=CfnRef(f"{self.name}Subnets"),
                ParameterGroupName=CfnRef(f"{self.name}Parameters"),
                SecurityGroupIds=[GetAtt(self.security_group, "GroupId")],
                ClusterEndpointEncryptionType="NONE",
                SSESpecification=dax.SSESpecification(SSEEnabled=True),
            ),
            "Write-through cache: most reads never reach the table",
        )
