"""Serving a method from the stage cache, around its integration.

AWS: "Cache settings for REST APIs in API Gateway", "Invalidate an API Gateway cache entry".
Authorization, keys, throttling and validation have happened before: an unauthorised request
is never answered from the cache.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable

from archlib.local.gateway.cache import StageCache
from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.stages import MethodSettings
from archlib.local.trace import Trace

_MAX_AGE_ZERO = re.compile(r"(?:^|[,\s])max-age\s*=\s*0(?:$|[,\s;])")
WARNING = ("Warning", "199 Cache-control headers were ignored because the caller was unauthorized.")

Produce = Callable[[Exchange], Answer]


def cache_key(exchange: Exchange) -> Hashable:
    """What distinguishes entries: namespace, method, declared key parameters; nothing else."""
    integration = exchange.integration_method.integration
    values = tuple(exchange.parameter(parameter) for parameter in integration.cache_key)
    return (integration.cache_namespace, exchange.request.method, values)


def cached(
    exchange: Exchange, trace: Trace, may_invalidate: Callable[[Exchange], bool], produce: Produce
) -> Answer:
    """Answer from the stage cache, or ``produce`` the answer and keep it."""
    resource, method = exchange.route
    stage = exchange.stage
    settings = stage.method(resource.path, method.http_method, exchange.request.method)
    if settings.ttl <= 0 or stage.cache is None:
        return produce(exchange)
    key = cache_key(exchange)
    bypass, warned = _invalidation(exchange, settings, may_invalidate)
    found = _look_up(exchange, trace, stage.cache, key, bypass)
    if found is None:
        found = produce(exchange)
        stage.cache.put(key, found, settings.ttl)
    return found.adding(WARNING) if warned else found


def _invalidation(
    exchange: Exchange, settings: MethodSettings, may_invalidate: Callable[[Exchange], bool]
) -> tuple[bool, bool]:
    """Whether to pass the cache by, and whether to warn that the wish was ignored."""
    wish = exchange.header("cache-control")
    if wish is None or _MAX_AGE_ZERO.search(wish.lower()) is None:
        return False, False
    if not settings.require_authorization or may_invalidate(exchange):
        return True, False
    if settings.strategy == "FAIL_WITH_403":
        raise GatewayError(
            "ACCESS_DENIED", "Unauthorized", reason="the caller may not invalidate the cache"
        )
    return False, settings.strategy == "SUCCEED_WITH_RESPONSE_HEADER"


def _look_up(
    exchange: Exchange, trace: Trace, cache: StageCache, key: Hashable, bypass: bool
) -> Answer | None:
    arn = exchange.api.arn
    with trace.hop(source=arn, target=arn, action="apigateway:CacheGet") as hop:
        found = None if bypass else cache.get(key)
        hop.cache = "bypass" if bypass else ("miss" if found is None else "hit")
        hop.status = 200
        hop.detail["stage"] = exchange.stage.name
    return found
