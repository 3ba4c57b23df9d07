"""Rotation by a Lambda function, in its four steps.

Source: AWS Secrets Manager User Guide, "Rotation by Lambda function", "Lambda rotation functions"
(createSecret, setSecret, testSecret, finishSecret), "Troubleshoot AWS Secrets Manager rotation";
API Reference, "RotateSecret", "CancelRotateSecret". The function is invoked by the principal
secretsmanager.amazonaws.com, which its policy must admit. "If any rotation step fails, Secrets
Manager retries the entire rotation process multiple times": here at the next rotation window.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager import refusals, schedule
from archlib.local.secretsmanager.operation import OnSecret, identified
from archlib.local.secretsmanager.secret import CURRENT, PENDING, Rotation, Secret, Version
from archlib.local.secretsmanager.store import Secrets

PRINCIPAL = "secretsmanager.amazonaws.com"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class Rotations:
    """Operations on rotation, and the rotations themselves."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_secret = {
            "RotateSecret": OnSecret(self._rotate),
            "CancelRotateSecret": OnSecret(self._cancel),
        }
        return {name: one.bound(self._secrets) for name, one in on_secret.items()}

    def renewed(self, secret: Secret) -> None:
        """A new current value, whoever put it: "considered a valid rotation" when the next
        rotation date is calculated from a number of days."""
        rotation = secret.rotation
        if rotation is not None and rotation.enabled and rotation.days is not None:
            self._arm(secret, rotation)

    def _rotate(self, call: ApiCall, secret: Secret) -> Result:
        params, old = call.params, secret.rotation
        for parameter in ("ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"):
            if params.get(parameter):
                raise Unsupported(
                    "rotation of managed external secrets is not imitated",
                    where=f"secretsmanager:RotateSecret {parameter}",
                )
        function = params.get("RotationLambdaARN") or (old.function if old else None)
        if function is None:
            raise refusals.request(
                "No Lambda rotation function ARN is associated with this secret."
            )
        rules = params.get("RotationRules")
        if rules is not None:
            schedule.check(rules)
        self._require_invocable(secret, function)
        pending = secret.labelled(PENDING)
        if pending is not None and CURRENT not in pending.labels:
            raise refusals.request(
                "A previous rotation isn't complete. That rotation will be reattempted."
            )
        new = replace(old, function=function, enabled=True) if old else Rotation(function)
        if rules is not None:
            new = replace(
                new,
                days=rules.get("AutomaticallyAfterDays"),
                expression=rules.get("ScheduleExpression"),
                duration=rules.get("Duration"),
            )
        new = replace(new, enabled=new.days is not None or new.expression is not None)
        secret.rotation = new
        secret.changed = self._secrets.now()
        self._arm(secret, new)
        token = params.get("ClientRequestToken") or self._secrets.cloud.new_uuid()
        immediately = params.get("RotateImmediately", True)
        begin = self._begin if immediately else self._rehearse
        self._secrets.cloud.clock.soon(lambda: begin(secret, token), f"rotation of {secret.arn}")
        return {**identified(secret), **({"VersionId": token} if immediately else {})}

    def _cancel(self, call: ApiCall, secret: Secret) -> Result:
        rotation = secret.rotation
        told = identified(secret)
        if rotation is not None:
            secret.rotation = replace(rotation, enabled=False, due=None, closes=None)
        pending = secret.labelled(PENDING)
        if pending is not None and CURRENT not in pending.labels:
            told["VersionId"] = pending.id
        return told

    def _require_invocable(self, secret: Secret, function: str) -> None:
        """The function must be there and must admit Secrets Manager."""
        from archlib.local.iam import IamEnforcement, ServicePrincipal

        cloud = self._secrets.cloud
        try:
            iam: IamEnforcement | None = cloud.plane(IamEnforcement)
        except KeyError:
            iam = None
        asker = ServicePrincipal(PRINCIPAL, secret.arn, cloud.account)
        admitted = (
            iam is None
            or iam.decide(asker, "lambda:InvokeFunction", function, region=secret.region).allowed
        )
        client = cloud.control("lambda", region=secret.region)
        try:
            client.get_function_configuration(FunctionName=function)
        except client.exceptions.ClientError:
            admitted = False
        if not admitted:
            raise ApiRefusal(
                "AccessDeniedException",
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the "
                f"function policy grants access to the principal {PRINCIPAL}.",
            )

    # -- rotating ----------------------------------------------------------------------------

    def _begin(self, secret: Secret, token: str) -> None:
        """One rotation, from the empty version on; a failed one leaves AWSPENDING where it is."""
        if secret.end is not None or secret.rotation is None:
            return
        version = self._pending(secret, token)
        if not all(self._step(secret, version, step) for step in STEPS):
            return
        current = secret.labelled(CURRENT)
        if current is version and secret.rotation is not None:
            now = self._secrets.now()
            secret.rotation.last = secret.changed = now
            self._arm(secret, secret.rotation)

    def _rehearse(self, secret: Secret, token: str) -> None:
        """The ``testSecret`` step alone: "This test creates an AWSPENDING version of the secret
        and then removes it"."""
        version = self._pending(secret, token)
        self._step(secret, version, "testSecret")
        if CURRENT not in version.labels:
            secret.versions.pop(version.id, None)

    def _pending(self, secret: Secret, token: str) -> Version:
        version = secret.versions.get(token) or secret.add(token, self._secrets.now())
        secret.attach(PENDING, version)
        return version

    def _step(self, secret: Secret, version: Version, step: str) -> bool:
        """One invocation; False when the function fails or cannot be invoked."""
        from archlib.local.functions import FunctionRuntime, InvokeDenied, ServiceInvoker

        assert secret.rotation is not None
        cloud = self._secrets.cloud
        try:
            runtime: Any = cloud.plane(FunctionRuntime)
        except KeyError:
            raise Unsupported(
                "rotation needs the function runtime, which does not run", where=secret.arn
            ) from None
        event = {
            "Step": step,
            "SecretId": secret.arn,
            "ClientRequestToken": version.id,
            "RotationToken": cloud.new_uuid(),
        }
        invoker = ServiceInvoker(PRINCIPAL, source_arn=secret.arn, source=secret.arn)
        try:
            result = runtime.invoke(
                secret.rotation.function,
                json.dumps(event).encode(),
                invoker=invoker,
                invocation_type="RequestResponse",
            )
        except (InvokeDenied, ApiRefusal):
            return False
        return result.function_error is None

    def _arm(self, secret: Secret, rotation: Rotation) -> None:
        """See to the next scheduled rotation."""
        rules = {
            "AutomaticallyAfterDays": rotation.days,
            "ScheduleExpression": rotation.expression,
            "Duration": rotation.duration,
        }
        found = schedule.window(rules, self._secrets.now()) if rotation.enabled else None
        rotation.due = found.opens if found else None
        rotation.closes = found.closes if found else None
        if found is None:
            return
        due = found.opens

        def fall_due() -> None:
            # Cancelled, or put off by a rotation since: another timer is the one.
            current = secret.rotation
            if current is None or not current.enabled or current.due != due:
                return
            self._arm(secret, current)
            waiting = secret.labelled(PENDING)
            unfinished = waiting is not None and CURRENT not in waiting.labels
            token = waiting.id if unfinished and waiting else self._secrets.cloud.new_uuid()
            self._begin(secret, token)

        self._secrets.cloud.clock.at(due, fall_due, f"rotation of {secret.arn}")
