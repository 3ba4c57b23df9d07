"""Which operation of a REST service a request means.

AWS: Smithy 2.0 specification, "HTTP binding traits" (labels, greedy labels, query literals). Where
several operations share a method and a path, as in S3, those whose query literals, required
parameters and required headers are all there come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from archlib.local.protocols.message import Message

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """One operation's method and path, and what its requests must have besides."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]
    headers: tuple[str, ...]
    fixed: int
    greedy: bool
    deprecated: bool

    @property
    def rank(self) -> tuple[int, bool, int, bool]:
        """The more a route asks for, the more it means the request that has it."""
        demands = len(self.literals) + len(self.parameters) + len(self.headers)
        return demands, not self.greedy, self.fixed, not self.deprecated

    def fits(self, message: Message) -> bool:
        """Whether query and headers have all that the operation requires."""
        given = message.given
        return (
            all(given.get(name) == value for name, value in self.literals)
            and all(name in given for name in self.parameters)
            and all(name in message.fields for name in self.headers)
        )


class Routes:
    """All routes of one service."""

    def __init__(self, model: Any) -> None:
        self._by_method: dict[str, list[Route]] = {}
        for name in model.operation_names:
            route = _route(model.operation_model(name))
            self._by_method.setdefault(route.method, []).append(route)
        for routes in self._by_method.values():
            routes.sort(key=lambda route: route.rank, reverse=True)

    def find(self, message: Message) -> tuple[str, dict[str, str]] | None:
        """The operation's name and its labels' values; None where no route fits."""
        path = message.path.rstrip("/") or "/"
        for route in self._by_method.get(message.method, ()):
            matched = route.pattern.fullmatch(message.path if route.greedy else path)
            if matched is not None and route.fits(message):
                values = (unquote(text) for text in matched.groups())
                return route.operation, dict(zip(route.labels, values, strict=True))
        return None


def _route(operation: Any) -> Route:
    uri = str(operation.http.get("authPath") or operation.http["requestUri"])
    # botocore takes the bucket out of S3's paths, and leaves its literals in the other one.
    literals = str(operation.http["requestUri"]).partition("?")[2]
    path = uri.partition("?")[0].rstrip("/") or "/"
    labels = _LABEL.findall(path)
    needed = list(_required(operation, "querystring"))
    return Route(
        operation.name,
        str(operation.http.get("method", "POST")),
        re.compile("".join(_patterns(path)), re.DOTALL),
        tuple(name for name, _ in labels),
        tuple(parse_qsl(literals, keep_blank_values=True)),
        tuple(needed),
        tuple(name.lower() for name in _required(operation, "header")),
        len(_LABEL.sub("", path)),
        any(plus for _, plus in labels),
        bool(operation.deprecated),
    )


def _patterns(path: str) -> Iterable[str]:
    at = 0
    for matched in _LABEL.finditer(path):
        yield re.escape(path[at : matched.start()])
        yield "(.+)" if matched[2] else "([^/]+)"
        at = matched.end()
    yield re.escape(path[at:])


def _required(operation: Any, location: str) -> Iterable[str]:
    shape = operation.input_shape
    for name in () if shape is None else shape.required_members:
        told = shape.members[name].serialization
        if told.get("location") == location:
            yield str(told.get("name", name))
