"""Data planes: the parts of the local cloud that behave as deployed configuration says.

A plane is listed here once, as ``module:Class``; the order is the order of starting, and the
reverse is the order of stopping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PLANES: tuple[str, ...] = (
    "archlib.local.vpc:VpcReach",
    "archlib.local.iam:IamEnforcement",
    "archlib.local.sts:SecurityTokens",
    "archlib.local.kms:KmsPlane",
    "archlib.local.secretsmanager:SecretsManagerPlane",
    "archlib.local.ssm:ParameterStorePlane",
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.cognito:CognitoPlane",
    "archlib.local.s3:S3Plane",
    "archlib.local.dynamodb:DynamoDbPlane",
    "archlib.local.events:EventDelivery",
    "archlib.local.streams:EventSourceMappings",
    "archlib.local.globaltables:GlobalTablesPlane",
    "archlib.local.ses:SesPlane",
    "archlib.local.dax:DaxPlane",
    "archlib.local.gateway:RestApiPlane",
    "archlib.local.edge:EdgePlane",
    "archlib.local.deploy:CloudFormation",
)


class Plane(Protocol):
    """What the cloud asks of a plane."""

    def start(self, cloud: LocalCloud) -> None:
        """Register handlers, hosts and timers; nothing is deployed yet."""

    def stop(self) -> None:
        """Leave nothing behind: threads, sockets, patches, files."""
