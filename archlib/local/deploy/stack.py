"""Stacks, their resources, events and change sets: the engine's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archlib.local.deploy.anatomy import Anatomy
from archlib.local.deploy.parameters import Value
from archlib.local.deploy.reading import Source


@dataclass(frozen=True)
class Deployed:
    """One resource of a stack as it stands. Replaced as a whole when the resource changes."""

    logical_id: str
    type: str
    physical_id: str
    ref: str
    properties: dict[str, Any]
    attributes: Mapping[str, Any]
    needs: frozenset[str]
    metadata: Any
    deletion_policy: str
    replace_policy: str
    status: str
    changed: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None
    at: datetime
    properties: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Output:
    """One output of a stack."""

    name: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass(frozen=True)
class Request:
    """What a caller asks a stack to be: the template and everything given with it."""

    source: Source
    parameters: Mapping[str, str]
    capabilities: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    on_failure: str = "ROLLBACK"
    token: str | None = None


@dataclass(frozen=True)
class Design:
    """A request worked out as far as possible before deploying: the next state of a stack."""

    request: Request
    anatomy: Anatomy
    values: Mapping[str, Value]
    names: Mapping[str, Any]
    description: str | None = None

    @property
    def hidden(self) -> frozenset[str]:
        """The values of NoEcho parameters, which no event shows."""
        found: set[str] = set()
        for value in self.values.values():
            if value.hidden:
                found.update(value.resolved if isinstance(value.resolved, list) else [value.given])
        return frozenset(found - {""})


@dataclass(frozen=True)
class PropertyChange:
    """Why a resource changes: one property, or the reference behind it."""

    target: str
    name: str | None
    recreation: str
    evaluation: str
    source: str
    cause: str | None = None


@dataclass(frozen=True)
class Change:
    """What a change set does to one resource."""

    action: str
    logical_id: str
    physical_id: str | None
    type: str
    replacement: str | None = None
    scope: tuple[str, ...] = ()
    details: tuple[PropertyChange, ...] = ()


@dataclass
class ChangeSet:
    """A described, not yet executed change of a stack."""

    id: str
    name: str
    kind: str
    created: datetime
    design: Design | None
    changes: tuple[Change, ...]
    status: str
    execution: str
    reason: str | None = None
    description: str | None = None


@dataclass
class Stack:
    """A stack; ``resources`` hold what stands, ``history`` everything that ever stood."""

    id: str
    name: str
    region: str
    created: datetime
    status: str
    request: Request | None = None
    design: Design | None = None
    reason: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    protected: bool = False
    resources: dict[str, Deployed] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    gone: dict[str, Deployed] = field(default_factory=dict)
    parent: str | None = None
    on_failure: str = "ROLLBACK"
    hidden: set[str] = field(default_factory=set)
    timeout: int | None = None

    @property
    def live(self) -> bool:
        """Whether the stack still has its name."""
        return self.status != "DELETE_COMPLETE"
