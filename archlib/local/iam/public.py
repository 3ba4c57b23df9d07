"""When is a bucket policy public?

AWS: "Blocking public access to your Amazon S3 storage", section "The meaning of public". S3
"begins by assuming that the policy is public" and looks for grants limited to fixed values.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from archlib.local.iam.document import parse_policy
from archlib.local.iam.principal import PrincipalSet

FIXED_KEYS = frozenset(
    {
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:userid",
        "aws:principalorgid",
        "aws:principalarn",
        "aws:principalaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointaccount",
    }
)
"""Keys whose fixed value limits who is meant. (``aws:SourceIp`` and access points are apart.)"""

_POSITIVE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
)
_ROLE_SESSIONS = re.compile(r"A[A-Z0-9]{15,31}:\*")
_ACCESS_POINT = re.compile(r"arn:aws[\w-]*:s3:[^:*?]*:\d{12}:accesspoint/.*")
_PRIVATE = tuple(
    ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def is_public(document: str) -> bool:
    """Whether a bucket policy grants access to the public, by S3's rules.

    One public statement makes the whole policy public. Denies never do, nor do they help.

    Raises:
        PolicyError: the document is malformed.
    """
    compiled = parse_policy(document, "resource")
    given = json.loads(document)["Statement"]
    raw = given if isinstance(given, list) else [given]
    return any(
        not statement.deny and _public(statement.principal, statement.not_principal, source)
        for statement, source in zip(compiled.statements, raw, strict=True)
    )


def _public(principal: PrincipalSet | None, negated: bool, source: Mapping[str, Any]) -> bool:
    if principal is not None and principal.fixed and not negated:
        return False
    return not any(_limits(*condition) for condition in _conditions(source.get("Condition") or {}))


def _conditions(block: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Operator, key (both in lower case) and values of each condition."""
    for operator, entries in block.items():
        for key, given in entries.items():
            listed = given if isinstance(given, list) else [given]
            yield operator.lower(), key.lower(), tuple(str(one) for one in listed)


def _limits(operator: str, key: str, values: tuple[str, ...]) -> bool:
    """Whether one condition limits access to fixed values.

    ``...IfExists`` and ``ForAllValues:`` do not: both are true when the key is absent.
    """
    operator = operator.removeprefix("foranyvalue:")
    if not values:
        return False
    if operator == "ipaddress" and key == "aws:sourceip":
        return all(_narrow(value) for value in values)
    if operator not in _POSITIVE:
        return False
    if key == "s3:dataaccesspointarn":
        return all(_ACCESS_POINT.fullmatch(value) and "${" not in value for value in values)
    return key in FIXED_KEYS and all(_is_fixed(key, operator, value) for value in values)


def _is_fixed(key: str, operator: str, value: str) -> bool:
    if key == "aws:userid" and _ROLE_SESSIONS.fullmatch(value):
        return True
    wildcards = operator.startswith("arn") or operator == "stringlike"
    return "${" not in value and not (wildcards and ("*" in value or "?" in value))


def _narrow(cidr: str) -> bool:
    """At most a /8 (IPv4) or a /32 (IPv6), or a private range (RFC 1918)."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    if isinstance(network, ipaddress.IPv6Network):
        return network.prefixlen >= 32
    private = any(
        isinstance(one, ipaddress.IPv4Network) and network.subnet_of(one) for one in _PRIVATE
    )
    return private or network.prefixlen >= 8
