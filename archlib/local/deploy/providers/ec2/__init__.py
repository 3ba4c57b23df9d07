"""EC2's network, one module per group of resource types.

Source: "Amazon EC2 resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.providers.ec2 import gateways, routes, security_groups, vpcs

TYPES = (
    *vpcs.TYPES,
    *routes.TYPES,
    *security_groups.TYPES,
    *gateways.TYPES,
)
