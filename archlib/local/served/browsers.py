"""What a browser says of the page that asks, and what it may do then.

The surface is for the server's own pages, for scripts and for people, not for pages of others:
those can send requests to this machine too. Neither may they call AWS APIs here: the
administrator's keys are the same everywhere, so any page could sign.

Browsers tell such pages apart by ``Origin`` (The Fetch Standard, "Origin header") and by
``Sec-Fetch-Site`` (W3C, "Fetch Metadata Request Headers"). A page whose own name was made to lead
here (DNS rebinding) comes with that name as ``Host``, which is none of the machine's: see
:func:`archlib.local.served.addressing.is_own_name`.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from archlib.local.http import HttpRequest
from archlib.local.network import is_loopback
from archlib.local.protocols import endpoint
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


def from_foreign_page(request: HttpRequest, serves: Callable[[str], bool]) -> bool:
    """Whether a page that is neither of this machine nor of the cloud sends an AWS API call.

    ``serves`` says whether the cloud answers for a host: the pages of its sites may call. A call
    that a link, an image or a form makes is refused too, for the query protocol takes ``GET``;
    so is such a ``GET`` under a name that is nobody's, with which browsers send no ``Origin``.
    """
    origin = request.header("Origin")
    if origin is not None:
        host = urlsplit(origin).hostname or ""
        return not host or not (is_loopback(host) or serves(host))
    if request.header("Sec-Fetch-Site") == "cross-site":
        return True
    if request.method not in ("GET", "HEAD") or "Action" not in parse_qs(request.query):
        return False
    host = request.host
    return not (is_loopback(host) or is_own_name(host) or serves(host) or endpoint(host)[0])
