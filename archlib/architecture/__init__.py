"""The model of an architecture: pure data, no AWS library."""

from archlib.architecture.model import (
    Architecture,
    Arrow,
    Boundary,
    Component,
    Connection,
    Requirement,
)

__all__ = ["Architecture", "Arrow", "Boundary", "Component", "Connection", "Requirement"]
