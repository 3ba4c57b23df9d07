"""EC2's network: VPCs, subnets, routes, security groups, gateways, endpoints.

Source: "Amazon EC2 resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.moto_state import (
    forget_endpoint,
    forget_network_acls,
    route_endpoint,
)
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import ListOf, record

_EC2 = "ec2"


def _tagged(values: Properties, kind: str) -> dict[str, Any]:
    """The properties with ``Tags`` as the API takes them."""
    sent = {key: value for key, value in values.items() if key != "Tags"}
    if values.get("Tags"):
        sent["TagSpecifications"] = [{"ResourceType": kind, "Tags": values["Tags"]}]
    return sent


def _retag(context: Context, existing: Existing, new: Properties) -> None:
    before, after = as_map(existing.properties.get("Tags")), as_map(new.get("Tags"))
    client = context.client(_EC2)
    gone = [{"Key": key} for key in before if key not in after]
    if gone:
        client.delete_tags(Resources=[existing.physical_id], Tags=gone)
    changed = [{"Key": k, "Value": v} for k, v in after.items() if before.get(k) != v]
    if changed:
        client.create_tags(Resources=[existing.physical_id], Tags=changed)


def _delete(operation: str, argument: str) -> Callable[[Context, Existing], None]:
    def delete(context: Context, existing: Existing) -> None:
        invoke(context, _EC2, operation, {argument: existing.physical_id})

    return delete


def _arn(kind: str) -> str:
    return f"arn:{{partition}}:ec2:{{region}}:{{account}}:{kind}/{{id}}"


# -- VPC and subnets -----------------------------------------------------------------------------

_SWITCHES = ("EnableDnsSupport", "EnableDnsHostnames")


def _create_vpc(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in _SWITCHES}
    vpc = invoke(context, _EC2, "CreateVpc", _tagged(own, "vpc"))["Vpc"]
    name = vpc["VpcId"]
    context.note(Made(name))
    for switch in _SWITCHES:
        if switch in values:
            _switch(context, "ModifyVpcAttribute", {"VpcId": name}, switch, values[switch])
    client = context.client(_EC2)
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
    invoke(context, _EC2, operation, {**keys, name: {"Value": value}})


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
        _retag(context, existing, new)


def _delete_vpc(context: Context, existing: Existing) -> None:
    invoke(context, _EC2, "DeleteVpc", {"VpcId": existing.physical_id})
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
    arn=_arn("vpc"),
    notes="IPAM pools and encryption control are refused.",
)


def _create_subnet(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k != "MapPublicIpOnLaunch"}
    subnet = invoke(context, _EC2, "CreateSubnet", _tagged(own, "subnet"))["Subnet"]
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
        _retag(context, existing, new)


SUBNET = ResourceType(
    name="AWS::EC2::Subnet",
    properties=record(
        "VpcId! CidrBlock! AvailabilityZone AvailabilityZoneId MapPublicIpOnLaunch:b Tags:tags"
    ),
    create=_create_subnet,
    update=_update_subnet,
    delete=_delete("DeleteSubnet", "SubnetId"),
    replacement=frozenset({"VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId"}),
    attributes=("SubnetId", "AvailabilityZone", "CidrBlock", "VpcId"),
    arn=_arn("subnet"),
    notes="IPv6, Outposts and IPAM are refused.",
)

# -- routes --------------------------------------------------------------------------------------


def _create_table(context: Context, values: Properties) -> Made:
    table = invoke(context, _EC2, "CreateRouteTable", _tagged(values, "route-table"))
    name = table["RouteTable"]["RouteTableId"]
    return Made(name, {"RouteTableId": name})


def _only_tags(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    _retag(context, existing, new)


ROUTE_TABLE = ResourceType(
    name="AWS::EC2::RouteTable",
    properties=record("VpcId! Tags:tags"),
    create=_create_table,
    update=_only_tags,
    delete=_delete("DeleteRouteTable", "RouteTableId"),
    replacement=frozenset({"VpcId"}),
    attributes=("RouteTableId",),
    arn=_arn("route-table"),
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
    invoke(context, _EC2, "CreateRoute", values)
    place = next(iter(_destination(values).values()))
    return Made(f"{values['RouteTableId']}|{place}", {"CidrBlock": place})


def _update_route(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    invoke(context, _EC2, "ReplaceRoute", new)


def _delete_route(context: Context, existing: Existing) -> None:
    old = existing.properties
    keys = {"RouteTableId": old["RouteTableId"], **_destination(old)}
    invoke(context, _EC2, "DeleteRoute", keys)


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
    name = invoke(context, _EC2, "AssociateRouteTable", values)["AssociationId"]
    return Made(name, {"Id": name})


ASSOCIATION = ResourceType(
    name="AWS::EC2::SubnetRouteTableAssociation",
    properties=record("RouteTableId! SubnetId!"),
    create=_associate,
    delete=_delete("DisassociateRouteTable", "AssociationId"),
    attributes=("Id",),
)

# -- security groups -----------------------------------------------------------------------------

_INGRESS = (
    "IpProtocol! FromPort:i ToPort:i CidrIp CidrIpv6 Description SourcePrefixListId "
    "SourceSecurityGroupId SourceSecurityGroupName SourceSecurityGroupOwnerId"
)
_EGRESS = (
    "IpProtocol! FromPort:i ToPort:i CidrIp CidrIpv6 Description DestinationPrefixListId "
    "DestinationSecurityGroupId"
)


def permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the API's ``IpPermission``."""
    made = {k: rule[k] for k in ("IpProtocol", "FromPort", "ToPort") if k in rule}
    said = {"Description": rule["Description"]} if "Description" in rule else {}
    lists = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if "CidrIp" in rule:
        made["IpRanges"] = [{"CidrIp": rule["CidrIp"], **said}]
    if "CidrIpv6" in rule:
        made["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **said}]
    if lists:
        made["PrefixListIds"] = [{"PrefixListId": lists, **said}]
    if group or "SourceSecurityGroupName" in rule:
        pair = {"GroupId": group} if group else {"GroupName": rule["SourceSecurityGroupName"]}
        if "SourceSecurityGroupOwnerId" in rule:
            pair["UserId"] = rule["SourceSecurityGroupOwnerId"]
        made["UserIdGroupPairs"] = [{**pair, **said}]
    return made


def _change_rules(context: Context, group: str, way: str, old: Any, new: Any) -> None:
    gone = [permission(rule) for rule in old or () if rule not in (new or ())]
    added = [permission(rule) for rule in new or () if rule not in (old or ())]
    if gone:
        keys = {"GroupId": group, "IpPermissions": gone}
        invoke(context, _EC2, f"RevokeSecurityGroup{way}", keys)
    if added:
        keys = {"GroupId": group, "IpPermissions": added}
        invoke(context, _EC2, f"AuthorizeSecurityGroup{way}", keys)


_OPEN = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]


