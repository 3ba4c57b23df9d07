"""The resource types the local cloud deploys: one table, assembled here.

The next type is a new entry in the module of its service, or a new module added to
:data:`MODULES`.
"""

from __future__ import annotations

from archlib.local.deploy.providers import (
    apigateway,
    cloudfront,
    cloudwatch,
    cognito,
    dax,
    dynamodb,
    ec2,
    event_sources,
    events,
    globaltables,
    iam,
    kinesis,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    ses,
    sns,
    sqs,
    ssm,
    stacks,
)
from archlib.local.deploy.resource_type import ResourceType

MODULES = (
    apigateway,
    cloudfront,
    cloudwatch,
    cognito,
    dax,
    dynamodb,
    ec2,
    event_sources,
    events,
    globaltables,
    iam,
    kinesis,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    ses,
    sns,
    sqs,
    ssm,
    stacks,
)

#: Every deployable type by its CloudFormation name.
TYPES: dict[str, ResourceType] = {kind.name: kind for module in MODULES for kind in module.TYPES}
