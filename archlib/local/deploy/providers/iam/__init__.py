"""IAM, one module per group of resource types.

Source: "IAM resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.providers.iam import policies, roles, users

TYPES = (
    *roles.TYPES,
    *policies.TYPES,
    *users.TYPES,
)
