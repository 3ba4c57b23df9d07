"""From a subnet to an AWS service: route tables, endpoints, NAT gateways, security groups.

AWS: Amazon VPC User Guide, "Route tables" and "NAT gateways"; AWS PrivateLink, "Gateway
endpoints" and "Access an AWS service using an interface VPC endpoint"; AWS Lambda Developer
Guide, "Enable internet access for VPC-connected Lambda functions" (a public subnet gives a
function no internet: its interfaces have no public addresses). Network ACLs are not considered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archlib.local.vpc.endpoint_services import GATEWAY_SERVICES

HTTPS = 443

#: botocore's service name -> the endpoint service's, where they differ.
ENDPOINT_NAMES = {
    "apigateway": "execute-api",
    "cloudwatch": "monitoring",
    "stepfunctions": "states",
    "ses": "email-smtp",
}

_EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Way:
    """How a call leaves a subnet: ``policy`` is the endpoint's, None for the internet."""

    by: str
    policy: str | None


@dataclass(frozen=True)
class NoWay:
    """Why it does not."""

    reason: str


def way_out(ec2: Any, subnets: Iterable[str], groups: Iterable[str], service: str) -> Way | NoWay:
    """The way of an HTTPS call from the first subnet to ``service``.

    ``ec2`` is moto's EC2 state of the region. A function may start in any of its subnets, so
    each of them must have a way; the first one's is returned.
    """
    ways = [_way(ec2, subnet, tuple(groups), service) for subnet in subnets]
    for way in ways:
        if isinstance(way, NoWay):
            return way
    return ways[0] if ways else NoWay("the function has no subnet")


def _way(ec2: Any, subnet_id: str, groups: tuple[str, ...], service: str) -> Way | NoWay:
    subnet = ec2.get_subnet(subnet_id)
    if not any(_lets_out(ec2, group) for group in groups):
        return NoWay(f"no outbound rule of {', '.join(groups)} admits port {HTTPS}")
    table = route_table(ec2, subnet)
    name = ENDPOINT_NAMES.get(service, service)
    wanted = f"com.amazonaws.{ec2.region_name}.{name}"
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.service_name != wanted or endpoint.vpc_id != subnet.vpc_id:
            continue
        if endpoint.state == "available" and _serves(endpoint, table, subnet):
            return Way(endpoint.id, endpoint.policy_document)
    for route in table.routes if table is not None else ():
        if route.destination_cidr_block == _EVERYWHERE and route.nat_gateway is not None:
            return Way(route.nat_gateway.id, None)
    kind = "gateway" if service in GATEWAY_SERVICES else "interface"
    return NoWay(
        f"{subnet_id} has no way to {service}: no {kind} endpoint for {wanted} and no route "
        "to a NAT gateway"
    )


def route_table(ec2: Any, subnet: Any) -> Any:
    """The subnet's own route table, or its VPC's main one."""
    main = None
    for table in ec2.route_tables.values():
        if subnet.id in table._associations.values():
            return table
        if table.vpc_id == subnet.vpc_id and table.main_association_id is not None:
            main = table
    return main


def _serves(endpoint: Any, table: Any, subnet: Any) -> bool:
    if (endpoint.vpc_endpoint_type or "Gateway") == "Gateway":
        return table is not None and table.id in (endpoint.route_table_ids or ())
    # An interface endpoint is reached from the whole VPC, by the service's own name only with
    # private DNS.
    return bool(endpoint.private_dns_enabled)


def _lets_out(ec2: Any, group_id: str) -> bool:
    group = ec2.get_security_group_from_id(group_id)
    return group is not None and any(_admits(rule) for rule in group.egress_rules)


def _admits(rule: Any) -> bool:
    if str(rule.ip_protocol) not in ("-1", "tcp", "6"):
        return False
    if str(rule.ip_protocol) != "-1":
        low, high = rule.from_port, rule.to_port
        if low is None or high is None or not int(low) <= HTTPS <= int(high):
            return False
    # The services' addresses are public ones: only a rule for all of them is sure to hold them.
    return rule.ip_range.get("CidrIp") == _EVERYWHERE or rule.prefix_list_id is not None
