"""AWS managed keys: made by a service when it first needs one, open to its callers only.

Source: AWS Key Management Service Developer Guide, "AWS managed keys"; AWS Secrets Manager User
Guide, "Secret encryption and decryption", section "Key policy of the AWS managed key
(aws/secretsmanager)": everybody in the account who may use the service may use the key through
it, nobody may use it directly, and the account may look at it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

#: By what follows ``alias/aws/``: the service's name in ``kms:ViaService``.
SERVICES: Mapping[str, str] = {
    "acm": "acm", "dynamodb": "dynamodb", "ebs": "ec2", "elasticfilesystem": "elasticfilesystem",
    "glue": "glue", "kinesis": "kinesis", "lambda": "lambda", "rds": "rds",
    "redshift": "redshift", "s3": "s3", "secretsmanager": "secretsmanager", "sns": "sns",
    "sqs": "sqs", "ssm": "ssm", "xray": "xray",
}  # fmt: skip
ALIAS = "alias/aws/"


def service_of(alias: str) -> str | None:
    """The service whose AWS managed key an alias names, None for any other alias."""
    name = alias.removeprefix(ALIAS)
    return name if alias.startswith(ALIAS) and name in SERVICES else None


def description(service: str) -> str:
    """What AWS writes on the key, in its own words for the two services most often seen."""
    owner = {"secretsmanager": "my secrets", "ssm": "my parameters"}.get(service, "my data")
    return f"Default key that protects {owner} when no other key is defined"


def policy(service: str, account: str, region: str) -> str:
    """The key policy AWS gives the key of a service."""
    via = {
        "kms:CallerAccount": account,
        "kms:ViaService": f"{SERVICES[service]}.{region}.amazonaws.com",
    }
    statements = [
        {
            "Sid": f"Allow access through {service} for all principals in the account that are "
            f"authorized to use {service}",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                "kms:CreateGrant", "kms:DescribeKey",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": via},
        },
        {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
            "Resource": "*",
        },
    ]  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Id": f"auto-{service}-1", "Statement": statements})
