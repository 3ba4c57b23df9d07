"""AWS Key Management Service: keys, key policies, grants, encryption and signatures."""

from __future__ import annotations

from archlib.local.kms.errand import DataKey, Errand
from archlib.local.kms.plane import KmsPlane

__all__ = ["DataKey", "Errand", "KmsPlane"]
