"""Where moto's API cannot do what AWS's does: its state, changed directly.

Each function says which call of moto falls short (5.2.5).
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.resource_type import Context


def _gateway(context: Context) -> Any:
    from moto.apigateway.models import apigateway_backends

    return apigateway_backends[context.account][context.region]


def set_rest_api_tags(context: Context, api_id: str, tags: dict[str, str]) -> None:
    """TagResource knows stages only."""
    _gateway(context).apis[api_id].tags = tags


def set_usage_plan_tags(context: Context, plan_id: str, tags: dict[str, str]) -> None:
    """TagResource knows stages only."""
    _gateway(context).usage_plans[plan_id].tags = tags


def forget_stream(context: Context, table: str) -> None:
    """UpdateTable refuses a new stream for a table that ever had one."""
    from moto.dynamodb.models import dynamodb_backends

    found: Any = dynamodb_backends[context.account][context.region].tables[table]
    found.latest_stream_label = None


def forget_network_acls(context: Context, vpc: str) -> None:
    """DeleteVpc leaves the default network ACL, which still lists the deleted subnets."""
    from moto.ec2.models import ec2_backends

    lists: Any = ec2_backends[context.account][context.region].network_acls
    for name in [name for name, entry in lists.items() if entry.vpc_id == vpc]:
        del lists[name]


def route_endpoint(context: Context, endpoint: str, added: list[str], removed: list[str]) -> None:
    """ModifyVpcEndpoint notes route tables without changing their routes."""
    from moto.ec2.models import ec2_backends

    backend: Any = ec2_backends[context.account][context.region]
    target = backend.vpc_end_points[endpoint].destination_prefix_list_id
    if target is None:
        return
    for table in removed:
        backend.delete_route(table, target)
    for table in added:
        backend.create_route(table, None, gateway_id=endpoint, destination_prefix_list_id=target)


def forget_endpoint(context: Context, endpoint: str) -> None:
    """DeleteVpcEndpoints keeps the endpoint in state ``deleted`` for ever."""
    from moto.ec2.models import ec2_backends

    backend: Any = ec2_backends[context.account][context.region]
    backend.vpc_end_points.pop(endpoint, None)
