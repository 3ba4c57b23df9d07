"""A relational database in several regions: Amazon Aurora global databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow, Component
from archlib.architecture.values import Attribute, Ref, Value
from archlib.architecture.verbs import described
from archlib.components.base import AwsComponent, Piece
from archlib.components.statements import sid
from archlib.components.wiring import Grant, Wire
from archlib.errors import ModelError

if TYPE_CHECKING:
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class QueriesDatabase(Wire):
    """A function runs SQL statements through the RDS Data API."""


@dataclass(frozen=True)
class GlobalDatabase(AwsComponent):
    """The writing region's part of an Aurora global database (PostgreSQL, serverless capacity).

    It stands in a VPC but is reached through the RDS Data API, so its callers need not stand
    there. ``minimum`` and ``maximum`` are Aurora capacity units. Clusters of other regions join by
    the global cluster's identifier, each in a stack of its own region. The password is a secret of
    this stack: RDS does not manage the password of a cluster in a global database. Sources: Amazon
    Aurora User Guide, "Using Amazon Aurora Global Database", "Using the Amazon RDS Data API",
    "Password management with Amazon Aurora and AWS Secrets Manager", "Limitations".
    """

    database: str = field(kw_only=True)
    version: str = field(default="16.8", kw_only=True)
    minimum: float = field(default=0.5, kw_only=True)
    maximum: float = field(default=8.0, kw_only=True)

    USER = "archlib"

    @property
    def icon(self) -> str:
        """Aurora's icon."""
        return "aws.database.Aurora"

    @property
    def arn(self) -> Value:
        """The writing cluster's ARN."""
        return Attribute(self.name, "DBClusterArn")

    @property
    def secret(self) -> Value:
        """The ARN of the secret with user and password."""
        return Ref(f"{self.name}Secret")

    @property
    def global_cluster(self) -> Value:
        """The identifier by which clusters of other regions join."""
        return Ref(f"{self.name}Global")

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """Global cluster, secret, subnet group, security group, cluster and its one instance."""
        from troposphere import GetAtt, Sub, ec2, rds, secretsmanager
        from troposphere import Ref as CfnRef

        from archlib.components.intrinsics import cfn

        vpc = plan.vpc(self)
        if vpc is None:
            raise ModelError(
                "an Aurora cluster needs a VPC and stands in none",
                where=described(self),
                hint="give it boundary=, the name of a Vpc",
            )
        engine = {"Engine": "aurora-postgresql", "EngineVersion": self.version}
        yield Piece(
            rds.GlobalCluster(
                f"{self.name}Global",
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                GlobalClusterIdentifier=Sub("${AWS::StackName}-" + self.name.lower()),
                StorageEncrypted=True,
                **engine,
            ),
            "What the clusters of all regions belong to; one of them writes",
        )
        yield Piece(
            secretsmanager.Secret(
                f"{self.name}Secret",
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                Description=f"User and password of {self.name}",
                GenerateSecretString=secretsmanager.GenerateSecretString(
                    SecretStringTemplate=f'{{"username": "{self.USER}"}}',
                    GenerateStringKey="password",
                    PasswordLength=32,
                    ExcludeCharacters='"@/\\',
                ),
            ),
            "Made by AWS, seen by nobody: the Data API reads it on its callers' behalf",
        )
        yield Piece(
            rds.DBSubnetGroup(
                f"{self.name}Subnets",
                DBSubnetGroupDescription=f"Where {self.name} stands",
                SubnetIds=[cfn(subnet) for subnet in vpc.subnet_ids],
            ),
            "One private subnet in each availability zone",
        )
        yield Piece(
            ec2.SecurityGroup(
                f"{self.name}SecurityGroup",
                GroupDescription=f"Who may open a connection to {self.name}",
                VpcId=cfn(vpc.id),
                SecurityGroupEgress=[
                    ec2.SecurityGroupRule(
                        IpProtocol="-1",
                        CidrIp="127.0.0.1/32",
                        Description="Nothing leaves",
                    )
                ],
            ),
            "Nobody connects: callers use the Data API",
        )
        secret = "{{resolve:secretsmanager:${" + f"{self.name}Secret" + "}:SecretString:"
        yield Piece(
            rds.DBCluster(
                self.name,
                DeletionPolicy="Snapshot",
                UpdateReplacePolicy="Snapshot",
                GlobalClusterIdentifier=CfnRef(f"{self.name}Global"),
                **engine,
                DatabaseName=self.database,
                MasterUsername=Sub(secret + "username}}"),
                MasterUserPassword=Sub(secret + "password}}"),
                DBSubnetGroupName=CfnRef(f"{self.name}Subnets"),
                VpcSecurityGroupIds=[GetAtt(f"{self.name}SecurityGroup", "GroupId")],
                EnableHttpEndpoint=True,
                StorageEncrypted=True,
                BackupRetentionPeriod=7,
                CopyTagsToSnapshot=True,
                ServerlessV2ScalingConfiguration=rds.ServerlessV2ScalingConfiguration(
                    MinCapacity=self.minimum, MaxCapacity=self.maximum
                ),
            ),
            "The region that writes; the others follow within about a second",
        )
        yield Piece(
            rds.DBInstance(
                f"{self.name}Instance",
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                DBClusterIdentifier=CfnRef(self.name),
                DBInstanceClass="db.serverless",
                Engine="aurora-postgresql",
                PubliclyAccessible=False,
                AutoMinorVersionUpgrade=True,
            ),
            "The cluster's capacity, which follows the load",
        )


def queries_database(
    function: Component, database: GlobalDatabase, label: str, arrow: Arrow
) -> QueriesDatabase:
    """Running SQL through the Data API, with the database's secret."""
    name = "queries"
    statements, secret = ("rds-data:ExecuteStatement",), ("secretsmanager:GetSecretValue",)
    return QueriesDatabase(
        function.name,
        database.name,
        name,
        label,
        arrow,
        grants=(
            Grant(function.name, sid(name, database.name), statements, (database.arn,)),
            Grant(function.name, f"SignsInTo{database.name}", secret, (database.secret,)),
        ),
        environment=(
            ("CLUSTER_ARN", database.arn),
            ("DATABASE_NAME", database.database),
            ("SECRET_ARN", database.secret),
        ),
    )
