"""One request on its way through the chain, and the answer it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from archlib.local.gateway.configuration import ApiSnapshot, Method, Parameter, Resource

if TYPE_CHECKING:
    from archlib.local.gateway.stages import Stage
    from archlib.local.http import HttpRequest
    from archlib.local.identity import Caller

_NOTHING: Mapping[str, Any] = MappingProxyType({})
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is known of a request so far; each handler of the chain returns a richer one.

    ``path`` is the raw path below the stage; ``received`` is virtual epoch seconds; ``query``
    values are decoded, ``header_index`` maps lower-case names to values in order. ``identity``
    and ``authorizer`` are what ``$context.identity`` and ``$context.authorizer`` add.
    """

    request: HttpRequest
    api: ApiSnapshot
    stage: Stage
    path: str
    request_id: str
    extended_id: str
    trace_id: str
    received: float
    query: Values
    header_index: Values
    resource: Resource | None = None
    method: Method | None = None
    path_parameters: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    identity: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    authorizer: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    usage_key: str | None = None
    caller: Caller | None = None

    @property
    def route(self) -> tuple[Resource, Method]:
        """The matched resource and method; only after routing."""
        if self.resource is None or self.method is None:
            raise LookupError("the request has not been routed yet")
        return self.resource, self.method

    @property
    def integration_method(self) -> Method:
        """The matched method; only after routing."""
        return self.route[1]

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        values = self.header_index.get(name.lower())
        return values[-1] if values else None

    def parameter(self, parameter: Parameter) -> str | None:
        """The value of ``method.request.{place}.{name}``, or None."""
        place, name = parameter
        if place == "header":
            return self.header(name)
        if place == "path":
            return self.path_parameters.get(name)
        values = self.query.get(name)
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response on its way back to the client."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), None)

    def adding(self, *headers: tuple[str, str]) -> Answer:
        """The same answer with more headers."""
        return Answer(self.status, (*self.headers, *headers), self.body)


def index_query(raw: str) -> Values:
    """A raw query string as decoded values by name, in order; ``+`` is a space."""
    if not raw:
        return _NOTHING
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        found[name] = (*found.get(name, ()), value)
    return found


def index_headers(headers: tuple[tuple[str, str], ...]) -> Values:
    """Headers as values by lower-case name, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        lower = name.lower()
        found[lower] = (*found.get(lower, ()), value)
    return found


def media_type(value: str | None, default: str = "application/json") -> str:
    """The bare media type of a ``Content-Type`` (or the first of an ``Accept``) value."""
    if not value:
        return default
    return value.split(",", 1)[0].split(";", 1)[0].strip().lower() or default
