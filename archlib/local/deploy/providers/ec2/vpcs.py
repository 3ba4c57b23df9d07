"""VPCs and subnets."""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.ec2.naming import EC2, arn_of, by_id, retag, tagged
from archlib.local.deploy.providers.moto_state import (
    forget_network_acls,
)
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_SWITCHES = ("EnableDnsSupport", "EnableDnsHostnames")


def _create_vpc(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in _SWITCHES}
    vpc = invoke(context, EC2, "CreateVpc", tagged(own, "vpc"))["Vpc"]
    name = vpc["VpcId"]
    context.note(Made(name))
    for switch in _SWITCHES:
        if switch in values:
            _switch(context, "ModifyVpcAttribute", {"VpcId": name}, switch, values[switch])
    client = context.client(EC2)
    within = [{"Name": "vpc-id", "Values": [name]}]
    groups = client.describe_security_groups(Filters=within)["SecurityGroups"]
    lists = client.describe_network_acls(Filters=within)["NetworkAcls"]
    return Made(
        name,
        {
            "VpcId": name,
            "CidrBlock": vpc["CidrBlock"],
            "DefaultSecurityGroup": groups[0]["GroupId"] if groups else "",
            "DefaultNetworkAcl": lists[0]["NetworkAclId"] if lists else "",
        },
    )


def _switch(
    context: Context, operation: str, keys: Mapping[str, str], name: str, value: bool
) -> None:
    invoke(context, EC2, operation, {**keys, name: {"Value": value}})


def _update_vpc(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    defaults = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
    for name in _SWITCHES:
        if name in changed:
            value = new.get(name, defaults[name])
            keys = {"VpcId": existing.physical_id}
            _switch(context, "ModifyVpcAttribute", keys, name, value)
    if "Tags" in changed:
        retag(context, existing, new)


def _delete_vpc(context: Context, existing: Existing) -> None:
    invoke(context, EC2, "DeleteVpc", {"VpcId": existing.physical_id})
    forget_network_acls(context, existing.physical_id)


VPC = ResourceType(
    name="AWS::EC2::VPC",
    properties=record(
        "CidrBlock! InstanceTenancy EnableDnsSupport:b EnableDnsHostnames:b Tags:tags"
    ),
    create=_create_vpc,
    update=_update_vpc,
    delete=_delete_vpc,
    replacement=frozenset({"CidrBlock", "InstanceTenancy"}),
    attributes=("VpcId", "CidrBlock", "DefaultSecurityGroup", "DefaultNetworkAcl"),
    arn=arn_of("vpc"),
    notes="IPAM pools and encryption control are refused.",
)


def _create_subnet(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k != "MapPublicIpOnLaunch"}
    subnet = invoke(context, EC2, "CreateSubnet", tagged(own, "subnet"))["Subnet"]
    name = subnet["SubnetId"]
    made = Made(
        name,
        {
            "SubnetId": name,
            "AvailabilityZone": subnet["AvailabilityZone"],
            "CidrBlock": subnet["CidrBlock"],
            "VpcId": subnet["VpcId"],
        },
    )
    context.note(made)
    if values.get("MapPublicIpOnLaunch"):
        _public(context, name, True)
    return made


def _public(context: Context, name: str, value: bool) -> None:
    _switch(context, "ModifySubnetAttribute", {"SubnetId": name}, "MapPublicIpOnLaunch", value)


def _update_subnet(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    if "MapPublicIpOnLaunch" in changed:
        _public(context, existing.physical_id, new.get("MapPublicIpOnLaunch", False))
    if "Tags" in changed:
        retag(context, existing, new)


SUBNET = ResourceType(
    name="AWS::EC2::Subnet",
    properties=record(
        "VpcId! CidrBlock! AvailabilityZone AvailabilityZoneId MapPublicIpOnLaunch:b Tags:tags"
    ),
    create=_create_subnet,
    update=_update_subnet,
    delete=by_id("DeleteSubnet", "SubnetId"),
    replacement=frozenset({"VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId"}),
    attributes=("SubnetId", "AvailabilityZone", "CidrBlock", "VpcId"),
    arn=arn_of("subnet"),
    notes="IPv6, Outposts and IPAM are refused.",
)


TYPES = (
    VPC,
    SUBNET,
)
