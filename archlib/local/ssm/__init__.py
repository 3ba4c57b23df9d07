"""AWS Systems Manager Parameter Store: parameters, hierarchies, SecureStrings."""

from __future__ import annotations

from archlib.local.ssm.plane import ParameterStorePlane

__all__ = ["ParameterStorePlane"]
