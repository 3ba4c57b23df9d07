"""What the engine knows of a resource type: one :class:`ResourceType` per type, plain data.

The functions in it receive a :class:`Context` (clients, names, who deploys) and never see the
template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.deploy.spec import Models, Problem, Record

Properties = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A resource as it was created: ``Ref`` gives ``ref``, by default the physical id."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ref: str | None = None


@dataclass(frozen=True)
class Existing:
    """A resource as it stands: what it is called and the properties it was deployed with."""

    physical_id: str
    properties: Properties
    attributes: Mapping[str, Any]
    ref: str


@dataclass(frozen=True)
class Context:
    """What a provider may use while it makes, changes or deletes one resource.

    A provider that needs several calls tells ``note`` what stands after the first, so that a
    failure further on leaves nothing behind. ``engine`` is for nested stacks only; ``undoing``
    says that an update is being rolled back.
    """

    account: str
    region: str
    stack_name: str
    stack_id: str
    logical_id: str
    client: Callable[[str], Any]
    models: Models
    random: Callable[[int], str]
    note: Callable[[Made], None] = lambda made: None
    engine: Any = None
    undoing: bool = False

    def name(self, limit: int = 255, *, lower: bool = False) -> str:
        """``{stack}-{LogicalId}-{RANDOM}``, cut to ``limit`` the way CloudFormation cuts it."""
        suffix = self.random(12)
        room = limit - len(suffix) - 2
        stack, logical = self.stack_name, self.logical_id
        if len(stack) + len(logical) > room:
            logical = logical[: max(room // 2, room - len(stack))]
            stack = stack[: room - len(logical)]
        name = f"{stack}-{logical}-{suffix}"
        return name.lower() if lower else name


Create = Callable[[Context, Properties], Made]
#: (context, what stands, new properties, names of the properties that changed)
Update = Callable[[Context, Existing, Properties, frozenset[str]], Made | None]
Delete = Callable[[Context, Existing], None]


def leave(context: Context, existing: Existing) -> None:
    """Deletion of something that goes with its owner."""


@dataclass(frozen=True)
class ResourceType:
    """One CloudFormation resource type.

    ``replacement`` names the properties whose change needs a new resource; ``conditional``
    those that sometimes do (``replaces`` decides). Without ``update`` every change replaces.
    ``arn`` is a format over ``{partition} {region} {account} {id}``, ``{last}`` (the id after
    its last slash), ``{bare}`` (the id without a leading slash) and ``{Property=default}``;
    None for what has no ARN. ``stale`` tells of a resource whose
    properties did not change (engine, physical id, properties) which of them still make an update.
    ``check`` gives what is wrong beyond the specification; properties
    may hold unknown values by then. ``notes`` say what is not imitated.
    """

    name: str
    properties: Record
    create: Create
    delete: Delete
    update: Update | None = None
    replacement: frozenset[str] = frozenset()
    replaces: Callable[[Properties, Properties], frozenset[str]] | None = None
    attributes: tuple[str, ...] = ()
    name_property: str | None = None
    arn: str | None = None
    stale: Callable[[Any, str, Properties], frozenset[str]] | None = None
    check: Callable[[Properties], tuple[str | Problem, ...]] | None = None
    snapshots: bool = False
    open_attributes: str | None = None
    notes: str = ""

    def has_attribute(self, name: str) -> bool:
        """Whether ``Fn::GetAtt`` may ask for ``name``."""
        if name in self.attributes:
            return True
        return self.open_attributes is not None and name.startswith(self.open_attributes)
