"""The common part of every component and of boundaries that are resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.architecture.model import Component
from archlib.architecture.verbs import SPOKEN, refuse_verb

if TYPE_CHECKING:
    from archlib.components.assets import AssetSource
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class Piece:
    """One CloudFormation resource of a component: a troposphere object and why it is there.

    ``marks`` are further lines of the resource's ``archlib`` metadata, for whoever lays a trace
    over the picture.
    """

    resource: Any
    purpose: str
    marks: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateParameter:
    """What whoever deploys may choose: a string and the pattern it must match.

    One without a ``default`` has to be given.
    """

    name: str
    description: str
    default: str | None
    pattern: str | None = None


@dataclass(frozen=True)
class AwsComponent(Component):
    """A component that knows its CloudFormation resources."""

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """The component's resources, in the order in which a reader wants to meet them."""
        raise NotImplementedError(type(self).__name__)

    def assets(self) -> Iterator[AssetSource]:
        """What must be uploaded for the resources to be created; nothing by default."""
        return iter(())

    def parameters(self) -> Iterator[TemplateParameter]:
        """What whoever deploys the component may choose; nothing by default."""
        return iter(())

    def check(self, plan: Plan) -> None:
        """Refuse a design in which the component cannot work; raises :class:`ModelError`."""

    if not TYPE_CHECKING:  # a type checker already knows which verbs a class has

        def __getattr__(self, name: str) -> Any:
            if name in SPOKEN:
                raise refuse_verb(self, name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
