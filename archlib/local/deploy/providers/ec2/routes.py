"""Route tables, routes, and which subnets use them."""

from __future__ import annotations

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.ec2.naming import (
    EC2,
    arn_of,
    by_id,
    only_tags,
    tagged,
)
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record


def _create_table(context: Context, values: Properties) -> Made:
    table = invoke(context, EC2, "CreateRouteTable", tagged(values, "route-table"))
    name = table["RouteTable"]["RouteTableId"]
    return Made(name, {"RouteTableId": name})


ROUTE_TABLE = ResourceType(
    name="AWS::EC2::RouteTable",
    properties=record("VpcId! Tags:tags"),
    create=_create_table,
    update=only_tags,
    delete=by_id("DeleteRouteTable", "RouteTableId"),
    replacement=frozenset({"VpcId"}),
    attributes=("RouteTableId",),
    arn=arn_of("route-table"),
)


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


_TARGETS = (
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
)


def _destination(values: Properties) -> dict[str, str]:
    return {name: values[name] for name in _DESTINATIONS if name in values}


def _create_route(context: Context, values: Properties) -> Made:
    invoke(context, EC2, "CreateRoute", values)
    place = next(iter(_destination(values).values()))
    return Made(f"{values['RouteTableId']}|{place}", {"CidrBlock": place})


def _update_route(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    invoke(context, EC2, "ReplaceRoute", new)


def _delete_route(context: Context, existing: Existing) -> None:
    old = existing.properties
    keys = {"RouteTableId": old["RouteTableId"], **_destination(old)}
    invoke(context, EC2, "DeleteRoute", keys)


def _check_route(values: Properties) -> tuple[str, ...]:
    if len(_destination(values)) != 1:
        return (f"Exactly one of {', '.join(_DESTINATIONS)} must be specified",)
    if sum(name in values for name in _TARGETS) != 1:
        return (f"Exactly one of {', '.join(_TARGETS)} must be specified",)
    return ()


ROUTE = ResourceType(
    name="AWS::EC2::Route",
    properties=record(f"RouteTableId! {' '.join((*_DESTINATIONS, *_TARGETS))}"),
    create=_create_route,
    update=_update_route,
    delete=_delete_route,
    replacement=frozenset({"RouteTableId", *_DESTINATIONS}),
    attributes=("CidrBlock",),
    check=_check_route,
)


def _associate(context: Context, values: Properties) -> Made:
    name = invoke(context, EC2, "AssociateRouteTable", values)["AssociationId"]
    return Made(name, {"Id": name})


ASSOCIATION = ResourceType(
    name="AWS::EC2::SubnetRouteTableAssociation",
    properties=record("RouteTableId! SubnetId!"),
    create=_associate,
    delete=by_id("DisassociateRouteTable", "AssociationId"),
    attributes=("Id",),
)


TYPES = (
    ROUTE_TABLE,
    ROUTE,
    ASSOCIATION,
)
