"""Where a request carries its signature: parameters of the URL, or cookies.

Developer Guide, "Decide to use signed URLs or signed cookies": a URL with any of the parameters
is a signed URL, and its cookies are not looked at. "Cache content based on query string
parameters" ("Don't use parameter names that conflict with signed URLs"): the parameters are
removed before the rest goes on. "Use signed cookies": objects are not cached apart by the
attributes of signed cookies.

Readings of our own: names are case-sensitive; of a name given twice the first counts (and all are
removed); a percent-encoded value is decoded; the cookies reach the origin where cookies are
forwarded, since no page says that they are removed.
"""

from __future__ import annotations

from urllib.parse import unquote

#: The parameters of a signed URL. Its cookies are called the same behind a prefix.
PARAMETERS = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})
PREFIX = "CloudFront-"
COOKIES = frozenset(PREFIX + name for name in PARAMETERS)


def split(query: str) -> tuple[dict[str, str], str]:
    """The signing parameters in a raw query string, and what is left of it."""
    found: dict[str, str] = {}
    rest: list[str] = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in PARAMETERS:
            found.setdefault(name, unquote(value))
        else:
            rest.append(part)
    return found, "&".join(rest)


def from_cookies(header: str | None) -> dict[str, str]:
    """The signing parameters in a ``Cookie`` header."""
    found: dict[str, str] = {}
    for part in (header or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name in COOKIES:
            found.setdefault(name.removeprefix(PREFIX), unquote(value))
    return found


def without_signature(header: str) -> str:
    """A ``Cookie`` header without the cookies of a signature."""
    parts = (part.strip() for part in header.split(";"))
    return "; ".join(part for part in parts if part.partition("=")[0] not in COOKIES)
