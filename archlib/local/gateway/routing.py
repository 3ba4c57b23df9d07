"""From a request's path and method to a resource.

AWS: "Amazon API Gateway concepts" and "Set up a proxy integration with a proxy resource":
an exact segment wins over ``{parameter}``, which wins over a greedy ``{proxy+}``; a method of
its own wins over ``ANY``. Where the better-matching resource lacks the method, the next best
one that has it answers. Trailing slashes do not matter. Path parameters reach the integration
percent-decoded; ``%2F`` inside a segment does not split it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from archlib.local.gateway.configuration import Method, Resource


@dataclass(frozen=True, slots=True)
class Match:
    """Where a request goes. ``parameters`` are decoded."""

    resource: Resource
    method: Method
    parameters: dict[str, str]


@dataclass(slots=True)
class _Node:
    resource: Resource | None = None
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: tuple[str, _Node] | None = None
    greedy: tuple[str, _Node] | None = None


class Router:
    """The path tree of one deployment; immutable once built."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self._root = _Node()
        for resource in self.resources:
            self._insert(resource)

    def match(self, method: str, path: str) -> Match | None:
        """The best resource with ``method`` (or ``ANY``) for a raw ``path``, or None."""
        segments = [unquote(part) for part in path.strip("/").split("/")] if path != "/" else []
        if segments == [""]:
            segments = []
        for resource, parameters in _walk(self._root, segments, 0, {}):
            found = resource.methods.get(method) or resource.methods.get("ANY")
            if found is not None:
                return Match(resource, found, parameters)
        return None

    def _insert(self, resource: Resource) -> None:
        node = self._root
        for part in filter(None, resource.path.split("/")):
            if part.startswith("{") and part.endswith("+}"):
                node.greedy = node.greedy or (part[1:-2], _Node())
                node = node.greedy[1]
            elif part.startswith("{") and part.endswith("}"):
                node.parameter = node.parameter or (part[1:-1], _Node())
                node = node.parameter[1]
            else:
                node = node.literals.setdefault(part, _Node())
        node.resource = resource


def _walk(
    node: _Node, segments: list[str], at: int, parameters: dict[str, str]
) -> Iterator[tuple[Resource, dict[str, str]]]:
    if at == len(segments):
        if node.resource is not None:
            yield node.resource, parameters
        return
    segment = segments[at]
    if (literal := node.literals.get(segment)) is not None:
        yield from _walk(literal, segments, at + 1, parameters)
    if node.parameter is not None and segment:
        name, below = node.parameter
        yield from _walk(below, segments, at + 1, {**parameters, name: segment})
    if node.greedy is not None:
        name, below = node.greedy
        if below.resource is not None:
            yield below.resource, {**parameters, name: "/".join(segments[at:])}
