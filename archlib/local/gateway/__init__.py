"""API Gateway REST APIs: the data plane and what moto's control plane lacks."""

from __future__ import annotations

from archlib.local.gateway.plane import RestApiPlane

__all__ = ["RestApiPlane"]
