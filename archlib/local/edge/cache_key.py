"""The cache key: what of a request tells one cached object from another.

Developer Guide, "Understand the cache key" and "Control the cache key with a policy" (with
"Cache compressed objects"), "Cache content based on cookies", "Cache content based on query
string parameters". CloudFront's key is made of what is configured and of nothing else: unlike
RFC 9111 section 4.1 asks, the origin's ``Vary`` does not enter it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archlib.local.edge.configuration import Behavior, Selection
from archlib.local.edge.headers import tokens


class Key(NamedTuple):
    """``method`` is empty for GET and HEAD, which share their objects."""

    path: str
    query: str
    method: str
    headers: tuple[str | None, ...]
    cookies: str
    encoding: str


def cache_key(
    behavior: Behavior, method: str, path: str, query: str, headers: Mapping[str, str]
) -> Key:
    """The key of a request; ``headers`` by lower-case name."""
    return Key(
        path,
        chosen_query(query, behavior.key_query) if query else "",
        "OPTIONS" if method == "OPTIONS" else "",
        tuple([headers.get(name) for name in behavior.key_headers]),
        chosen_cookies(headers.get("cookie"), behavior.key_cookies),
        encoding(headers.get("accept-encoding"), behavior.encodings),
    )


def chosen_query(query: str, selection: Selection) -> str:
    """The chosen parameters as they were sent: order and case count."""
    if selection.mode == "all" or not query:
        return query
    if selection.mode == "none":
        return ""
    return "&".join(p for p in query.split("&") if selection.has(p.partition("=")[0]))


def chosen_cookies(header: str | None, selection: Selection) -> str:
    """The chosen cookies, sorted by name as CloudFront sorts them before it forwards them."""
    if not header or selection.mode == "none":
        return ""
    pairs = (part.strip() for part in header.split(";"))
    kept = [p for p in pairs if p and not p.startswith("$") and selection.has(p.partition("=")[0])]
    return "; ".join(sorted(kept, key=lambda pair: pair.partition("=")[0]))


def encoding(accepted: str | None, enabled: tuple[str, ...]) -> str:
    """The normalised ``Accept-Encoding``: ``br,gzip``, one of the two, or nothing."""
    if accepted is None or not enabled:
        return ""
    if accepted in _COMMON:
        offered: Iterable[str] = _COMMON[accepted]
    else:
        offered = _accepted(accepted)
    return ",".join(name for name in enabled if name in offered)


def _accepted(header: str) -> frozenset[str]:
    found = set()
    for token in tokens(header):
        name, *parameters = (part.strip() for part in token.split(";"))
        if not any(p.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for p in parameters):
            found.add(name)
    return frozenset(found)


#: What the usual clients send, read once.
_COMMON = {
    text: _accepted(text)
    for text in ("gzip", "br", "identity", "gzip, deflate", "gzip, deflate, br",
                 "gzip, deflate, br, zstd")
}  # fmt: skip
