"""Headers that CloudFront makes of a request, for the cache key and for the origin.

Developer Guide, "Add CloudFront request headers". Which device a ``User-Agent`` means CloudFront
does not document; the words here are those that the usual agents have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from archlib.local.edge.locations import Route
from archlib.local.http import HttpRequest

_Make = Callable[[HttpRequest, Route, str], str]


def _device(*words: str, but: tuple[str, ...] = ()) -> _Make:
    def make(request: HttpRequest, route: Route, agent: str) -> str:
        found = any(word in agent for word in words) and not any(word in agent for word in but)
        return "true" if found else "false"

    return make


_HANDHELD = ("mobile", "iphone", "android", "ipad", "tablet", "smart-tv", "smarttv", "tizen")


def _desktop(request: HttpRequest, route: Route, agent: str) -> str:
    return "false" if any(word in agent for word in _HANDHELD) else "true"


MAKERS: Mapping[str, _Make] = {
    "cloudfront-viewer-country": lambda request, route, agent: route.viewer.country,
    "cloudfront-forwarded-proto": lambda request, route, agent: request.scheme,
    "cloudfront-viewer-address": lambda request, route, agent: f"{request.source_ip}:49152",
    "cloudfront-viewer-http-version": lambda request, route, agent: "1.1",
    "cloudfront-is-desktop-viewer": _desktop,
    "cloudfront-is-mobile-viewer": _device("mobile", "iphone", but=("ipad", "tablet")),
    "cloudfront-is-tablet-viewer": _device("ipad", "tablet"),
    "cloudfront-is-smarttv-viewer": _device("smart-tv", "smarttv", "tizen", "appletv"),
    "cloudfront-is-android-viewer": _device("android"),
    "cloudfront-is-ios-viewer": _device("iphone", "ipad"),
}


def generate(
    names: Iterable[str], request: HttpRequest, route: Route, headers: Mapping[str, str]
) -> dict[str, str]:
    """The values of the named headers; whatever the viewer sent under these names is replaced."""
    agent = headers.get("user-agent", "").lower()
    return {name: MAKERS[name](request, route, agent) for name in names}
