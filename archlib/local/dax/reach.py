"""Who can open a connection to a cluster: its VPC and its security groups decide.

Sources: Amazon DynamoDB Developer Guide, "Creating a DAX cluster" (configure security group
inbound rules) and Amazon VPC User Guide, "Security group rules". A caller stands where its
Lambda function stands: the function's subnets and security groups. The cluster is reached
from its own VPC, if a rule of one of its groups lets the function's groups or addresses in,
and a rule of one of the function's groups lets it out.

On AWS a packet that no rule admits is dropped, and the client gives up after its connect
timeout with "NoRouteException"; here the connection ends as soon as the caller has said
who it is, with the same exception. Network ACLs, prefix lists and VPC peering are not
considered.

What is deployed is read from moto's objects, not through its API: clients connect again from
background threads, and an API call there would use up seeded ids at moments nobody chose.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, Final

from archlib.local.dax.inventory import PORT, Cluster

_ALL: Final = "-1"


def unreachable(account: str, cluster: Cluster, source: str) -> str | None:
    """Why a caller's packets do not arrive; None when they do.

    ``source`` is the ARN of the function that calls, or ``"client"`` for the world outside.
    """
    if ":function:" not in source:
        return f"{source} is outside the VPC of {cluster.name}"
    network = _network_of(account, cluster.region, source)
    if not network.get("SubnetIds"):
        return f"{source} has no VpcConfig"
    ec2 = _ec2(account, cluster.region)
    subnets = _subnets(ec2, network["SubnetIds"])
    if not subnets or any(subnet.vpc_id != cluster.subnet_group.vpc for subnet in subnets):
        return f"{source} is in another VPC than {cluster.name}"
    groups = list(network.get("SecurityGroupIds") or ())
    blocks = [subnet.cidr_block for subnet in subnets]
    cluster_blocks = [s.cidr_block for s in _subnets(ec2, cluster.subnet_group.subnets)]
    outbound = _rules(ec2, groups, "egress_rules")
    if not any(_admits(rule, cluster.security_groups, cluster_blocks) for rule in outbound):
        return f"no outbound rule of {', '.join(groups)} admits port {PORT}"
    inbound = _rules(ec2, cluster.security_groups, "ingress_rules")
    if not any(_admits(rule, groups, blocks) for rule in inbound):
        return f"no inbound rule of {', '.join(cluster.security_groups)} admits port {PORT}"
    return None


def _ec2(account: str, region: str) -> Any:
    from moto.ec2.models import ec2_backends

    return ec2_backends[account][region]


def _subnets(ec2: Any, ids: Iterable[str]) -> list[Any]:
    zones = list(ec2.subnets.values())
    return [zone[subnet] for subnet in ids for zone in zones if subnet in zone]


def _network_of(account: str, region: str, function_arn: str) -> Mapping[str, Any]:
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.models import lambda_backends

    name = ":".join(function_arn.split(":")[:7])
    try:
        function = lambda_backends[account][region].get_function(name)
    except LambdaClientError:
        return {}
    return function._vpc_config or {}


def _rules(ec2: Any, groups: Iterable[str], direction: str) -> list[Any]:
    found = filter(None, map(ec2.get_security_group_from_id, groups))
    return [rule for group in found for rule in getattr(group, direction)]


def _admits(rule: Any, groups: Iterable[str], blocks: Iterable[str]) -> bool:
    if rule.ip_protocol not in (_ALL, "tcp"):
        return False
    if rule.ip_protocol != _ALL and not rule.from_port <= PORT <= rule.to_port:
        return False
    if rule.source_group.get("GroupId") in set(groups):
        return True
    allowed = rule.ip_range.get("CidrIp")
    return allowed is not None and any(
        ipaddress.IPv4Network(block).subnet_of(ipaddress.IPv4Network(allowed)) for block in blocks
    )
