"""A scenario: one architecture with its flows, checks, faults and variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from archlib.architecture import Architecture
from archlib.verify.check import Check, Fault
from archlib.verify.flow import Flow


@dataclass(frozen=True)
class Scenario:
    """Everything that is known of one scenario, under the name it has everywhere.

    ``variants`` are other builds of the same architecture that flows compare with (``"without
    cache"``); ``views`` are further diagrams of it, by suffix of their file name.
    """

    name: str
    title: str
    architecture: Callable[[], Architecture]
    flows: tuple[Flow, ...]
    checks: tuple[Check, ...]
    faults: tuple[Fault, ...]
    variants: Mapping[str, Callable[[], Architecture]] = field(default_factory=dict)
