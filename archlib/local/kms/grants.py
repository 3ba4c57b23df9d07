"""Grants: permissions on one key for one principal, limited by encryption context.

Source: AWS Key Management Service Developer Guide, "Grants in AWS KMS", "Creating grants" (grant
constraints, granting CreateGrant permission), "Retiring and revoking grants".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from archlib.local.clock import moment
from archlib.local.iam.authorization import GRANT_ID, Context
from archlib.local.iam.pattern import ContextValue

#: Operations that a grant may list, by what the key is used for.
COMMON = frozenset({"CreateGrant", "DescribeKey", "RetireGrant"})
BY_USAGE: Mapping[str, frozenset[str]] = {
    "ENCRYPT_DECRYPT": frozenset({"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"}),
    "SIGN_VERIFY": frozenset({"Sign", "Verify"}),
    "GENERATE_VERIFY_MAC": frozenset({"GenerateMac", "VerifyMac"}),
}
DATA_KEYS = frozenset(
    {
        "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
    }
)  # fmt: skip
#: Grant operations whose requests carry an encryption context, which constraints look at.
_CONSTRAINED = DATA_KEYS | BY_USAGE["ENCRYPT_DECRYPT"] | {"CreateGrant"}

_CONTEXT = "kms:EncryptionContext:"


@dataclass(frozen=True)
class Grant:
    """One grant; ``equals`` and ``subset`` are its constraints, None where there is none."""

    id: str
    token: str
    key_arn: str
    grantee: str
    operations: tuple[str, ...]
    issuer: str
    created: float
    name: str = ""
    retiring: str | None = None
    equals: Mapping[str, str] | None = None
    subset: Mapping[str, str] | None = None

    def covers(self, operation: str, context: Context) -> bool:
        """Whether the grantee may perform ``operation`` (without ``kms:``) by this grant."""
        if operation not in self.operations:
            return False
        if operation == "RetireGrant":
            return context.get(GRANT_ID) == self.id
        if operation == "CreateGrant" and not self._parents(context):
            return False
        if operation not in _CONSTRAINED:
            return True
        given = encryption_context(context)
        if self.equals is not None and given != dict(self.equals):
            return False
        return self.subset is None or self.subset.items() <= given.items()

    def _parents(self, context: Context) -> bool:
        """A grant made by a grant: no further operations, constraints at least as strict."""
        wanted = context.get("kms:GrantOperations", ())
        if not set((wanted,) if isinstance(wanted, str) else wanted) <= set(self.operations):
            return False
        exact = context.get("kms:GrantConstraintType") == "EncryptionContextEquals"
        return self.equals is None or exact

    def told(self) -> dict[str, object]:
        """A ``GrantListEntry``."""
        constraints = {
            name: dict(pairs)
            for name, pairs in (
                ("EncryptionContextEquals", self.equals),
                ("EncryptionContextSubset", self.subset),
            )
            if pairs is not None
        }
        return {
            "KeyId": self.key_arn,
            "GrantId": self.id,
            "Name": self.name,
            "CreationDate": moment(self.created),
            "GranteePrincipal": self.grantee,
            **({"RetiringPrincipal": self.retiring} if self.retiring else {}),
            "IssuingAccount": self.issuer,
            "Operations": list(self.operations),
            **({"Constraints": constraints} if constraints else {}),
        }


def allowing(principal: str, operation: str, label: str) -> str:
    """A resource policy that allows one principal one operation."""
    kind = "AWS" if principal.startswith("arn:") or principal.isdigit() else "Service"
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {kind: principal},
        "Action": f"kms:{operation}",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def encryption_context(keys: Context) -> dict[str, ContextValue]:
    """The pairs of a request's encryption context, from its condition keys."""
    return {k.removeprefix(_CONTEXT): v for k, v in keys.items() if k.startswith(_CONTEXT)}
