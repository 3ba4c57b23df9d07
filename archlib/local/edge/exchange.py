"""One viewer request on its way through the edge."""

from __future__ import annotations

from dataclasses import dataclass, field

from archlib.local.edge.cache_key import Key
from archlib.local.edge.configuration import Behavior, Distribution
from archlib.local.edge.locations import Route
from archlib.local.http import HttpRequest, HttpResponse

HIT = "Hit from cloudfront"
REFRESHED = "RefreshHit from cloudfront"
MISS = "Miss from cloudfront"
ERROR = "Error from cloudfront"
REDIRECT = "Redirect from cloudfront"


@dataclass(slots=True)
class Exchange:
    """A request with what the edge knows of it. ``headers`` by lower-case name, combined.

    ``path`` is the raw path of the object asked for (the default root object for ``/``);
    ``inner`` marks the edge's own request for an error page; ``signer`` is the public key whose
    signature the request carried.
    """

    request: HttpRequest
    distribution: Distribution
    behavior: Behavior
    route: Route
    method: str
    path: str
    query: str
    headers: dict[str, str]
    request_id: str
    via: str
    key: Key | None = None
    inner: bool = False
    signer: str | None = None
    trouble: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Served:
    """An answer before its last touches: where it came from and how old it is.

    ``result`` is the text of ``X-Cache``; ``age`` None where none is told; ``tier`` the cache
    that had it (``edge``, ``regional``) or ``origin``.
    """

    response: HttpResponse
    result: str
    age: int | None = None
    tier: str = "origin"
    generated: bool = False
