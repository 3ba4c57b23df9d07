"""Cognito: user pools, and identity pools.

Source: "Amazon Cognito resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.providers.cognito import identity_pools, user_pools

TYPES = (
    *user_pools.TYPES,
    *identity_pools.TYPES,
)
