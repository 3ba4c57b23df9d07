"""What the server's own surface reads and answers: JSON, and mistakes said in a line."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from archlib.local.http import HttpRequest, HttpResponse

#: What answers a request: a whole answer, or a stream that answers by itself.
Answer = HttpResponse | web.StreamResponse

#: For everything of the surface: it is what its type says, it is new, and it is nobody else's.
GUARDED = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class Mistake(Exception):
    """What was sent cannot be meant; ``status`` is what HTTP calls that."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


def json_answer(value: Any, status: int = 200) -> HttpResponse:
    """A value as JSON."""
    body = json.dumps(value, default=str).encode()
    return HttpResponse(status, (("Content-Type", "application/json"), *GUARDED), body)


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The object that a request brings, empty for an empty body; raises :class:`Mistake`."""
    try:
        given = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Mistake("the body is not JSON") from None
    if not isinstance(given, dict):
        raise Mistake("the body is not a JSON object")
    return given
