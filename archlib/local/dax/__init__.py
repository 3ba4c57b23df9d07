"""DAX: clusters, their binary protocol, and the caches behind it."""

from __future__ import annotations

from archlib.local.dax.plane import DaxPlane

__all__ = ["DaxPlane"]
