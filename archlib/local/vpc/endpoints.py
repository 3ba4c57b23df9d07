"""CreateVpcEndpoint: only to a service that there is, and of a type that it offers.

AWS: "CreateVpcEndpoint" (Amazon EC2 API Reference), "Gateway endpoints" and "AWS services that
integrate with AWS PrivateLink" (AWS PrivateLink Guide); "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

from typing import Any

from archlib.local.api import ApiCall, ApiRefusal, Result
from archlib.local.vpc.endpoint_services import endpoint_types


def create_endpoint(call: ApiCall, ec2: Any) -> Result:
    """Raise :class:`ApiRefusal` for what cannot be reached that way; ``ec2`` is moto's backend."""
    name = call.params.get("ServiceName")
    if name is not None:
        kind = call.params.get("VpcEndpointType") or "Gateway"
        offered = _offered(name, call.region, ec2)
        if not offered:
            raise ApiRefusal(
                "InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist"
            )
        if kind not in offered:
            raise ApiRefusal(
                "InvalidParameter",
                f"Endpoint type ({kind}) does not match available service types "
                f"([{', '.join(offered)}]).",
            )
        if kind != "Gateway" and call.params.get("RouteTableIds"):
            raise ApiRefusal(
                "InvalidParameter",
                "Route table IDs are only supported for Gateway type VPC Endpoint.",
            )
    return call.proceed()


def _offered(name: str, region: str, ec2: Any) -> tuple[str, ...]:
    """AWS's own services, and those that somebody made in this account."""
    own = next((one for one in ec2.configurations.values() if one.service_name == name), None)
    if own is None:
        return endpoint_types(name, region)
    return ("GatewayLoadBalancer",) if own.gateway_load_balancer_arns else ("Interface",)
