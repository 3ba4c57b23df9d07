"""Whether a role's trust policy lets an identity of an identity pool in.

AWS, "Role trust and permissions" (Cognito) and "Available keys for AWS OIDC federation"
(IAM): the keys ``cognito-identity.amazonaws.com:aud``, ``:sub`` and ``:amr``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.cognito import role_choice
from archlib.local.iam.document import parse_policy
from archlib.local.iam.evaluation import Decision, Policies, Policy, Request, decide
from archlib.local.iam.principal import federated

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

SERVICE = "cognito-identity.amazonaws.com"


@dataclass(frozen=True)
class WebIdentity:
    """What STS learns from a Cognito token: identity id, identity pool id, ``amr``."""

    subject: str
    audience: str
    methods: tuple[str, ...]

    @property
    def context(self) -> dict[str, str | tuple[str, ...]]:
        """The condition keys, in the trust policy and in every later request."""
        return {
            f"{SERVICE}:sub": self.subject,
            f"{SERVICE}:aud": self.audience,
            f"{SERVICE}:amr": self.methods,
        }


def allowed(
    cloud: LocalCloud, role_arn: str, web: WebIdentity, session_name: str | None = None
) -> Decision:
    """The trust policy's decision on ``sts:AssumeRoleWithWebIdentity``.

    Raises InvalidIdentityPoolConfigurationException for a role that does not exist.
    """
    found = role(cloud, role_arn)
    if found is None:
        raise role_choice.bad_configuration()
    now = cloud.clock.now()
    context: dict[str, str | tuple[str, ...]] = {
        **web.context,
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true",
        "sts:RoleSessionName": session_name or "CognitoIdentityCredentials",
    }
    document = parse_policy(found.assume_role_policy_document, "trust")
    name = f"of {role_arn.rsplit('/', 1)[-1]}"
    policies = Policies(
        resource=(Policy(name, document),),
        resource_layer="role trust policy",
        resource_must_allow=True,
    )
    request = Request(federated(SERVICE), "sts:AssumeRoleWithWebIdentity", role_arn, context)
    return decide(request, policies)


def role(cloud: LocalCloud, role_arn: str) -> Any:
    """The deployed role, or None."""
    from moto.iam.models import iam_backends

    roles = iam_backends[cloud.account]["aws"].roles.values()
    return next((r for r in roles if r.arn == role_arn), None)
