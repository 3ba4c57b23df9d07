"""What every answer gets on its way out.

AWS: "Amazon API Gateway important notes" (which headers of a back end's response are dropped
or renamed to ``x-amzn-Remapped-…``) and the headers its answers carry.
"""

from __future__ import annotations

from email.utils import formatdate

from archlib.local.gateway.content import compress
from archlib.local.gateway.exchange import Answer, Exchange

_REMAPPED = frozenset((
    "authorization", "connection", "content-length", "content-md5", "date", "host", "server",
    "upgrade", "user-agent", "www-authenticate", "x-amzn-requestid",
))  # fmt: skip
_DROPPED = frozenset(("expect", "proxy-authenticate", "te", "trailer", "transfer-encoding"))


def remap(answer: Answer) -> Answer:
    """Rename or drop the headers a back end may not set."""
    headers = []
    for name, value in answer.headers:
        lower = name.lower()
        if lower in _REMAPPED:
            headers.append((f"x-amzn-Remapped-{name}", value))
        elif lower not in _DROPPED:
            headers.append((name, value))
    return Answer(answer.status, tuple(headers), answer.body)


def finish(answer: Answer, exchange: Exchange, traced: bool) -> Answer:
    """Add the gateway's own headers, compress, and leave a HEAD answer without a body.

    ``traced`` adds ``X-Amzn-Trace-Id``, which only answers of a back end carry.
    """
    answer = compress(answer, exchange)
    answer = answer.adding(
        ("x-amzn-RequestId", exchange.request_id), ("x-amz-apigw-id", exchange.extended_id)
    )
    if traced:
        answer = answer.adding(("X-Amzn-Trace-Id", exchange.trace_id))
    return seal(answer, exchange.request.method == "HEAD", exchange.received)


def seal(answer: Answer, bodiless: bool, now: float) -> Answer:
    """Date the answer and state its length; ``bodiless`` ones keep the figure without the body."""
    answer = answer.adding(
        ("Content-Length", str(len(answer.body))), ("Date", formatdate(now, usegmt=True))
    )
    return Answer(answer.status, answer.headers, b"") if bodiless else answer
