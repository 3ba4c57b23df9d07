"""Questions to IAM that Lambda itself asks: may this role write logs, may this service invoke.

Without the IAM plane (a cloud made of a few planes for a test) everything is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.identity import Caller

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.iam import IamEnforcement

LAMBDA = "lambda.amazonaws.com"


class Permissions:
    """Asks the running IAM plane."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._plane: IamEnforcement | None = None
        self._sought = False

    def caller(
        self,
        caller: Caller,
        action: str,
        resource: str,
        context: Mapping[str, str | tuple[str, ...]] | None = None,
    ) -> bool:
        """Whether a caller may do something."""
        iam = self._iam()
        return iam is None or iam.decide(caller, action, resource, context).allowed

    def service(
        self,
        principal: str,
        action: str,
        resource: str,
        context: Mapping[str, str | tuple[str, ...]] | None = None,
    ) -> bool:
        """Whether the resource's own policy lets an AWS service do something."""
        iam = self._iam()
        if iam is None:
            return True
        from archlib.local.iam import ServicePrincipal

        return iam.decide(ServicePrincipal(principal), action, resource, context).allowed

    def role(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role could do something, before anybody has assumed it."""
        role = self.find_role(role_arn)
        if role is None:
            return False
        name = role_arn.rsplit("/", 1)[-1]
        session = Caller(
            "assumed-role",
            f"arn:aws:sts::{self._cloud.account}:assumed-role/{name}/lambda",
            self._cloud.account,
            f"{role.id}:lambda",
            role_arn=role_arn,
            session_name="lambda",
        )
        return self.caller(session, action, resource)

    def trusts_lambda(self, role_arn: str) -> bool:
        """Whether the role exists and its trust policy lets Lambda assume it."""
        if self.find_role(role_arn) is None:
            return False
        return self.service(LAMBDA, "sts:AssumeRole", role_arn)

    def find_role(self, role_arn: str) -> Any:
        """moto's role object, or None."""
        from moto.iam.models import iam_backends

        roles = iam_backends[self._cloud.account]["aws"].roles.values()
        return next((role for role in roles if role.arn == role_arn), None)

    def _iam(self) -> IamEnforcement | None:
        if not self._sought:
            from archlib.local.iam import IamEnforcement

            self._sought = True
            try:
                self._plane = self._cloud.plane(IamEnforcement)
            except KeyError:
                self._plane = None
        return self._plane
