"""The resource types the local cloud deploys: one table, assembled here.

The next type is a new entry in the module of its service, or a new module added to
:data:`MODULES`.
"""

from __future__ import annotations

from archlib.local.deploy.providers import (
    apigateway,
    cloudwatch,
    cognito,
    dax,
    dynamodb,
    ec2,
    iam,
    lambda_,
    logs,
    messaging,
    s3,
    secrets,
    stacks,
)
from archlib.local.deploy.resource_type import ResourceType

MODULES = (
    apigateway,
    cloudwatch,
    cognito,
    dax,
    dynamodb,
    ec2,
    iam,
    lambda_,
    logs,
    messaging,
    s3,
    secrets,
    stacks,
)

#: Every deployable type by its CloudFormation name.
TYPES: dict[str, ResourceType] = {kind.name: kind for module in MODULES for kind in module.TYPES}
