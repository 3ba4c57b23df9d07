"""The files of the page, and what a browser is told to allow it: its own files, nothing else."""

from __future__ import annotations

from functools import cache
from importlib import resources

from archlib.local.http import HttpResponse
from archlib.local.served.answers import GUARDED

#: Content Security Policy Level 3: no inline script or style, no other origin, no frame around.
#: Icons and letters of the diagrams are embedded in them as data.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_TYPES = {
    "console.html": "text/html; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
}


def page() -> HttpResponse:
    """The page itself."""
    return document(_file("console.html"), _TYPES["console.html"])


def part(name: str) -> HttpResponse | None:
    """A file that the page consists of; None where there is none of that name."""
    return document(_file(name), _TYPES[name]) if name in _TYPES else None


def document(body: bytes, kind: str) -> HttpResponse:
    """Something for the page, guarded."""
    headers = (
        ("Content-Type", kind),
        ("Content-Security-Policy", POLICY),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        *GUARDED,
    )
    return HttpResponse(200, headers, body)


@cache
def _file(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()
