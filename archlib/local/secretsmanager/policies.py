"""Resource policies of secrets.

Source: AWS Secrets Manager API Reference, "PutResourcePolicy", "GetResourcePolicy",
"DeleteResourcePolicy" (``BlockPublicPolicy``); AWS Secrets Manager User Guide, "Resource-based
policies".
"""

from __future__ import annotations

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.iam import PolicyError, is_public, parse_policy
from archlib.local.iam.existing import missing
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.operation import OnSecret, identified
from archlib.local.secretsmanager.secret import Secret
from archlib.local.secretsmanager.store import Secrets

_MALFORMED = "MalformedPolicyDocumentException"


class Policies:
    """Operations on resource policies."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_secret = {
            "PutResourcePolicy": OnSecret(self._put),
            "GetResourcePolicy": OnSecret(self._get),
            "DeleteResourcePolicy": OnSecret(self._delete),
        }
        return {name: one.bound(self._secrets) for name, one in on_secret.items()}

    def _put(self, call: ApiCall, secret: Secret) -> Result:
        name, text = call.params.get("PolicyName", "default"), call.params["ResourcePolicy"]
        if name != "default":
            raise refusals.parameter("You can only attach the default policy.")
        try:
            document = parse_policy(text, "resource")
        except PolicyError as problem:
            raise ApiRefusal(
                _MALFORMED, f"This resource policy contains a syntax error. ({problem})"
            ) from None
        absent = missing(document, self._secrets.cloud.account)
        if absent:
            raise ApiRefusal(
                _MALFORMED,
                f"This resource policy contains an unsupported principal. ({', '.join(absent)})",
            )
        if call.params.get("BlockPublicPolicy", False) and is_public(text):
            raise ApiRefusal(
                "PublicPolicyException",
                "This resource policy uses a broad principal that can grant public access to "
                "your secret.",
            )
        secret.policy = text
        secret.changed = self._secrets.now()
        return {**identified(secret), "PolicyName": name}

    def _get(self, call: ApiCall, secret: Secret) -> Result:
        policy = {} if secret.policy is None else {"ResourcePolicy": secret.policy}
        return {**identified(secret), **policy}

    def _delete(self, call: ApiCall, secret: Secret) -> Result:
        secret.policy = None
        secret.changed = self._secrets.now()
        return identified(secret)
