"""Whether a policy's ``Resource`` means the URL that a viewer asks for.

Developer Guide, "Create a signed URL using a custom policy", "Values that you specify in the
policy statement": ``*`` stands for any number of characters and ``?`` for exactly one, within the
section they stand in: protocol, domain, path, query string. A ``*`` at the end of the path also
means any query string, one at the end of the domain any path and query string. A resource may
leave the protocol out when its domain begins with ``*``; ``*`` alone is any URL; a domain without
a path means ``/``. Without a query string in it, a resource means no URL that has one.

Readings of our own. A ``?`` is a wildcard and also begins the query string, and the guide forbids
to escape it: a URL is meant when any of the ``?`` behind the domain, or none, taken as the
beginning makes it so. The guide asks for ``http://``, ``https://`` or ``*://``; protocols with
other wildcards (``http*://``, which people use) are matched like every other section. The guide's
page on cookies has the older, shorter text; the same rules hold for them. A resource that begins
otherwise (the stream names of RTMP) means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_PROTOCOL = re.compile(r"([A-Za-z*?]+)://(.*)", re.DOTALL)
_WILD = {"*": ".*", "?": "."}


@dataclass(frozen=True)
class Url:
    """What a viewer asks for, raw as sent, without the parameters of the signature."""

    protocol: str
    domain: str
    path: str
    query: str = ""

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.protocol}://{self.domain}{self.path}{query}"


@dataclass(frozen=True)
class _Sections:
    """One reading of a resource; without ``query`` the URL must have none."""

    protocol: re.Pattern[str]
    domain: re.Pattern[str]
    path: re.Pattern[str]
    query: re.Pattern[str] | None

    def mean(self, url: Url) -> bool:
        query = self.query.fullmatch(url.query) if self.query is not None else not url.query
        return bool(
            query
            and self.path.fullmatch(url.path)
            and self.domain.fullmatch(url.domain)
            and self.protocol.fullmatch(url.protocol)
        )


def matches(resource: str, url: Url) -> bool:
    """Whether a resource means a URL; names of hosts and protocols in any case."""
    lowered = Url(url.protocol.lower(), url.domain.lower(), url.path, url.query)
    return any(reading.mean(lowered) for reading in _readings(resource))


@lru_cache(maxsize=512)
def _readings(resource: str) -> tuple[_Sections, ...]:
    return tuple(
        _Sections(_glob(protocol.lower()), _glob(domain.lower()), _glob(path),
                  None if query is None else _glob(query))
        for protocol, domain, path, query in _divided(resource)
    )  # fmt: skip


def _divided(resource: str) -> Iterator[tuple[str, str, str, str | None]]:
    found = _PROTOCOL.fullmatch(resource)
    if found is None and not resource.startswith("*"):
        return
    protocol, rest = (found[1], found[2]) if found is not None else ("*", resource)
    domain, slash, path = rest.partition("/")
    if not slash:
        yield (
            (protocol, domain, "*", "*") if domain.endswith("*") else (protocol, domain, "/", None)
        )
        return
    path = f"/{path}"
    yield protocol, domain, path, "*" if path.endswith("*") else None
    for place, character in enumerate(path):
        if character == "?":
            yield protocol, domain, path[:place], path[place + 1 :]


def _glob(section: str) -> re.Pattern[str]:
    return re.compile("".join(_WILD.get(c) or re.escape(c) for c in section), re.DOTALL)
