"""What a distribution's configuration comes to for the data plane: frozen, looked up quickly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from archlib.local.edge.freshness import Limits
from archlib.local.edge.patterns import compiled, normalised
from archlib.local.edge.response_headers import ResponsePolicy
from archlib.local.edge.signed import PublicKey


@dataclass(frozen=True)
class Selection:
    """Which names of a kind (query strings, cookies, headers) are meant.

    ``mode`` is ``none``, ``all``, ``whitelist`` or ``allExcept``.
    """

    mode: str = "none"
    names: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether a name is meant."""
        return _MODES[self.mode](self.names, name)

    def __or__(self, other: Selection) -> Selection:
        """What either of the two means."""
        modes = {self.mode: self, other.mode: other}
        if "all" in modes:
            return modes["all"]
        if "none" in modes:
            return other if self.mode == "none" else self
        if self.mode == other.mode:
            combine = frozenset.union if self.mode == "whitelist" else frozenset.intersection
            return Selection(self.mode, combine(self.names, other.names))
        listed, excluded = modes["whitelist"], modes["allExcept"]
        return Selection("allExcept", excluded.names - listed.names)


def _listed(names: frozenset[str], name: str) -> bool:
    return name in names or any(fnmatchcase(name, one) for one in _wild(names))


@lru_cache(maxsize=256)
def _wild(names: frozenset[str]) -> tuple[str, ...]:
    """Names with wildcards, which cookies may have ("Cache content based on cookies")."""
    return tuple(name for name in sorted(names) if "*" in name or "?" in name)


_MODES: Mapping[str, Callable[[frozenset[str], str], bool]] = {
    "none": lambda names, name: False,
    "all": lambda names, name: True,
    "whitelist": _listed,
    "allExcept": lambda names, name: not _listed(names, name),
}

NONE = Selection()
ALL = Selection("all")


@dataclass(frozen=True)
class OriginAccess:
    """How the edge shows an S3 bucket who it is: an access identity or an access control.

    ``identity`` is the id of an origin access identity; ``signing`` an origin access control's
    behavior (``always``, ``never``, ``no-override``).
    """

    identity: str | None = None
    canonical_id: str | None = None
    signing: str = "never"


@dataclass(frozen=True)
class Origin:
    """One origin. Seconds are virtual; ``region`` is where it stands, if its name tells."""

    id: str
    domain: str
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    s3: bool = False
    access: OriginAccess = field(default_factory=OriginAccess)
    protocol: str = "https-only"
    http_port: int = 80
    https_port: int = 443
    read_timeout: float = 30.0
    connection_timeout: float = 10.0
    attempts: int = 3
    region: str | None = None


@dataclass(frozen=True)
class OriginGroup:
    """A primary origin, and the one asked instead when the primary answers with ``codes``."""

    id: str
    primary: str
    secondary: str
    codes: frozenset[int]


@dataclass(frozen=True)
class Behavior:
    """A cache behavior with its policies resolved. Header names are in lower case.

    ``key_*`` make the cache key; ``forward_*`` what the origin is sent (the key's values
    included). ``legacy`` is a behavior with ForwardedValues instead of a cache policy;
    ``uncached`` one that forwards all headers in the legacy way, which ends all caching.
    ``trusted`` are the public keys, by id, one of which must have signed a request; None where
    no signature is asked for.
    """

    pattern: str
    target: str
    protocol: str
    allowed: frozenset[str]
    cached: frozenset[str]
    compress: bool
    limits: Limits
    key_query: Selection
    key_headers: tuple[str, ...]
    key_cookies: Selection
    encodings: tuple[str, ...]
    forward_query: Selection
    forward_headers: Selection
    forward_cookies: Selection
    generated: tuple[str, ...] = ()
    legacy: bool = False
    uncached: bool = False
    response_policy: ResponsePolicy | None = None
    trusted: Mapping[str, PublicKey] | None = None

    @property
    def cookies_forwarded(self) -> bool:
        """Whether cookies reach the origin, and its Set-Cookie the viewer."""
        return self.forward_cookies.mode != "none"


@dataclass(frozen=True)
class ErrorPage:
    """A custom error response; without ``page`` it only says how long the error is cached."""

    code: int
    minimum: float
    page: str | None = None
    status: int | None = None


@dataclass(frozen=True)
class Distribution:
    """A distribution as the edge locations know it."""

    id: str
    arn: str
    domain: str
    aliases: tuple[str, ...]
    enabled: bool
    root: str
    default: Behavior
    behaviors: tuple[Behavior, ...]
    origins: Mapping[str, Origin]
    groups: Mapping[str, OriginGroup]
    errors: Mapping[int, ErrorPage]
    price_class: str
    geo_mode: str = "none"
    geo_countries: frozenset[str] = frozenset()

    def behavior(self, path: str) -> Behavior:
        """The first cache behavior whose pattern matches, else the default one."""
        if not self.behaviors:
            return self.default
        wanted = normalised(path)
        for one in self.behaviors:
            if compiled(one.pattern).fullmatch(wanted):
                return one
        return self.default

    def serves(self, country: str) -> bool:
        """Whether the geographic restriction lets a country through.

        Developer Guide, "Restrict the geographic distribution of your content".
        """
        if self.geo_mode == "none":
            return True
        return (country in self.geo_countries) == (self.geo_mode == "whitelist")

    def error_minimum(self, status: int) -> float:
        """The error caching minimum TTL of a status: 10 seconds unless configured."""
        page = self.errors.get(status)
        return 10.0 if page is None else page.minimum
