"""Header fields as the edge handles them: by lower-case name, combined, filtered."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archlib.local.http import Headers

#: RFC 9110, section 7.6.1, and what CloudFront removes of a response (Developer Guide, "Request
#: and response behavior for custom origins", "HTTP response headers that CloudFront removes or
#: replaces").
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip


def index(headers: Headers) -> dict[str, str]:
    """Values by lower-case name; repeated fields combined (RFC 9110, section 5.2)."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in found:
            found[key] += ("; " if key == "cookie" else ",") + value
        else:
            found[key] = value
    return found


def value(headers: Headers, name: str) -> str | None:
    """All values of a field, combined; ``name`` in lower case."""
    found = [v for k, v in headers if k.lower() == name]
    return ", ".join(found) if found else None


def without(headers: Headers, names: Collection[str]) -> Headers:
    """The fields whose lower-case name is not in ``names``."""
    return tuple(pair for pair in headers if pair[0].lower() not in names)


def replaced(headers: Headers, *fields: tuple[str, str]) -> Headers:
    """With ``fields`` in place of those of the same names."""
    return without(headers, {name.lower() for name, _ in fields}) + fields


def tokens(text: str | None) -> tuple[str, ...]:
    """The members of a comma-separated list, stripped, lower case, empty ones left out."""
    return tuple(part.strip().lower() for part in (text or "").split(",") if part.strip())


def end_to_end(headers: Headers) -> Headers:
    """Without hop-by-hop fields, those that ``Connection`` names included."""
    named: Iterable[str] = tokens(value(headers, "connection"))
    return without(headers, HOP_BY_HOP | set(named))
