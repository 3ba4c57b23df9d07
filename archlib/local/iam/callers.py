"""From the kernel's callers to the evaluator's principals, and the keys that describe them.

AWS: "AWS global condition context keys", "IAM policy elements: Variables and tags" (principal
key values). What is not known stays absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from archlib.local.http import CLIENT_IP
from archlib.local.iam import principal as principals
from archlib.local.iam.pattern import ContextValue
from archlib.local.iam.principal import Principal, PrincipalKind
from archlib.local.identity import Caller
from archlib.local.trace import CLIENT

SERVICE_IP = "198.51.100.10"
"""Where calls come from that leave AWS's own machines (RFC 5737, TEST-NET-2)."""

UNRESTRICTED = frozenset({"admin", "control", "raw"})
"""Callers that are not subject to IAM in the local cloud, but for what :func:`free` says."""

_ASSUME = "sts:AssumeRole"


@dataclass(frozen=True)
class ServicePrincipal:
    """An AWS service calling on behalf of a resource: ``aws:SourceArn``, ``aws:SourceAccount``."""

    name: str
    source_arn: str | None = None
    source_account: str | None = None


@dataclass(frozen=True)
class FederatedPrincipal:
    """An identity of an outside provider that asks for a role, with its token's claims as keys.

    ``context`` holds e.g. ``cognito-identity.amazonaws.com:aud`` and ``:amr`` (a tuple).
    """

    provider: str
    context: Mapping[str, ContextValue]


@dataclass(frozen=True)
class OriginAccessIdentity:
    """CloudFront asking S3 under an origin access identity, with its canonical user id."""

    identity: str
    canonical_id: str


Asker = Caller | ServicePrincipal | FederatedPrincipal | OriginAccessIdentity

_KINDS: Mapping[str, PrincipalKind] = {
    "admin": "user",
    "user": "user",
    "assumed-role": "assumed-role",
    "root": "root",
    "anonymous": "anonymous",
}
_TYPES: Mapping[PrincipalKind, str] = {
    "root": "Account",
    "user": "User",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "anonymous": "Anonymous",
    "origin-access-identity": "User",
}


def free(caller: Caller, action: str) -> bool:
    """Whether a caller may do something whatever the policies say.

    A role belongs to whom its trust policy names: nobody may take on another, not even the
    administrator (IAM User Guide, "Roles terms and concepts", "Trust policy").
    """
    return caller.kind in UNRESTRICTED and not (caller.kind == "admin" and action == _ASSUME)


def principal_of(asker: Asker, tags: Mapping[str, str]) -> Principal:
    """The evaluator's view of a caller; ``tags`` are those of its user or role."""
    if isinstance(asker, ServicePrincipal):
        return principals.service(asker.name)
    if isinstance(asker, FederatedPrincipal):
        return principals.federated(asker.provider)
    if isinstance(asker, OriginAccessIdentity):
        return principals.origin_access_identity(asker.identity, asker.canonical_id)
    if asker.kind == "anonymous":
        return principals.ANONYMOUS
    kind = _KINDS[asker.kind]
    return Principal(
        kind=kind,
        arn=asker.arn,
        account=asker.account,
        user_id=asker.user_id,
        role_arn=asker.role_arn,
        name=asker.arn.rpartition("/")[2] if kind == "user" else None,
        tags=tags,
    )


def identity_keys(asker: Asker, who: Principal) -> dict[str, ContextValue]:
    """Condition keys that say who calls."""
    keys: dict[str, ContextValue] = {}
    if isinstance(asker, ServicePrincipal):
        keys["aws:PrincipalIsAWSService"] = "true"
        keys["aws:PrincipalServiceName"] = asker.name
        if asker.source_arn is not None:
            keys["aws:SourceArn"] = asker.source_arn
        if asker.source_account is not None:
            keys["aws:SourceAccount"] = asker.source_account
        return keys
    keys["aws:PrincipalIsAWSService"] = "false"
    keys["aws:ViaAWSService"] = "false"
    if isinstance(asker, FederatedPrincipal):
        keys["aws:FederatedProvider"] = asker.provider
        keys.update(asker.context)
        return keys
    keys["aws:PrincipalType"] = _TYPES[who.kind]
    if isinstance(asker, OriginAccessIdentity):
        keys["aws:PrincipalArn"] = who.arn
        keys["aws:SourceIp"] = SERVICE_IP
        return keys
    keys["aws:SourceIp"] = CLIENT_IP if asker.source == CLIENT else SERVICE_IP
    if who.kind == "anonymous":
        return keys
    keys["aws:PrincipalAccount"] = who.account
    keys["aws:userid"] = who.account if who.kind == "root" else who.user_id
    if who.principal_arn is not None:
        keys["aws:PrincipalArn"] = who.principal_arn
    if who.name is not None:
        keys["aws:username"] = who.name
    if who.kind == "assumed-role":
        # "Present only with temporary credentials"; no device authenticates in the local cloud.
        keys["aws:MultiFactorAuthPresent"] = "false"
    if asker.issued is not None:
        issued = datetime.fromtimestamp(asker.issued, UTC)
        keys["aws:TokenIssueTime"] = issued.strftime("%Y-%m-%dT%H:%M:%SZ")
    keys.update({f"aws:PrincipalTag/{key}": value for key, value in who.tags.items()})
    keys.update(asker.context)
    return keys


def request_keys(now: float, region: str) -> dict[str, ContextValue]:
    """Condition keys that every request has; boto3 always speaks TLS.

    Args:
        now: virtual epoch seconds.
        region: the region of the called endpoint.
    """
    moment = datetime.fromtimestamp(now, UTC)
    return {
        "aws:CurrentTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": region,
    }
