"""Secrets as parameters: ``/aws/reference/secretsmanager/NAME``.

Source: AWS Systems Manager User Guide, "Referencing AWS Secrets Manager secrets from Parameter
Store parameters": a secret is read with ``WithDecryption`` only, a version id or staging label
may follow after a colon, and the caller needs secretsmanager:GetSecretValue.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall
from archlib.local.clock import moment
from archlib.local.refusal import ApiRefusal
from archlib.local.ssm import refusals
from archlib.local.ssm.names import Reference

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PREFIX = "/aws/reference/secretsmanager/"


def secret(cloud: LocalCloud, call: ApiCall, reference: Reference, arn: str) -> dict[str, Any]:
    """The parameter that a secret looks like; raises ParameterNotFound, ValidationException."""
    from archlib.local.secretsmanager import SecretsManagerPlane

    if not call.params.get("WithDecryption"):
        raise refusals.invalid(
            "WithDecryption flag must be True for retrieving a Secret Manager secret."
        )
    name = reference.name.removeprefix(PREFIX)
    params: dict[str, Any] = {"SecretId": name}
    if reference.selector is not None:
        by_id = len(reference.selector) >= 32
        params["VersionId" if by_id else "VersionStage"] = reference.selector
    asked = replace(call, service="secretsmanager", operation="GetSecretValue", params=params)
    try:
        found = cloud.plane(SecretsManagerPlane).read(asked)
    except ApiRefusal as refusal:
        if refusal.code != "ResourceNotFoundException":
            raise
        raise ApiRefusal(
            "ParameterNotFound",
            "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret "
            f"{reference.name} not found.",
        ) from None
    if "SecretString" not in found:
        raise refusals.invalid(f"The secret {name} holds binary data.")
    source = {k: str(v) for k, v in found.items() if k not in ("SecretString", "VersionStages")}
    return {
        "Name": reference.name,
        "Type": "SecureString",
        "Value": found["SecretString"],
        "Version": 0,
        "SourceResult": json.dumps({**source, "VersionStages": found.get("VersionStages", [])}),
        "LastModifiedDate": found.get("CreatedDate", moment(cloud.clock.time())),
        "ARN": arn,
        "DataType": "text",
    }
