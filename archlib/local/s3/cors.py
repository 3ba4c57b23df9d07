"""Cross-origin resource sharing: what a page elsewhere may do with a bucket.

AWS: Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)" (the first rule that
matches origin, method and every requested header decides) and "Troubleshooting CORS".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archlib.local.http import Headers, HttpRequest, HttpResponse
from archlib.local.refusal import ApiRefusal

_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
    "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers "
    "are not whitelisted by the resource's CORS spec."
)


@dataclass(frozen=True)
class Rule:
    """One rule of a bucket's CORS configuration."""

    methods: tuple[str, ...]
    origins: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: str | None = None

    @classmethod
    def of(cls, stored: Any) -> Rule:
        """From moto's rule."""
        return cls(
            tuple(stored.allowed_methods),
            tuple(stored.allowed_origins),
            tuple(stored.allowed_headers or ()),
            tuple(stored.exposed_headers or ()),
            None if stored.max_age_seconds is None else str(stored.max_age_seconds),
        )

    def admits(self, origin: str, method: str, headers: Iterable[str]) -> bool:
        """Whether the rule matches a request; header names in any case."""
        return (
            method in self.methods
            and any(_like(origin, pattern) for pattern in self.origins)
            and all(any(_like(name.lower(), p.lower()) for p in self.headers) for name in headers)
        )


def matching(
    rules: Iterable[Rule], origin: str, method: str, headers: Sequence[str] = ()
) -> Rule | None:
    """The first rule that admits the request, or None."""
    return next((rule for rule in rules if rule.admits(origin, method, headers)), None)


def preflight(rules: Sequence[Rule], request: HttpRequest) -> HttpResponse:
    """Answer an OPTIONS request; raises :class:`ApiRefusal` when no rule admits what it asks."""
    origin = request.header("Origin")
    method = request.header("Access-Control-Request-Method")
    if not origin:
        raise ApiRefusal(
            "BadRequest", "Insufficient information. Origin request header needed.", 400
        )
    if not method:
        raise ApiRefusal("BadRequest", f"Invalid Access-Control-Request-Method: {method}", 400)
    said = {"Method": method, "ResourceType": "BUCKET" if request.path == "/" else "OBJECT"}
    if not rules:
        text = "CORSResponse: CORS is not enabled for this bucket."
        raise ApiRefusal("AccessForbidden", text, 403, **said)
    asked = request.header("Access-Control-Request-Headers") or ""
    names = [name.strip() for name in asked.split(",") if name.strip()]
    rule = matching(rules, origin, method, names)
    if rule is None:
        raise ApiRefusal("AccessForbidden", _NOT_ALLOWED, 403, **said)
    return HttpResponse(200, tuple(_granted(rule, origin, names)))


def shared(rules: Sequence[Rule], request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response as a page of the request's origin may read it; unchanged without a rule."""
    own = tuple(
        (name, value)
        for name, value in response.headers
        if not name.lower().startswith("access-control-")
    )
    origin = request.header("Origin")
    rule = matching(rules, origin, request.method) if origin else None
    added: Headers = () if rule is None or origin is None else tuple(_granted(rule, origin, ()))
    return replace(response, headers=own + added)


def _granted(rule: Rule, origin: str, asked: Sequence[str]) -> Iterator[tuple[str, str]]:
    anyone = "*" in rule.origins and not any(_like(origin, o) for o in rule.origins if o != "*")
    yield "Access-Control-Allow-Origin", "*" if anyone else origin
    yield "Access-Control-Allow-Methods", ", ".join(rule.methods)
    if asked:
        yield "Access-Control-Allow-Headers", ", ".join(name.lower() for name in asked)
    if rule.exposed:
        yield "Access-Control-Expose-Headers", ", ".join(rule.exposed)
    if rule.max_age is not None:
        yield "Access-Control-Max-Age", rule.max_age
    if not anyone:
        yield "Access-Control-Allow-Credentials", "true"
    yield "Vary", _VARY


def _like(text: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
