"""Networks: a VPC is a box in the picture that is also a resource."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, field

from archlib.architecture.model import Boundary
from archlib.architecture.values import Ref, Value
from archlib.components.base import Piece


@dataclass(frozen=True)
class Vpc(Boundary):
    """A VPC with private subnets only and a way to DynamoDB that needs no internet.

    It has no internet gateway and no NAT: what stands in it reaches its neighbours and, through
    the gateway endpoint, DynamoDB. Components in this boundary get security groups of their own.
    ``zones`` is the number of availability zones, with one /24 subnet each (at most 26).
    """

    zones: int = field(default=2, kw_only=True)
    network: str = field(default="10.0", kw_only=True)

    @property
    def id(self) -> Value:
        """The VPC's id."""
        return Ref(self.name)

    @property
    def subnet_ids(self) -> tuple[Value, ...]:
        """The ids of the private subnets, one for each zone."""
        return tuple(Ref(self._subnet(zone)) for zone in range(self.zones))

    def _subnet(self, zone: int) -> str:
        return f"{self.name}PrivateSubnet{string.ascii_uppercase[zone]}"

    def resources(self) -> Iterator[Piece]:
        """VPC, subnets, one route table and the DynamoDB gateway endpoint.

        Source: Amazon DynamoDB Developer Guide, "Using Amazon VPC endpoints to access DynamoDB".
        """
        from troposphere import GetAZs, Select, Tags, ec2
        from troposphere import Ref as CfnRef
        from troposphere import Sub as CfnSub

        def named(suffix: str) -> Tags:
            return Tags(Name=CfnSub("${AWS::StackName}-" + self.name + suffix))

        yield Piece(
            ec2.VPC(
                self.name,
                CidrBlock=f"{self.network}.0.0/16",
                EnableDnsSupport=True,
                EnableDnsHostnames=True,
                Tags=named(""),
            ),
            "Private network of the cache and of the function that reads it",
        )
        routes = f"{self.name}PrivateRoutes"
        for zone in range(self.zones):
            yield Piece(
                ec2.Subnet(
                    self._subnet(zone),
                    VpcId=CfnRef(self.name),
                    AvailabilityZone=Select(zone, GetAZs("")),
                    CidrBlock=f"{self.network}.{zone}.0/24",
                    MapPublicIpOnLaunch=False,
                    Tags=named(f"-private-{string.ascii_lowercase[zone]}"),
                ),
                "Private subnet: no address in it is reachable from outside",
            )
        yield Piece(
            ec2.RouteTable(routes, VpcId=CfnRef(self.name), Tags=named("-private")),
            "Routes of the private subnets: inside, and to the gateway endpoint",
        )
        for zone in range(self.zones):
            yield Piece(
                ec2.SubnetRouteTableAssociation(
                    f"{self._subnet(zone)}Routes",
                    SubnetId=CfnRef(self._subnet(zone)),
                    RouteTableId=CfnRef(routes),
                ),
                "Gives the subnet those routes",
            )
        yield Piece(
            ec2.VPCEndpoint(
                f"{self.name}DynamoDbEndpoint",
                VpcEndpointType="Gateway",
                VpcId=CfnRef(self.name),
                ServiceName=CfnSub("com.amazonaws.${AWS::Region}.dynamodb"),
                RouteTableIds=[CfnRef(routes)],
            ),
            "DynamoDB without internet: a free gateway endpoint in the route table",
        )
