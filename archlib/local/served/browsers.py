"""What a browser says of the page that asks, and what it may do then.

The surface is for the server's own pages, for scripts and for people, not for pages of others:
those can send requests to this machine too. Browsers tell them apart by ``Origin`` (The Fetch
Standard, "Origin header") and ``Sec-Fetch-Site`` (W3C, "Fetch Metadata Request Headers"). A page
whose own name was made to lead here (DNS rebinding) comes with that name as ``Host``, which is
none of the machine's: see :func:`archlib.local.served.addressing.is_own_name`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from archlib.local.http import HttpRequest
from archlib.local.served.addressing import is_own_name

_OWN_SITES = (None, "same-origin", "none")


def may_use_surface(request: HttpRequest) -> bool:
    """Whether no page of another origin sends a request; following a link is allowed."""
    origin = request.header("Origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.header("Host")
    if request.header("Sec-Fetch-Site") in _OWN_SITES:
        return True
    return request.method == "GET" and request.header("Sec-Fetch-Mode") == "navigate"


def wants_page(request: HttpRequest) -> bool:
    """Whether a person looks at the endpoint itself; AWS clients never accept HTML."""
    return (
        request.path == "/"
        and not request.query
        and request.method in ("GET", "HEAD")
        and is_own_name(request.host)
        and "text/html" in (request.header("Accept") or "")
        and request.header("Authorization") is None
    )
