"""What the DAX control plane keeps: clusters, subnet groups, parameter groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

PORT: Final = 8111
DEFAULT_TTL_MILLIS: Final = "300000"

RECORD_TTL: Final = "record-ttl-millis"
QUERY_TTL: Final = "query-ttl-millis"

PARAMETERS: Final = {
    QUERY_TTL: "Duration in milliseconds for queries to remain cached",
    RECORD_TTL: "Duration in milliseconds for records to remain valid in cache",
}
"""The parameters of ``dax1.0``, with their descriptions ("DAX: How it works")."""

DEFAULT_GROUP: Final = "default.dax1.0"


@dataclass
class ParameterGroup:
    """Times to live; ``values`` holds only what was changed."""

    name: str
    description: str
    values: dict[str, str] = field(default_factory=dict)

    def seconds(self, name: str) -> float:
        """A parameter in seconds."""
        return int(self.values.get(name, DEFAULT_TTL_MILLIS)) / 1000


@dataclass
class SubnetGroup:
    """Where nodes may stand: subnets (id to availability zone) of one VPC."""

    name: str
    description: str
    vpc: str
    subnets: dict[str, str]

    def shape(self) -> dict[str, Any]:
        """As the API describes it."""
        return {
            "SubnetGroupName": self.name,
            "Description": self.description,
            "VpcId": self.vpc,
            "Subnets": [
                {"SubnetIdentifier": subnet, "SubnetAvailabilityZone": zone}
                for subnet, zone in self.subnets.items()
            ],
        }


@dataclass
class Node:
    """One node of a cluster."""

    id: str
    host: str
    zone: str
    created: datetime

    def shape(self, listening: tuple[str, int] | None = None) -> dict[str, Any]:
        """As the API describes it."""
        address, port = listening or (self.host, PORT)
        return {
            "NodeId": self.id,
            "Endpoint": {"Address": address, "Port": port},
            "NodeCreateTime": self.created,
            "AvailabilityZone": self.zone,
            "NodeStatus": "available",
            "ParameterGroupStatus": "in-sync",
        }


@dataclass
class Cluster:
    """A DAX cluster as configured."""

    name: str
    arn: str
    region: str
    hash: str
    node_type: str
    role_arn: str
    subnet_group: SubnetGroup
    parameter_group: ParameterGroup
    security_groups: list[str]
    created: datetime
    nodes: list[Node] = field(default_factory=list)
    description: str | None = None
    maintenance_window: str = "sun:05:00-sun:06:00"
    topic: str | None = None
    topic_status: str = "active"
    encrypted: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    #: Where clients of other processes reach it, if the cloud is served to them.
    listening: tuple[str, int] | None = None

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port that clients are told."""
        return self.listening or (self.host, PORT)

    @property
    def host(self) -> str:
        """The discovery endpoint's name."""
        return f"{self.name}.{self.hash}.dax-clusters.{self.region}.amazonaws.com"

    def add_node(self) -> None:
        """Grow by one; zones are used in turn."""
        letters = (chr(ord("a") + place) for place in range(26))
        taken = {node.id for node in self.nodes}
        node = next(f"{self.name}-{x}" for x in letters if f"{self.name}-{x}" not in taken)
        host = f"{node}.{self.hash}.nodes.dax-clusters.{self.region}.amazonaws.com"
        zones = sorted(set(self.subnet_group.subnets.values()))
        zone = zones[len(self.nodes) % len(zones)]
        self.nodes.append(Node(node, host, zone, self.created))

    def shape(self, status: str = "available") -> dict[str, Any]:
        """As the API describes it; only an available cluster has addresses and nodes."""
        available = status == "available"
        address, port = self.endpoint
        endpoint: dict[str, Any] = {"Port": port}
        if available:
            # The URL leaves the usual port out.
            told = address if port == PORT else f"{address}:{port}"
            endpoint.update(Address=address, URL=f"dax://{told}")
        shape: dict[str, Any] = {
            "ClusterName": self.name,
            "ClusterArn": self.arn,
            "TotalNodes": len(self.nodes),
            "ActiveNodes": len(self.nodes) if available else 0,
            "NodeType": self.node_type,
            "Status": status,
            "ClusterDiscoveryEndpoint": endpoint,
            "Nodes": [node.shape(self.listening) for node in self.nodes] if available else [],
            "PreferredMaintenanceWindow": self.maintenance_window,
            "SubnetGroup": self.subnet_group.name,
            "SecurityGroups": [
                {"SecurityGroupIdentifier": group, "Status": "active"}
                for group in self.security_groups
            ],
            "IamRoleArn": self.role_arn,
            "ParameterGroup": {
                "ParameterGroupName": self.parameter_group.name,
                "ParameterApplyStatus": "in-sync",
                "NodeIdsToReboot": [],
            },
            "SSEDescription": {"Status": "ENABLED" if self.encrypted else "DISABLED"},
            "ClusterEndpointEncryptionType": "NONE",
            "NetworkType": "ipv4",
        }
        if self.description is not None:
            shape["Description"] = self.description
        if self.topic is not None:
            shape["NotificationConfiguration"] = {
                "TopicArn": self.topic,
                "TopicStatus": self.topic_status,
            }
        return shape
