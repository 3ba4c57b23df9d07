"""Internet gateways and VPC endpoints."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.ec2.naming import (
    EC2,
    arn_of,
    by_id,
    only_tags,
    retag,
    tagged,
)
from archlib.local.deploy.providers.moto_state import (
    forget_endpoint,
    route_endpoint,
)
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record


def _create_gateway(context: Context, values: Properties) -> Made:
    sent = tagged(values, "internet-gateway")
    gateway = invoke(context, EC2, "CreateInternetGateway", sent)["InternetGateway"]
    name = gateway["InternetGatewayId"]
    return Made(name, {"InternetGatewayId": name})


INTERNET_GATEWAY = ResourceType(
    name="AWS::EC2::InternetGateway",
    properties=record("Tags:tags"),
    create=_create_gateway,
    update=only_tags,
    delete=by_id("DeleteInternetGateway", "InternetGatewayId"),
    attributes=("InternetGatewayId",),
    arn=arn_of("internet-gateway"),
)


def _attach(context: Context, values: Properties) -> Made:
    invoke(context, EC2, "AttachInternetGateway", values)
    return Made(f"IGW|{values['VpcId']}", {"AttachmentType": "IGW"})


def _detach(context: Context, existing: Existing) -> None:
    invoke(context, EC2, "DetachInternetGateway", existing.properties)


ATTACHMENT = ResourceType(
    name="AWS::EC2::VPCGatewayAttachment",
    properties=record("VpcId! InternetGatewayId!"),
    create=_attach,
    delete=_detach,
    attributes=("AttachmentType",),
    notes="VPN gateways are refused.",
)


def _create_endpoint(context: Context, values: Properties) -> Made:
    sent = tagged(values, "vpc-endpoint")
    endpoint = invoke(context, EC2, "CreateVpcEndpoint", sent)["VpcEndpoint"]
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
        invoke(context, EC2, "ModifyVpcEndpoint", sent)
        route_endpoint(
            context,
            existing.physical_id,
            sent.get("AddRouteTableIds", []),
            sent.get("RemoveRouteTableIds", []),
        )
    if "Tags" in changed:
        retag(context, existing, new)


def _delete_endpoint(context: Context, existing: Existing) -> None:
    invoke(context, EC2, "DeleteVpcEndpoints", {"VpcEndpointIds": [existing.physical_id]})
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
    arn=arn_of("vpc-endpoint"),
)


TYPES = (
    INTERNET_GATEWAY,
    ATTACHMENT,
    VPC_ENDPOINT,
)
