"""archlib: one model of an AWS architecture gives picture, template, local cloud and verdict."""

from __future__ import annotations

__version__ = "0.1.0"
