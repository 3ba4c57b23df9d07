"""Dynamic references: ``{{resolve:service:key}}`` inside a property's text.

Source: "Get values stored in other services using dynamic references" in the AWS
CloudFormation User Guide; "Get a secure string value from Systems Manager Parameter Store" (the
properties that may hold one).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from archlib.local.deploy.errors import StackError

_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):([^{}]*)\}\}")

Client = Callable[[str], Any]

_SECURE = "{{resolve:ssm-secure:"

#: The only properties that may hold a secure string, by resource type.
SECURE_PROPERTIES: dict[str, tuple[str, ...]] = {
    "AWS::DirectoryService::MicrosoftAD": ("Password",),
    "AWS::DirectoryService::SimpleAD": ("Password",),
    "AWS::ElastiCache::ReplicationGroup": ("AuthToken",),
    "AWS::IAM::User": ("LoginProfile/Password",),
    "AWS::KinesisFirehose::DeliveryStream": ("RedshiftDestinationConfiguration/Password",),
    "AWS::OpsWorks::App": ("AppSource/Password",),
    "AWS::OpsWorks::Stack": ("CustomCookbooksSource/Password", "RdsDbInstances/DbPassword"),
    "AWS::RDS::DBCluster": ("MasterUserPassword",),
    "AWS::RDS::DBInstance": ("MasterUserPassword",),
    "AWS::Redshift::Cluster": ("MasterUserPassword",),
}


def misplaced_secure_strings(kind: str, properties: Any) -> Iterator[str]:
    """Where a resource refers to a secure string and must not: ``{type}/Properties/{path}``."""
    for path in _secure_places(properties, ""):
        if path not in SECURE_PROPERTIES.get(kind, ()):
            yield f"{kind}/Properties/{path}"


def _secure_places(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, str) and _SECURE in node:
        yield path
    elif isinstance(node, list):
        for item in node:
            yield from _secure_places(item, path)
    elif isinstance(node, dict):
        for name, inner in node.items():
            # An intrinsic function stands in the place of what it gives.
            function = name == "Ref" or name.startswith("Fn::")
            below = path if function else f"{path}/{name}".lstrip("/")
            yield from _secure_places(inner, below)


def resolve_dynamic(text: str, client: Client) -> str:
    """``text`` with its dynamic references replaced; raises :class:`StackError`."""

    def replace(match: re.Match[str]) -> str:
        service, key = match.groups()
        if service not in SERVICES:
            raise StackError(f"Dynamic references to {service} are not supported: {match.group(0)}")
        return SERVICES[service](client, key)

    return _REFERENCE.sub(replace, text)


def _ssm(client: Client, key: str, secure: bool) -> str:
    name, _, version = key.partition(":")
    try:
        found = client("ssm").get_parameter(
            Name=f"{name}:{version}" if version else name, WithDecryption=secure
        )["Parameter"]
    except client("ssm").exceptions.ClientError as error:
        raise StackError(
            f"Parameters: [ssm:{key}] cannot be found. ({error.response['Error']['Code']})"
        ) from None
    if (found["Type"] == "SecureString") != secure:
        wanted = "ssm-secure" if not secure else "ssm"
        raise StackError(
            f"SSM parameter {name} is a {found['Type']}: use {{{{resolve:{wanted}:...}}}}"
        )
    return str(found["Value"])


def _secret(client: Client, key: str) -> str:
    if key.startswith("arn:"):
        parts = key.split(":")
        name, rest = ":".join(parts[:7]), parts[7:]
    else:
        name, *rest = key.split(":")
    rest += [""] * (4 - len(rest))
    kind, json_key, stage, version = rest[:4]
    if kind not in ("", "SecretString"):
        raise StackError(f"Secrets Manager dynamic reference: unknown secret-string '{kind}'")
    where = {"VersionStage": stage} if stage else {"VersionId": version} if version else {}
    try:
        text = client("secretsmanager").get_secret_value(SecretId=name, **where)["SecretString"]
    except client("secretsmanager").exceptions.ClientError as error:
        raise StackError(
            f"Secrets Manager can't find the specified secret. ({name}: "
            f"{error.response['Error']['Code']})"
        ) from None
    if not json_key:
        return str(text)
    try:
        return str(json.loads(text)[json_key])
    except (ValueError, KeyError, TypeError):
        raise StackError(
            f"Could not find a value associated with JSONKey {json_key} in SecretString of {name}"
        ) from None


SERVICES: dict[str, Callable[[Client, str], str]] = {
    "ssm": lambda client, key: _ssm(client, key, secure=False),
    "ssm-secure": lambda client, key: _ssm(client, key, secure=True),
    "secretsmanager": _secret,
}
