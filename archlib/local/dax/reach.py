"""Who can open a connection to a cluster: its VPC and its security groups decide.

Sources: Amazon DynamoDB Developer Guide, "Creating a DAX cluster" (configure security group
inbound rules) and Amazon VPC User Guide, "Security group rules". A caller stands where its
Lambda function stands: the function's subnets and security groups. The cluster is reached
from its own VPC, if a rule of one of its groups lets the function's groups or addresses in,
and a rule of one of the function's groups lets it out.

On AWS a packet that no rule admits is dropped, and the client gives up after its connect
timeout with "NoRouteException"; here the connection ends as soon as the caller has said
who it is, with the same exception. Network ACLs and VPC peering are not considered.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from archlib.local.dax.inventory import PORT, Cluster

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_ALL: Final = "-1"

Rule = Mapping[str, Any]


def unreachable(cloud: LocalCloud, cluster: Cluster, source: str) -> str | None:
    """Why a caller's packets do not arrive; None when they do.

    ``source`` is the ARN of the function that calls, or ``"client"`` for the world outside.
    """
    if ":function:" not in source:
        return f"{source} is outside the VPC of {cluster.name}"
    network = _network_of(cloud, cluster.region, source)
    if not network.get("SubnetIds"):
        return f"{source} has no VpcConfig"
    ec2 = cloud.raw("ec2", region=cluster.region)
    subnets = ec2.describe_subnets(SubnetIds=list(network["SubnetIds"]))["Subnets"]
    if any(subnet["VpcId"] != cluster.subnet_group.vpc for subnet in subnets):
        return f"{source} is in another VPC than {cluster.name}"
    groups = list(network.get("SecurityGroupIds") or ())
    blocks = [subnet["CidrBlock"] for subnet in subnets]
    cluster_blocks = [
        subnet["CidrBlock"]
        for subnet in ec2.describe_subnets(SubnetIds=list(cluster.subnet_group.subnets))["Subnets"]
    ]
    outbound = _rules(ec2, groups, "IpPermissionsEgress")
    if not any(_admits(rule, cluster.security_groups, cluster_blocks) for rule in outbound):
        return f"no outbound rule of {', '.join(groups)} admits port {PORT}"
    inbound = _rules(ec2, cluster.security_groups, "IpPermissions")
    if not any(_admits(rule, groups, blocks) for rule in inbound):
        return f"no inbound rule of {', '.join(cluster.security_groups)} admits port {PORT}"
    return None


def _network_of(cloud: LocalCloud, region: str, function_arn: str) -> Mapping[str, Any]:
    from botocore.exceptions import ClientError

    name = ":".join(function_arn.split(":")[:7])
    try:
        found = cloud.control("lambda", region=region).get_function_configuration(FunctionName=name)
    except ClientError:
        return {}
    network: Mapping[str, Any] = found.get("VpcConfig") or {}
    return network


def _rules(ec2: Any, groups: list[str], direction: str) -> Iterable[Rule]:
    if not groups:
        return ()
    found = ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    return [rule for group in found for rule in group.get(direction, ())]


def _admits(rule: Rule, groups: Iterable[str], blocks: Iterable[str]) -> bool:
    protocol = str(rule.get("IpProtocol"))
    if protocol not in (_ALL, "tcp", "6"):
        return False
    if protocol != _ALL and not rule.get("FromPort", -1) <= PORT <= rule.get("ToPort", -1):
        return False
    allowed = {pair.get("GroupId") for pair in rule.get("UserIdGroupPairs", ())}
    if allowed & set(groups):
        return True
    ranges = [ipaddress.ip_network(one["CidrIp"]) for one in rule.get("IpRanges", ())]
    return any(
        ipaddress.ip_network(block).subnet_of(one)  # type: ignore[arg-type]
        for block in blocks
        for one in ranges
    )
