"""The check of a viewer's signature, and CloudFront's answer to who has none.

Developer Guide, "Decide to use signed URLs or signed cookies": a URL with any parameter of a
signature counts as a signed URL, and then cookies do not. "Cache content based on query string
parameters": the parameters are gone before the cache and the origin see the query string, so
viewers with signatures of their own share one object. The URL that a policy is held against is
the viewer's: its alternate domain name, and ``/`` where the default root object is served.

An API Reference sentence ("TrustedKeyGroups": CloudFront then requires "all requests that match
the cache behavior" to be signed) leaves no way round for OPTIONS: a preflight for a signed URL
carries the signature in that URL, one for signed cookies never has cookies and is refused. No
page speaks of preflights.

The answer is an XML document with ``Content-Type: text/xml``, as people report it (see
:mod:`archlib.local.edge.signed.refusals`). It is made per request and never cached.
"""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.edge.exchange import ERROR, Exchange, Served
from archlib.local.edge.signed.access import admit
from archlib.local.edge.signed.credentials import from_cookies, split
from archlib.local.edge.signed.keys import PublicKey
from archlib.local.edge.signed.refusals import Refused
from archlib.local.edge.signed.resource import Url
from archlib.local.http import HttpResponse

_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    "<Error><Code>{code}</Code><Message>{message}</Message></Error>"
)


def check(exchange: Exchange, trusted: Mapping[str, PublicKey], now: float) -> Served | None:
    """Refuse a request that no key of its behavior's trusted key groups vouches for.

    What is left of the query string replaces the exchange's.
    """
    request = exchange.request
    given, exchange.query = split(exchange.query)
    if not given:
        given = from_cookies(exchange.headers.get("cookie"))
    url = Url(request.scheme, request.host, request.path or "/", exchange.query)
    try:
        exchange.signer = admit(trusted, url, given, request.source_ip, now)
    except Refused as refused:
        exchange.trouble.update(refused=refused.code, reason=refused.reason)
        return _answer(refused)
    return None


def _answer(refused: Refused) -> Served:
    body = _BODY.format(code=refused.code, message=refused.message).encode()
    headers = (
        ("Server", "CloudFront"),
        ("Content-Type", "text/xml"),
        ("Content-Length", str(len(body))),
    )
    return Served(HttpResponse(403, headers, body), ERROR, tier="edge", generated=True)
