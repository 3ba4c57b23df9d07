"""What a component may ask about the design around it while it emits its resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from archlib.architecture.model import Architecture, Boundary, Component
from archlib.architecture.values import Value
from archlib.components.network import Vpc
from archlib.components.wiring import Grant, Permission, Wire
from archlib.errors import ModelError

W = TypeVar("W", bound=Wire)
C = TypeVar("C", bound=Component)


@dataclass(frozen=True)
class Plan:
    """A view of one architecture, from which components read what their connections decided."""

    architecture: Architecture

    def wires(self) -> Iterator[Wire]:
        """Every connection that carries a meaning."""
        for connection in self.architecture.connections:
            if isinstance(connection, Wire):
                yield connection

    def outgoing(self, component: Component, kind: type[W]) -> tuple[W, ...]:
        """The component's connections of one kind, in order of declaration."""
        return tuple(
            wire
            for wire in self.wires()
            if wire.source == component.name and isinstance(wire, kind)
        )

    def incoming(self, component: Component, kind: type[W]) -> tuple[W, ...]:
        """The connections of one kind that end at the component."""
        return tuple(
            wire
            for wire in self.wires()
            if wire.target == component.name and isinstance(wire, kind)
        )

    def component(self, name: str, kind: type[C]) -> C:
        """The component called ``name``, which the caller knows to be of this kind."""
        found = self.architecture.component(name)
        if not isinstance(found, kind):
            raise ModelError(f"is a {type(found).__name__}, not a {kind.__name__}", where=name)
        return found

    def grants(self, component: Component) -> tuple[Grant, ...]:
        """Every statement that any connection grants to the component's role."""
        return tuple(
            grant
            for wire in self.wires()
            for grant in wire.grants
            if grant.holder == component.name
        )

    def environment(self, component: Component) -> dict[str, Value]:
        """The variables that the component's connections pass to it, sorted by name.

        Raises :class:`ModelError` when two connections give one name different values.
        """
        found: dict[str, tuple[Value, Wire]] = {}
        for wire in self.outgoing(component, Wire):
            for name, value in wire.environment:
                before, giver = found.setdefault(name, (value, wire))
                if before != value:
                    raise ModelError(
                        f"environment variable {name} gets one value from "
                        f'"{giver.verb}" to {giver.target} and another from '
                        f'"{wire.verb}" to {wire.target}',
                        where=component.name,
                        hint="give one of the two verbs another variable=",
                    )
        return {name: found[name][0] for name in sorted(found)}

    def permissions(self, component: Component) -> tuple[Permission, ...]:
        """Who may invoke the component, from every connection that ends there."""
        return tuple(
            permission for wire in self.incoming(component, Wire) for permission in wire.permissions
        )

    def vpc(self, component: Component) -> Vpc | None:
        """The VPC that the component stands in, through any number of boundaries."""
        boundaries = {boundary.name: boundary for boundary in self.architecture.boundaries}
        name = component.boundary
        while name is not None:
            boundary: Boundary = boundaries[name]
            if isinstance(boundary, Vpc):
                return boundary
            name = boundary.parent
        return None
