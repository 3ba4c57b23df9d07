"""Amazon CloudFront: distributions, edge locations, regional edge caches."""

from __future__ import annotations

from archlib.local.edge.plane import EdgePlane

__all__ = ["EdgePlane"]
