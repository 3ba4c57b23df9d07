"""The model of an architecture: pure data, no AWS library."""

from archlib.architecture.model import (
    Architecture,
    Arrow,
    Boundary,
    Component,
    Connection,
    Requirement,
    View,
)
from archlib.architecture.values import Attribute, Output, Ref, Sub, Value

__all__ = [
    "Architecture",
    "Arrow",
    "Attribute",
    "Boundary",
    "Component",
    "Connection",
    "Output",
    "Ref",
    "Requirement",
    "Sub",
    "Value",
    "View",
]
