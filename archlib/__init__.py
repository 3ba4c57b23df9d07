"""archlib: one Python model of an AWS architecture gives its picture, template, local cloud, verdict."""

from __future__ import annotations

__version__ = "0.1.0"
