"""Conditional requests: the viewer's against a cached object, the edge's against the origin.

RFC 9110 section 13; Developer Guide, "Request and response behavior for custom origins",
"Conditional requests".
"""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.byte_range import still_applies
from archlib.local.edge.dates import instant
from archlib.local.edge.headers import value
from archlib.local.http import Headers

#: Headers by which a viewer makes a request conditional.
CONDITIONS = ("if-match", "if-unmodified-since", "if-none-match", "if-modified-since", "if-range")


def verdict(request: Mapping[str, str], headers: Headers) -> int | None:
    """304 or 412 for a viewer's conditions on an object, None when it is to be sent.

    The order is RFC 9110's, section 13.2.2. "If you do not specify an ETag value, CloudFront
    ignores subsequent If-Match or If-None-Match headers."
    """
    etag, modified = value(headers, "etag"), value(headers, "last-modified")
    changed = None if modified is None else instant(modified)
    if "if-match" in request:
        if etag is not None and not matches(request["if-match"], etag, weak=False):
            return 412
    elif "if-unmodified-since" in request and changed is not None:
        since = instant(request["if-unmodified-since"])
        if since is not None and changed > since:
            return 412
    if "if-none-match" in request:
        if etag is not None and matches(request["if-none-match"], etag, weak=True):
            return 304
    elif "if-modified-since" in request and changed is not None:
        since = instant(request["if-modified-since"])
        if since is not None and changed <= since:
            return 304
    return None


def matches(header: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags (or ``*``) has ``etag`` (RFC 9110, section 8.8.3.2)."""
    if header.strip() == "*":
        return True
    if not weak and etag.startswith("W/"):
        return False
    opaque = etag.removeprefix("W/")
    for one in header.split(","):
        tag = one.strip()
        if tag == opaque or (weak and tag.removeprefix("W/") == opaque):
            return True
    return False


def range_applies(request: Mapping[str, str], headers: Headers) -> bool:
    """Whether ``If-Range`` lets the range be served: a strong match of the validator."""
    etag, modified = value(headers, "etag"), value(headers, "last-modified")
    return still_applies(request.get("if-range"), etag, modified)


def validators(headers: Headers) -> dict[str, str]:
    """The conditions by which the edge asks whether its copy is still the latest."""
    etag, modified = value(headers, "etag"), value(headers, "last-modified")
    made = {}
    if etag is not None:
        made["if-none-match"] = etag
    if modified is not None:
        made["if-modified-since"] = modified
    return made
