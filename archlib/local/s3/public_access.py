"""Block Public Access and Object Ownership: what makes a bucket public, and what forbids it.

AWS: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage" (the four
settings, "The meaning of public"), "Controlling ownership of objects and disabling ACLs for
your bucket" (since April 2023 a new bucket has all four settings on and its ACLs disabled).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.refusal import ApiRefusal

_WORLD = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_PUBLIC_CANNED = frozenset({"public-read", "public-read-write", "authenticated-read"})
_GRANT_PARAMETERS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


@dataclass(frozen=True)
class PublicAccessBlock:
    """The four settings of one bucket."""

    block_acls: bool = False
    ignore_acls: bool = False
    block_policy: bool = False
    restrict_buckets: bool = False

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> PublicAccessBlock:
        """From the API's ``PublicAccessBlockConfiguration``."""
        return cls(
            bool(configuration.get("BlockPublicAcls")),
            bool(configuration.get("IgnorePublicAcls")),
            bool(configuration.get("BlockPublicPolicy")),
            bool(configuration.get("RestrictPublicBuckets")),
        )


#: What a new bucket has.
DEFAULT_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
DEFAULT_OWNERSHIP = "BucketOwnerEnforced"


def names_world(params: Mapping[str, Any]) -> bool:
    """Whether a request's ACL parameters grant something to everybody."""
    if params.get("ACL") in _PUBLIC_CANNED:
        return True
    if any(group in str(params.get(name, "")) for name in _GRANT_PARAMETERS for group in _WORLD):
        return True
    grants = (params.get("AccessControlPolicy") or {}).get("Grants", ())
    return any(grant.get("Grantee", {}).get("URI") in _WORLD for grant in grants)


def check_acl(params: Mapping[str, Any], ownership: str, block: PublicAccessBlock) -> None:
    """Refuse an ACL where ACLs are disabled, or a public one where those are blocked.

    ``bucket-owner-full-control`` is accepted everywhere, as AWS says.
    """
    given = params.get("ACL") or params.get("AccessControlPolicy")
    given = given or any(params.get(name) for name in _GRANT_PARAMETERS)
    if not given:
        return
    if ownership == "BucketOwnerEnforced" and params.get("ACL") != "bucket-owner-full-control":
        raise ApiRefusal("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)
    if block.block_acls and names_world(params):
        raise ApiRefusal("AccessDenied", "Access Denied", 403)


_PERMITS = {
    ("object", "READ"): ("s3:GetObject", "s3:GetObjectVersion"),
    ("object", "FULL_CONTROL"): ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl"),
    ("bucket", "READ"): ("s3:ListBucket", "s3:ListBucketVersions"),
    ("bucket", "WRITE"): ("s3:PutObject", "s3:DeleteObject"),
    ("bucket", "FULL_CONTROL"): ("s3:ListBucket", "s3:PutObject", "s3:DeleteObject"),
}


def acl_policy(kind: str, arn: str, grants: Iterable[Any]) -> dict[str, Any] | None:
    """What an ACL grants to everybody, as a policy document; None when it grants nothing.

    AWS: Amazon S3 User Guide, "Access control list (ACL) overview", "Mapping of ACL
    permissions and access policy permissions". ``kind`` is ``object`` or ``bucket``.
    """
    actions: set[str] = set()
    for grant in grants:
        if any(grantee.uri == _WORLD[0] for grantee in grant.grantees):
            for permission in grant.permissions:
                actions.update(_PERMITS.get((kind, permission), ()))
    if not actions:
        return None
    on = f"{arn}/*" if kind == "bucket" and actions & {"s3:PutObject"} else arn
    statement = {
        "Sid": f"{kind.title()}Acl",
        "Effect": "Allow",
        "Principal": "*",
        "Action": sorted(actions),
        "Resource": [arn, on] if on != arn else arn,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
