"""AWS Secrets Manager: secrets, versions, encryption, policies, rotation."""

from __future__ import annotations

from archlib.local.secretsmanager.plane import SecretsManagerPlane

__all__ = ["SecretsManagerPlane"]
