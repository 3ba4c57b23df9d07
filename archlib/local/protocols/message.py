"""What a protocol reads: an HTTP request with its query and headers taken apart once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl


class Malformed(Exception):
    """A request that cannot be read; every protocol has its own code for it."""


@dataclass(frozen=True)
class Message:
    """A request as its service sees it.

    ``path`` is raw (percent-encoded as sent), ``query`` the raw query string, ``fields`` the
    headers by lower-case name (repeated ones joined by commas), ``named`` the same names as sent,
    ``labels`` the values that the path's template names.
    """

    method: str
    path: str
    query: str
    fields: Mapping[str, str]
    body: bytes
    named: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, method: str, path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Message:
        """From headers in their order."""
        fields: dict[str, str] = {}
        named: dict[str, str] = {}
        for name, value in headers:
            lower = name.lower()
            fields[lower] = f"{fields[lower]},{value}" if lower in fields else value
            named.setdefault(lower, name)
        return cls(method, path, query, fields, body, named)

    @cached_property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """The query's parameters, decoded, in their order."""
        return tuple(parse_qsl(self.query, keep_blank_values=True))

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The query's parameters; of a repeated one the last."""
        return dict(self.asked)

    @property
    def media_type(self) -> str:
        """The body's media type in lower case, without its parameters."""
        return self.fields.get("content-type", "").partition(";")[0].strip().lower()