def _create_group(context: Context, values: Properties) -> Made:
    own = {
        "GroupName": values.get("GroupName") or context.name(255),
        "Description": values["GroupDescription"],
    }
    if "VpcId" in values:
        own["VpcId"] = values["VpcId"]
    if "Tags" in values:
        own["Tags"] = values["Tags"]
    name = invoke(context, _EC2, "CreateSecurityGroup", _tagged(own, "security-group"))["GroupId"]
    made = Made(name, {"GroupId": name, "Id": name, "VpcId": values.get("VpcId", "")})
    context.note(made)
    if "SecurityGroupEgress" in values:
        _change_rules(context, name, "Egress", _OPEN, values["SecurityGroupEgress"])
    _change_rules(context, name, "Ingress", (), values.get("SecurityGroupIngress"))
    return made


def _update_group(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    old = existing.properties
    for way in ("Ingress", "Egress"):
        field = f"SecurityGroup{way}"
        usual = _OPEN if way == "Egress" else []
        if field in changed:
            before, after = old.get(field, usual), new.get(field, usual)
            _change_rules(context, existing.physical_id, way, before, after)
    if "Tags" in changed:
        _retag(context, existing, new)


SECURITY_GROUP = ResourceType(
    name="AWS::EC2::SecurityGroup",
    properties=record(
        "GroupDescription! GroupName VpcId Tags:tags",
        SecurityGroupIngress=ListOf(record(_INGRESS)),
        SecurityGroupEgress=ListOf(record(_EGRESS)),
    ),
    create=_create_group,
    update=_update_group,
    delete=_delete("DeleteSecurityGroup", "GroupId"),
    replacement=frozenset({"GroupDescription", "GroupName", "VpcId"}),
    attributes=("GroupId", "Id", "VpcId"),
    name_property="GroupName",
    arn=_arn("security-group"),
)


def _rule_type(way: str, notation: str) -> ResourceType:
    def create(context: Context, values: Properties) -> Made:
        keys = {"GroupId": values["GroupId"], "IpPermissions": [permission(values)]}
        invoke(context, _EC2, f"AuthorizeSecurityGroup{way}", keys)
        name = context.name(255)
        return Made(name, {"Id": name})

    def delete(context: Context, existing: Existing) -> None:
        old = existing.properties
        keys = {"GroupId": old["GroupId"], "IpPermissions": [permission(old)]}
        invoke(context, _EC2, f"RevokeSecurityGroup{way}", keys)

    return ResourceType(
        name=f"AWS::EC2::SecurityGroup{way}",
        properties=record(f"GroupId! {notation}"),
        create=create,
        delete=delete,
        attributes=("Id",),
        notes="A new description makes a new rule.",
    )


INGRESS, EGRESS = _rule_type("Ingress", _INGRESS), _rule_type("Egress", _EGRESS)

# -- gateways and endpoints ------------------------------------------------------------------------


def _create_gateway(context: Context, values: Properties) -> Made:
    sent = _tagged(values, "internet-gateway")
    gateway = invoke(context, _EC2, "CreateInternetGateway", sent)["InternetGateway"]
    name = gateway["InternetGatewayId"]
    return Made(name, {"InternetGatewayId": name})


INTERNET_GATEWAY = ResourceType(
    name="AWS::EC2::InternetGateway",
    properties=record("Tags:tags"),
    create=_create_gateway,
    update=_only_tags,
    delete=_delete("DeleteInternetGateway", "InternetGatewayId"),
    attributes=("InternetGatewayId",),
    arn=_arn("internet-gateway"),
)


def _attach(context: Context, values: Properties) -> Made:
    invoke(context, _EC2, "AttachInternetGateway", values)
    return Made(f"IGW|{values['VpcId']}", {"AttachmentType": "IGW"})


def _detach(context: Context, existing: Existing) -> None:
    invoke(context, _EC2, "DetachInternetGateway", existing.properties)


ATTACHMENT = ResourceType(
    name="AWS::EC2::VPCGatewayAttachment",
    properties=record("VpcId! InternetGatewayId!"),
    create=_attach,
    delete=_detach,
    attributes=("AttachmentType",),
    notes="VPN gateways are refused.",
)


def _create_endpoint(context: Context, values: Properties) -> Made:
    sent = _tagged(values, "vpc-endpoint")
    endpoint = invoke(context, _EC2, "CreateVpcEndpoint", sent)["VpcEndpoint"]
    name = endpoint["VpcEndpointId"]
    return Made(name, {"Id": name})


def _update_endpoint(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    sent: dict[str, Any] = {"VpcEndpointId": existing.physical_id}
    for field in ("RouteTableIds", "SubnetIds", "SecurityGroupIds"):
        if field in changed:
            before, after = existing.properties.get(field, []), new.get(field, [])
            sent[f"Add{field}"] = [item for item in after if item not in before]
            sent[f"Remove{field}"] = [item for item in before if item not in after]
    if "PolicyDocument" in changed:
        if "PolicyDocument" in new:
            sent["PolicyDocument"] = new["PolicyDocument"]
        else:
            sent["ResetPolicy"] = True
    if "PrivateDnsEnabled" in changed:
        sent["PrivateDnsEnabled"] = new.get("PrivateDnsEnabled", True)
    sent = {key: value for key, value in sent.items() if value != []}
    if len(sent) > 1:
        invoke(context, _EC2, "ModifyVpcEndpoint", sent)
        route_endpoint(
            context,
            existing.physical_id,
            sent.get("AddRouteTableIds", []),
            sent.get("RemoveRouteTableIds", []),
        )
    if "Tags" in changed:
        _retag(context, existing, new)


def _delete_endpoint(context: Context, existing: Existing) -> None:
    invoke(context, _EC2, "DeleteVpcEndpoints", {"VpcEndpointIds": [existing.physical_id]})
    forget_endpoint(context, existing.physical_id)


VPC_ENDPOINT = ResourceType(
    name="AWS::EC2::VPCEndpoint",
    properties=record(
        "VpcId! ServiceName! VpcEndpointType PolicyDocument:j PrivateDnsEnabled:b RouteTableIds:[] "
        "SecurityGroupIds:[] SubnetIds:[] Tags:tags"
    ),
    create=_create_endpoint,
    update=_update_endpoint,
    delete=_delete_endpoint,
    replacement=frozenset({"VpcId", "ServiceName", "VpcEndpointType"}),
    attributes=("Id",),
    arn=_arn("vpc-endpoint"),
)

TYPES = (
    VPC,
    SUBNET,
    ROUTE_TABLE,
    ROUTE,
    ASSOCIATION,
    SECURITY_GROUP,
    INGRESS,
    EGRESS,
    INTERNET_GATEWAY,
    ATTACHMENT,
    VPC_ENDPOINT,
)
