"""Kinds of principals and the operations on their policies and boundaries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.resource_type import Context, Properties
from archlib.local.deploy.spec import ListOf, record

IAM = "iam"


INLINE = ListOf(record("PolicyName! PolicyDocument:j!"))


def versioned(document: Any) -> Any:
    """A permissions policy as moto takes it: with a version.

    IAM reads a document without one as 2008-10-17, which differs from 2012-10-17 only in that
    policy variables are plain text ("IAM JSON policy elements: Version"). So a document without
    variables means the same under either; one with variables is left for moto to refuse.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    if not isinstance(document, dict) or "Version" in document or "${" in json.dumps(document):
        return document
    return {"Version": "2012-10-17", **document}


@dataclass(frozen=True)
class Principal:
    """A kind of IAM principal and the operations on its policies."""

    kind: str

    @property
    def key(self) -> str:
        """The argument that names it."""
        return f"{self.kind}Name"

    def put(self, context: Context, name: str, policy: str, document: Any) -> None:
        """Write an inline policy."""
        keys = {self.key: name, "PolicyName": policy, "PolicyDocument": versioned(document)}
        invoke(context, IAM, f"Put{self.kind}Policy", keys)

    def drop(self, context: Context, name: str, policy: str) -> None:
        """Delete an inline policy; one that is gone already is fine."""
        self._try(context, f"Delete{self.kind}Policy", name, {"PolicyName": policy})

    def attach(self, context: Context, name: str, arn: str) -> None:
        """Attach a managed policy."""
        invoke(context, IAM, f"Attach{self.kind}Policy", {self.key: name, "PolicyArn": arn})

    def detach(self, context: Context, name: str, arn: str) -> None:
        """Detach a managed policy; one that is not attached is fine."""
        self._try(context, f"Detach{self.kind}Policy", name, {"PolicyArn": arn})

    def _try(self, context: Context, operation: str, name: str, more: dict[str, str]) -> None:
        try:
            invoke(context, IAM, operation, {self.key: name, **more})
        except context.client(IAM).exceptions.NoSuchEntityException:
            return

    def policies(self, context: Context, name: str, old: Properties, new: Properties) -> None:
        """Make inline and managed policies of ``name`` equal to those in ``new``."""
        before = {p["PolicyName"]: p["PolicyDocument"] for p in old.get("Policies", ())}
        after = {p["PolicyName"]: p["PolicyDocument"] for p in new.get("Policies", ())}
        for policy in before:
            if policy not in after:
                self.drop(context, name, policy)
        for policy, document in after.items():
            if before.get(policy) != document:
                self.put(context, name, policy, document)
        attached, wanted = old.get("ManagedPolicyArns", ()), new.get("ManagedPolicyArns", ())
        for arn in attached:
            if arn not in wanted:
                self.detach(context, name, arn)
        for arn in wanted:
            if arn not in attached:
                self.attach(context, name, arn)


ROLE_PRINCIPAL, USER_PRINCIPAL, GROUP_PRINCIPAL = (
    Principal("Role"),
    Principal("User"),
    Principal("Group"),
)


HOLDERS = (("Roles", ROLE_PRINCIPAL), ("Users", USER_PRINCIPAL), ("Groups", GROUP_PRINCIPAL))


def set_boundary(context: Context, principal: Principal, name: str, new: Properties) -> None:
    """Set or take away a principal's permissions boundary."""
    arn = new.get("PermissionsBoundary")
    keys = {principal.key: name}
    if arn is None:
        invoke(context, IAM, f"Delete{principal.kind}PermissionsBoundary", keys)
    else:
        invoke(
            context,
            IAM,
            f"Put{principal.kind}PermissionsBoundary",
            {**keys, "PermissionsBoundary": arn},
        )
