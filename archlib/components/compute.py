"""Functions: AWS Lambda."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Ref, Sub, Value, plain
from archlib.architecture.verbs import described, verb
from archlib.components.assets import (
    ASSETS_BUCKET,
    AssetSource,
    CodeDirectory,
    InstalledDistributions,
)
from archlib.components.base import AwsComponent, Piece
from archlib.components.database import (
    READ_OPERATIONS,
    WRITE_OPERATIONS,
    DaxCluster,
    Table,
)
from archlib.components.statements import identity_policy, service_trust, sid
from archlib.components.wiring import Condition, Grant, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.plan import Plan

ENI_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda itself does with the role of a function in a VPC.

Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon
VPC"; Lambda accepts no narrower resource than ``*`` for them, and the same page shows the deny
statement that keeps them from the function's own code.
"""


@dataclass(frozen=True)
class UsesTable(Wire):
    """A function calls DynamoDB itself."""


@dataclass(frozen=True)
class ReadsThrough(Wire):
    """A function reads and writes a table through its cache."""


@dataclass(frozen=True)
class Layer:
    """Python distributions that the function imports and Lambda's runtime lacks."""

    distributions: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Function(AwsComponent):
    """A Lambda function with its role, its log group and, in a VPC, its security group.

    ``timeout`` is seconds, ``memory`` MB, ``log_retention`` days.
    """

    code: Path = field(kw_only=True)
    handler: str = field(default="app.handler", kw_only=True)
    runtime: str = field(default="python3.12", kw_only=True)
    timeout: int = field(default=10, kw_only=True)
    memory: int = field(default=256, kw_only=True)
    log_retention: int = field(default=30, kw_only=True)
    layer: Layer | None = field(default=None, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    def icon(self) -> str:
        """Lambda's icon."""
        return "aws.compute.Lambda"

    @property
    def arn(self) -> Value:
        """The function's unqualified ARN."""
        return Attribute(self.name, "Arn")

    @property
    def function_name(self) -> Value:
        """The function's name."""
        return Ref(self.name)

    @property
    def security_group(self) -> str:
        """The logical id of the security group that the function has in a VPC."""
        return f"{self.name}SecurityGroup"

    def assets(self) -> Iterator[AssetSource]:
        """The code zip, and the layer's if there is one."""
        yield CodeDirectory(f"{self.name}CodeKey", self.code)
        if self.layer is not None:
            yield InstalledDistributions(f"{self.name}LayerCodeKey", self.layer.distributions)

    @verb("Table")
    def reads(
        self, table: Table, *, operations: tuple[str, ...] = READ_OPERATIONS, **drawn: str
    ) -> UsesTable:
        """Read items of the table itself."""
        return self._uses("reads", table, operations, Arrow.BACKWARD, **drawn)

    @verb("Table")
    def writes(
        self, table: Table, *, operations: tuple[str, ...] = WRITE_OPERATIONS, **drawn: str
    ) -> UsesTable:
        """Write items of the table itself."""
        return self._uses("writes", table, operations, Arrow.FORWARD, **drawn)

    @verb("Table")
    def reads_and_writes(
        self,
        table: Table,
        *,
        operations: tuple[str, ...] = READ_OPERATIONS + WRITE_OPERATIONS,
        **drawn: str,
    ) -> UsesTable:
        """Read and write items of the table itself."""
        return self._uses("reads_and_writes", table, operations, Arrow.BOTH, **drawn)

    @verb("Table")
    def bulk_loads(
        self,
        table: Table,
        *,
        label: str = "bulk import (write-around)",
        variable: str = "TABLE_NAME",
    ) -> UsesTable:
        """Write many items straight into the table, around any cache.

        Source: Amazon DynamoDB Developer Guide, "DAX and DynamoDB consistency models",
        "Strategies for writes".
        """
        return self._uses(
            "bulk_loads", table, ("BatchWriteItem",), Arrow.FORWARD, label=label, variable=variable
        )

    def _uses(
        self,
        name: str,
        table: Table,
        operations: tuple[str, ...],
        arrow: Arrow,
        *,
        label: str = "",
        variable: str = "TABLE_NAME",
    ) -> UsesTable:
        actions = tuple(f"dynamodb:{operation}" for operation in operations)
        return UsesTable(
            self.name,
            table.name,
            name,
            label,
            arrow,
            grants=(Grant(self.name, sid(name, table.name), actions, (table.arn,)),),
            environment=((variable, table.table_name),),
        )

    @verb("DaxCluster")
    def reads_and_writes_through(
        self,
        cache: DaxCluster,
        *,
        operations: tuple[str, ...] = READ_OPERATIONS + WRITE_OPERATIONS,
        label: str = "query / read",
        arrow: Arrow = Arrow.BACKWARD,
        variable: str = "DAX_ENDPOINT",
    ) -> ReadsThrough:
        """Read and write through the cache, which needs no permission on the table.

        Source: Amazon DynamoDB Developer Guide, "DAX access control".
        """
        actions = tuple(f"dax:{operation}" for operation in operations)
        name = "reads_and_writes_through"
        return ReadsThrough(
            self.name,
            cache.name,
            name,
            label,
            arrow,
            grants=(Grant(self.name, sid(name, cache.name), actions, (cache.arn,)),),
            environment=((variable, cache.endpoint),),
        )

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """Log group, role, layer, security group, the function, and who may invoke it."""
        from troposphere import GetAtt, awslambda, iam, logs
        from troposphere import Ref as CfnRef
        from troposphere import Sub as CfnSub

        from archlib.components.intrinsics import cfn

        vpc = plan.vpc(self)
        physical = "${AWS::StackName}-" + self.name
        log = f"{self.name}Log"
        yield Piece(
            logs.LogGroup(
                log,
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                LogGroupName=CfnSub(f"/aws/lambda/{physical}"),
                RetentionInDays=self.log_retention,
            ),
            "Where the function's log goes, with an end to how long it is kept",
        )
        grants = [
            Grant(
                self.name,
                "WritesItsOwnLog",
                ("logs:CreateLogStream", "logs:PutLogEvents"),
                (Attribute(log, "Arn"),),
            ),
            *(self._network_grants(physical) if vpc is not None else ()),
            *plan.grants(self),
        ]
        yield Piece(
            iam.Role(
                f"{self.name}Role",
                Description=f"What {self.name} may do",
                AssumeRolePolicyDocument=service_trust("lambda.amazonaws.com"),
                Policies=[iam.Policy(PolicyName=self.name, PolicyDocument=identity_policy(grants))],
            ),
            "Its permissions: its log, its network interfaces, and what its connections say",
        )
        if self.layer is not None:
            yield Piece(
                awslambda.LayerVersion(
                    f"{self.name}Layer",
                    DeletionPolicy="Delete",
                    UpdateReplacePolicy="Delete",
                    Description=self.layer.description,
                    Content=awslambda.Content(
                        S3Bucket=CfnRef(ASSETS_BUCKET), S3Key=CfnRef(f"{self.name}LayerCodeKey")
                    ),
                    CompatibleRuntimes=[self.runtime],
                ),
                "Libraries that the code imports and the runtime does not bring",
            )
        if vpc is not None:
            yield from self._network_pieces(plan, cfn(vpc.id))
        optional: dict[str, object] = {}
        environment = plan.environment(self)
        if environment:
            optional["Environment"] = awslambda.Environment(
                Variables={name: plain(value) for name, value in environment.items()}
            )
        if self.layer is not None:
            optional["Layers"] = [CfnRef(f"{self.name}Layer")]
        if vpc is not None:
            optional["VpcConfig"] = awslambda.VPCConfig(
                SecurityGroupIds=[GetAtt(self.security_group, "GroupId")],
                SubnetIds=[cfn(subnet) for subnet in vpc.subnet_ids],
            )
        yield Piece(
            awslambda.Function(
                self.name,
                FunctionName=CfnSub(physical),
                Description=self.description or f"{self.name} of the design",
                Runtime=self.runtime,
                Handler=self.handler,
                Code=awslambda.Code(
                    S3Bucket=CfnRef(ASSETS_BUCKET), S3Key=CfnRef(f"{self.name}CodeKey")
                ),
                Role=GetAtt(f"{self.name}Role", "Arn"),
                Timeout=self.timeout,
                MemorySize=self.memory,
                LoggingConfig=awslambda.LoggingConfig(LogGroup=CfnRef(log)),
                **optional,
            ),
            "The code that answers requests",
        )
        for permission in plan.permissions(self):
            yield Piece(
                awslambda.Permission(
                    f"{self.name}{permission.suffix}",
                    Action="lambda:InvokeFunction",
                    FunctionName=CfnRef(self.name),
                    Principal=permission.principal,
                    SourceArn=cfn(permission.source_arn),
                ),
                f"Lets {permission.principal} invoke the function for exactly this source",
            )

    def _network_grants(self, physical: str) -> tuple[Grant, ...]:
        own = Sub(
            "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + physical
        )
        return (
            Grant(self.name, "LambdaAttachesItToTheVpc", ENI_ACTIONS, ("*",)),
            Grant(
                self.name,
                "ItsOwnCodeDoesNot",
                ENI_ACTIONS,
                ("*",),
                (Condition("ArnEquals", "lambda:SourceFunctionArn", (own,)),),
                effect="Deny",
            ),
        )

    def _network_pieces(self, plan: Plan, vpc_id: object) -> Iterator[Piece]:
        from troposphere import GetAtt, ec2

        if plan.outgoing(self, UsesTable):
            rule = ec2.SecurityGroupRule(
                IpProtocol="tcp",
                FromPort=443,
                ToPort=443,
                CidrIp="0.0.0.0/0",
                Description="HTTPS to DynamoDB; the only route out is its gateway endpoint",
            )
        else:
            # An empty list would leave the group AWS's default rule, which allows everything.
            rule = ec2.SecurityGroupRule(
                IpProtocol="-1", CidrIp="127.0.0.1/32", Description="Nothing leaves by default"
            )
        yield Piece(
            ec2.SecurityGroup(
                self.security_group,
                GroupDescription=f"What {self.name} may open connections to",
                VpcId=vpc_id,
                SecurityGroupEgress=[rule],
            ),
            "The function's own group: nothing connects to it, and it reaches only what it needs",
        )
        for wire in plan.outgoing(self, ReadsThrough):
            cache = plan.component(wire.target, DaxCluster)
            # A rule of its own: in the group, it and the cache's rule would refer to each other.
            yield Piece(
                ec2.SecurityGroupEgress(
                    f"{self.name}To{cache.name}",
                    GroupId=GetAtt(self.security_group, "GroupId"),
                    IpProtocol="tcp",
                    FromPort=cache.PORT,
                    ToPort=cache.PORT,
                    DestinationSecurityGroupId=GetAtt(cache.security_group, "GroupId"),
                    Description=f"DAX protocol to {cache.name}",
                ),
                "The function reaches the cache's port and no other in the network",
            )

    def check(self, plan: Plan) -> None:
        """Refuse a function outside the VPC of a cache that it reads through."""
        for wire in plan.outgoing(self, ReadsThrough):
            cache = plan.component(wire.target, DaxCluster)
            if plan.vpc(self) != plan.vpc(cache):
                raise ModelError(
                    f"reads through {cache.name} but does not stand in its VPC",
                    where=described(self),
                    hint=f"give both the same boundary= ({cache.boundary})",
                )
