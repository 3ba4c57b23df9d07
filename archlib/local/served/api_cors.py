"""Pages that call AWS's APIs: what services but S3 say to a browser's questions.

AWS: AWS SDK for JavaScript Developer Guide, "Cross-origin resource sharing (CORS)": only S3 needs
a configuration; the other services that browsers can use allow every origin. Which pages may ask
here at all is :mod:`archlib.local.served.browsers`' matter.
"""

from __future__ import annotations

from dataclasses import replace

from archlib.local.http import HttpRequest, HttpResponse

_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date,x-amz-function-error"
_DAYS = 172_800


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks what it may send."""
    return (
        request.method == "OPTIONS"
        and request.header("Origin") is not None
        and request.header("Access-Control-Request-Method") is not None
    )


def preflight(request: HttpRequest) -> HttpResponse:
    """All is allowed to a page that may ask: a signature says who may do what."""
    asked = request.header("Access-Control-Request-Headers") or "*"
    return HttpResponse(
        200,
        (
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", request.header("Access-Control-Request-Method") or ""),
            ("Access-Control-Allow-Headers", asked),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Access-Control-Max-Age", str(_DAYS)),
        ),
    )


def readable(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An answer that a page of another origin may read."""
    if request.header("Origin") is None:
        return response
    told = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", _EXPOSED))
    return replace(response, headers=(*response.headers, *told))
