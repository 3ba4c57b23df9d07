"""Components, connections, boundaries and requirements, as frozen data.

An :class:`Architecture` holds values only. What a component means in CloudFormation is
told by its class in :mod:`archlib.components`; what a connection grants and wires is told
by the verb that made it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from archlib.architecture.values import Output


class Arrow(Enum):
    """The direction in which a connection is drawn; the value is the picture's notation."""

    FORWARD = "->"
    BACKWARD = "<-"
    BOTH = "<->"
    NONE = "-"


@dataclass(frozen=True)
class Boundary:
    """A box in the picture: a VPC, an availability zone, a service's domain.

    ``name`` is unique in the architecture, ``title`` is what the picture prints, ``parent``
    the name of the enclosing boundary or None.
    """

    name: str
    title: str
    parent: str | None = None


@dataclass(frozen=True)
class Component:
    """One service instance in a design.

    ``name`` is the stem of its logical ids (PascalCase, alphanumeric, unique), ``title`` the
    label below its icon (may hold newlines), ``boundary`` the name of the box it stands in.
    Subclasses say which icon draws it and which resources it needs.
    """

    name: str
    title: str
    boundary: str | None = field(default=None, kw_only=True)

    @property
    def icon(self) -> str:
        """The icon as ``module.Class`` below ``diagrams``, e.g. ``aws.compute.Lambda``."""
        raise NotImplementedError(type(self).__name__)

    @property
    def trace_end(self) -> str | None:
        """The end of a hop that stands for this component where no deployed resource does.

        ``"client"`` for the world outside, ``"sts.amazonaws.com"`` for a service without
        resources of its own; None for everything that is deployed.
        """
        return None


@dataclass(frozen=True)
class Connection:
    """A verb between two components: one arrow in the picture, one kind of hop in a trace.

    ``source`` and ``target`` are component names in the direction of the *call* (a handler
    reading a cache has source handler, whatever way the arrow points). ``arrow`` is how the
    picture draws it, seen from source to target. ``note`` is a remark that sits on the arrow.
    ``off_trace`` holds the reason when no flow is expected to take this arrow (control plane,
    optional part); the reason is shown to the reader.
    """

    source: str
    target: str
    verb: str
    label: str = ""
    arrow: Arrow = Arrow.FORWARD
    dashed: bool = False
    note: str | None = None
    off_trace: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity within an architecture: source, target, verb."""
        return (self.source, self.target, self.verb)


@dataclass(frozen=True)
class Requirement:
    """What the design must do: ``id`` such as ``TODO-03``, a title, a statement in our words."""

    id: str
    title: str
    statement: str
    source: str


@dataclass(frozen=True)
class View:
    """A picture of a part of a design: some of its components, with every arrow between them.

    ``name`` is what its file's name ends with, ``grid`` a hint for the picture, as in
    :class:`Architecture`.
    """

    name: str
    title: str
    description: str
    components: tuple[str, ...]
    grid: str | None = None


@dataclass(frozen=True)
class Architecture:
    """A whole design. ``name`` is its name everywhere (``mytodolist``), ``title`` is for people.

    A large design is drawn as several ``views``, which together show every arrow. ``grid`` places
    the components in the picture by hand: their names row by row, ``.`` for an empty cell.

    A design that contradicts itself cannot be made: building one raises
    :class:`archlib.errors.ModelError` (see :mod:`archlib.architecture.validate`).
    """

    name: str
    title: str
    description: str
    components: tuple[Component, ...]
    connections: tuple[Connection, ...]
    boundaries: tuple[Boundary, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    outputs: tuple[Output, ...] = ()
    views: tuple[View, ...] = ()
    grid: str | None = None

    def __post_init__(self) -> None:
        self.validate()

    def validate(self) -> None:
        """Raise :class:`archlib.errors.ModelError` for the first contradiction."""
        from archlib.architecture.validate import validate

        validate(self)

    def component(self, name: str) -> Component:
        """The component called ``name``; raises :class:`KeyError` when there is none."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)

    def view(self, name: str) -> Architecture:
        """The part of the design that a view shows; raises :class:`KeyError` when there is none."""
        for view in self.views:
            if view.name == name:
                return self._part(view)
        raise KeyError(name)

    def pictures(self) -> tuple[Architecture, ...]:
        """What is drawn: the parts that the views show, or the design as a whole."""
        return tuple(self._part(view) for view in self.views) or (self,)

    def _part(self, view: View) -> Architecture:
        shown = tuple(c for c in self.components if c.name in view.components)
        names = {component.name for component in shown}
        boundaries = {boundary.name: boundary for boundary in self.boundaries}
        around = set()
        for component in shown:
            inside = component.boundary
            while inside is not None:
                around.add(inside)
                inside = boundaries[inside].parent
        return Architecture(
            name=f"{self.name}-{view.name}",
            title=view.title,
            description=view.description,
            components=shown,
            connections=tuple(
                c for c in self.connections if c.source in names and c.target in names
            ),
            boundaries=tuple(b for b in self.boundaries if b.name in around),
            grid=view.grid,
        )
