"""What the VPC plane honours."""

from __future__ import annotations

from archlib.local.behaviour import coverage, differs, honours
from archlib.local.vpc.endpoint_services import GATEWAY_SERVICES

COVERAGE = coverage(
    "Amazon VPC",
    honours("A function's calls arrive only where its network has a way",
            "route tables, gateway and interface endpoints, NAT gateways, security groups"),
    honours("No way", "the packet is dropped: the client waits for its connect timeout, in virtual "
            "time, which is usually longer than the function may run"),
    honours("Endpoint policies", "must allow the call as well"),
    honours("VPC endpoints", "only to services that there are, of a type that they offer"),
    differs("VPC endpoint services", "are taken to be offered in every region"),
    differs("Network ACLs, peering, transit gateways", "not considered"),
    differs("Packets", "only API calls of functions are looked at, and connections to DAX"),
    listings={"Services with gateway endpoints": tuple(sorted(GATEWAY_SERVICES))},
)  # fmt: skip
