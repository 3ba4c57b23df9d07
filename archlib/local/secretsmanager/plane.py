"""The Secrets Manager plane: secrets, versions, policies and rotation over a state of its own.

Of moto's Secrets Manager nothing is used: it takes any KMS key, keeps secrets after their recovery
window, rotates nothing, and judges nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.constraints import refuse_violations
from archlib.local.iam import IamEnforcement
from archlib.local.iam.authorization import Context
from archlib.local.iam.lookups import NONE, ResourcePolicies, Sought
from archlib.local.iam.state import Named
from archlib.local.keys.derived import derived
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager.lifecycle import Lifecycle
from archlib.local.secretsmanager.passwords import password
from archlib.local.secretsmanager.policies import Policies
from archlib.local.secretsmanager.reading import Reading
from archlib.local.secretsmanager.rotation import Rotations
from archlib.local.secretsmanager.sealing import Sealer
from archlib.local.secretsmanager.secret import Secret
from archlib.local.secretsmanager.store import Secrets
from archlib.local.secretsmanager.values import Values

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: What the operations that are refused would be.
REFUSED: dict[str, str] = {
    "ReplicateSecretToRegions": "replicas in other regions",
    "RemoveRegionsFromReplication": "replicas in other regions",
    "StopReplicationToReplica": "replicas in other regions",
    "AssociateCrossAccountReplica": "replicas in other accounts",
    "DisassociateCrossAccountReplica": "replicas in other accounts",
    "ListResourcePolicies": "several policies of one secret",
    "ValidateResourcePolicy": "the check of a policy before it is attached",
}


class SecretsManagerPlane:
    """Serves Secrets Manager."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve the API, and tell IAM about secrets and their policies."""
        self._cloud = cloud
        self._secrets = secrets = Secrets(cloud)
        self._passwords = 0
        rotations = Rotations(secrets)
        sealer = Sealer(cloud)
        self._reading = reading = Reading(secrets, sealer, self._may_read)
        values = Values(secrets, sealer, rotations.renewed)
        groups = (values, reading, Lifecycle(secrets), Policies(secrets), rotations)
        handlers: dict[str, Handler] = {"GetRandomPassword": self._password}
        for group in groups:
            handlers.update(group.handlers)
        for name, handler in handlers.items():
            cloud.api.handle("secretsmanager", name, self._checked(name, handler))
        for name, what in REFUSED.items():
            cloud.api.handle("secretsmanager", name, _refusing(name, what))
        try:
            self._iam: IamEnforcement | None = cloud.plane(IamEnforcement)
        except KeyError:
            self._iam = None
        if self._iam is not None:
            self._iam.register_lookup("secretsmanager", self._policies)
            self._iam.register_keeper("secretsmanager", self)

    def stop(self) -> None:
        """Nothing to leave behind."""

    def read(self, call: ApiCall) -> Result:
        """GetSecretValue for the caller of another service's operation: judged, then served.

        ``call`` holds GetSecretValue's parameters. Raises :class:`ApiRefusal`.
        """
        secret = self._secrets.named(call.region, call.params["SecretId"])
        self._may_read(call, secret)
        secret.require_kept()
        return self._reading.read(call, secret)

    # -- what IAM asks -----------------------------------------------------------------------

    def arn_of(self, named: Named, region: str, name: str | bytes) -> str | None:
        """The ARN of a secret by name, ARN or partial ARN."""
        secret = self._secrets.find(region, name) if isinstance(name, str) else None
        return None if secret is None else secret.arn

    def context_of(self, arn: str) -> Context:
        """The condition keys that describe a secret."""
        secret = self._secrets.find(arn.split(":")[3], arn)
        if secret is None:
            return {}
        tags = {
            f"{prefix}{name}": text
            for name, text in secret.tags.items()
            for prefix in ("aws:ResourceTag/", "secretsmanager:ResourceTag/")
        }
        function = {} if secret.rotation is None else {
            "secretsmanager:resource/AllowRotationLambdaArn": secret.rotation.function
        }  # fmt: skip
        return {**tags, **function, "secretsmanager:SecretPrimaryRegion": secret.region}

    def _policies(self, sought: Sought) -> ResourcePolicies:
        parts = sought.resource.split(":")
        secret = self._secrets.find(parts[3], sought.resource) if len(parts) > 6 else None
        if secret is None or secret.policy is None:
            return NONE
        return ResourcePolicies(((f"policy of secret {secret.name}", secret.policy),))

    def _may_read(self, call: ApiCall, secret: Secret) -> None:
        """BatchGetSecretValue: "you must have secretsmanager:GetSecretValue for each secret"."""
        if self._iam is None:
            return
        action = "secretsmanager:GetSecretValue"
        keys = {"secretsmanager:SecretId": secret.arn}
        decision = self._iam.decide(call.caller, action, secret.arn, keys, region=call.region)
        if not decision.allowed:
            raise ApiRefusal(
                "AccessDeniedException",
                self._iam.explain(call.caller, action, secret.arn, decision),
            )

    # -- every call --------------------------------------------------------------------------

    def _password(self, call: ApiCall) -> Result:
        self._passwords += 1
        label = f"secretsmanager password {call.region} {self._passwords}"
        made = password(call.params, lambda length: derived(self._cloud.seed, label, length))
        return {"RandomPassword": made}

    def _checked(self, name: str, handler: Handler) -> Handler:
        def handle(call: ApiCall) -> Result:
            model = self._cloud.raw("secretsmanager").meta.service_model
            refuse_violations(model.operation_model(name).input_shape, call.params)
            return handler(call)

        return handle


def _refusing(name: str, what: str) -> Handler:
    def refuse(call: ApiCall) -> Result:
        raise Unsupported(
            f"the local cloud has no secretsmanager:{name}", hint=f"it would be {what}"
        )

    return refuse
