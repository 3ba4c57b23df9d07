"""Keys, and roles to try them with: shared by the tests of KMS and of what it protects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.local.cloud import LocalCloud

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
IAM = ("archlib.local.iam:IamEnforcement", "archlib.local.sts:SecurityTokens")
KMS = (*IAM, "archlib.local.kms:KmsPlane")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def key_policy(*statements: dict[str, Any], delegates: bool = True) -> str:
    """A key policy that the administrator can change; ``delegates`` opens it to IAM policies."""
    action = "kms:*" if delegates else "kms:PutKeyPolicy"
    return document(allow(action, Principal={"AWS": ROOT}), *statements)


def make_role(cloud: LocalCloud, name: str, *statements: dict[str, Any]) -> str:
    iam = cloud.client("iam")
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(arn)


def client_of(cloud: LocalCloud, role: str, service: str) -> Any:
    return cloud.client(service, credentials=cloud.identities.issue(role, "session"))


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Code and message of the refusal a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
