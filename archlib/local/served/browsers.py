"""What a browser says of the page that asks, and what it may do then.

The surface is for the server's own pages, for scripts and for people, not for pages of others:
those can send requests to this machine too. Neither may they call AWS APIs here, nor do anything
in the administrator's name: his keys are the same everywhere, so any page could sign.

Browsers tell such pages apart by ``Origin`` (The Fetch Standard, "Origin header") and by
``Sec-Fetch-Site`` (W3C, "Fetch Metadata Request Headers"). A page whose own name was made to lead
here (DNS rebinding) comes with that name as ``Host``, which is none of the machine's: see
:func:`archlib.local.served.addressing.is_own_name`.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from archlib.local.http import HttpRequest
from archlib.local.identity import ADMIN_KEY
from archlib.local.network import is_loopback
from archlib.local.protocols import endpoint
from archlib.local.served.addressing import is_own_name

_OWN_SITES = (None, "same-origin", "none")


def may_use_surface(request: HttpRequest) -> bool:
    """Whether no page of another origin sends a request; following a link is allowed."""
    origin = request.header("Origin")
    if origin is not None:
        return origin.partition("://")[2] == request.header("Host")
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


def from_foreign_page(
    request: HttpRequest, serves: Callable[[str], bool], *, proxied: bool
) -> bool:
    """Whether a page that is neither of this machine nor of the cloud sends an AWS API call.

    ``serves`` says whether the cloud answers for a host: the pages of its sites may call, at their
    names below ``localhost``. At their real names they are the cloud's only for a browser whose
    ``proxied`` requests all come here; for any other they are somebody's on the Internet. A call
    that a link, an image or a form makes is refused too; so is a ``GET`` under a name that is
    nobody's, with which browsers send no ``Origin``.
    """
    origin = request.header("Origin")
    if origin is not None:
        return not _is_of_this_machine(origin, serves if proxied else _nobody)
    if request.header("Sec-Fetch-Site") == "cross-site":
        return True
    if request.method not in ("GET", "HEAD"):
        return False
    host = request.host
    return not (is_loopback(host) or is_own_name(host) or serves(host) or endpoint(host)[0])


def borrows_the_keys(request: HttpRequest, serves: Callable[[str], bool], *, proxied: bool) -> bool:
    """Whether a foreign page does something with the administrator's keys.

    Of S3 and of REST APIs, which answer pages of others as on AWS: but there nobody knows the
    keys of others. A form needs no preflight, and carries them in its fields.
    """
    origin, method = request.header("Origin"), request.method
    if origin is None:
        if request.header("Sec-Fetch-Site") != "cross-site" or method in ("GET", "HEAD"):
            return False
    elif _is_of_this_machine(origin, serves if proxied else _nobody):
        return False
    said = (request.header("Authorization") or "", request.query)
    if any(ADMIN_KEY in text for text in said):
        return True
    form = (request.header("Content-Type") or "").lower().startswith("multipart/form-data")
    return form and ADMIN_KEY.encode() in request.body


def _is_of_this_machine(origin: str, serves: Callable[[str], bool]) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return bool(host) and (is_loopback(host) or serves(host))


def _nobody(host: str) -> bool:
    return False
