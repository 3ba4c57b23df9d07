"""API Gateway REST APIs, one module per group of resource types.

Updates go through patch operations, as "PatchOperation" in the API Gateway API Reference
describes them. Source: "API Gateway resource type reference" in the AWS CloudFormation User
Guide.
"""

from __future__ import annotations

from archlib.local.deploy.providers.apigateway import (
    guards,
    methods,
    plans,
    resources,
    rest_api,
    stages,
)

TYPES = (
    *rest_api.TYPES,
    *resources.TYPES,
    *methods.TYPES,
    *guards.TYPES,
    *stages.TYPES,
    *plans.TYPES,
)
