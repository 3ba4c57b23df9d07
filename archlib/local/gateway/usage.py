"""API keys, usage plans and throttling.

AWS: "Usage plans and API keys for REST APIs", "Choose an API key source", "Throttle requests
to your REST APIs" (order: key and plan per method, plan, stage per method, account).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.throttling import Limit, Quota, Quotas, Throttle

#: Per account and region (AWS: "Amazon API Gateway quotas").
ACCOUNT_LIMIT = Limit(10_000.0, 5_000)


@dataclass(frozen=True, slots=True)
class Plan:
    """A usage plan as far as one stage sees it; ``methods`` maps ``{path}/{METHOD}``."""

    id: str
    limit: Limit
    methods: Mapping[str, Limit]
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class Key:
    """An enabled API key and the plan that lets it call the stage, if any."""

    id: str
    value: str
    plan: Plan | None


#: The key with a value, as (api id, stage) sees it; None when there is none or it is disabled.
FindKey = Callable[[str, str, str], Key | None]


@dataclass(frozen=True, slots=True)
class Meter:
    """Keys, buckets and counters of one region."""

    find: FindKey
    throttle: Throttle
    quotas: Quotas


def identify(meter: Meter, exchange: Exchange) -> tuple[Exchange, Key | None]:
    """Find the API key where the method requires one; 403 Forbidden without a valid one."""
    if not exchange.integration_method.api_key_required:
        return exchange, None
    by_header = exchange.api.key_source != "AUTHORIZER"
    value = exchange.header("x-api-key") if by_header else exchange.usage_key
    key = meter.find(value, exchange.api.id, exchange.stage.name) if value else None
    if key is None or key.plan is None:
        raise GatewayError(
            "INVALID_API_KEY",
            reason="no valid API key" if key is None else "the key's plans do not hold this stage",
        )
    identity = {**exchange.identity, "apiKey": key.value, "apiKeyId": key.id}
    return replace(exchange, identity=identity), key


def meter_request(meter: Meter, exchange: Exchange) -> Exchange:
    """Identify the key and count the request; raises :class:`GatewayError` 403 or 429."""
    exchange, key = identify(meter, exchange)
    resource, method = exchange.route
    api, stage = exchange.api, exchange.stage
    where = (api.id, stage.name, f"{resource.path}/{method.http_method}")
    if key is not None and key.plan is not None:
        _plan(meter, key.id, key.plan, where)
    settings = stage.method(resource.path, method.http_method, exchange.request.method)
    if not meter.throttle.admit(where, settings.limit):
        raise GatewayError("THROTTLED", reason="stage limit")
    if not meter.throttle.admit(("account", api.region), ACCOUNT_LIMIT):
        raise GatewayError("THROTTLED", reason="account limit")
    return exchange


def _plan(meter: Meter, key: str, plan: Plan, where: tuple[str, str, str]) -> None:
    own = plan.methods.get(where[2])
    if own is not None and not meter.throttle.admit(("plan", plan.id, key, *where), own):
        raise GatewayError("THROTTLED", reason="usage plan limit of the method")
    if own is None and not meter.throttle.admit(("plan", plan.id, key), plan.limit):
        raise GatewayError("THROTTLED", reason="usage plan limit")
    if plan.quota is not None and not meter.quotas.admit((plan.id, key), plan.quota):
        raise GatewayError("QUOTA_EXCEEDED", reason="usage plan quota")


def find_key(backend: Any, value: str, api_id: str, stage: str) -> Key | None:
    """Look a key up in moto's API Gateway backend."""
    found = next((k for k in backend.keys.values() if k.value == value and k.enabled), None)
    if found is None:
        return None
    for plan in backend.usage_plans.values():
        if found.id not in backend.usage_plan_keys.get(plan.id, {}):
            continue
        for entry in plan.api_stages:
            if (entry.get("apiId"), entry.get("stage")) == (api_id, stage):
                return Key(found.id, value, _as_plan(plan, entry))
    return Key(found.id, value, None)


def _as_plan(plan: Any, entry: Mapping[str, Any]) -> Plan:
    quota = plan.quota or None
    return Plan(
        plan.id,
        _limit(plan.throttle or {}),
        {path: _limit(limit) for path, limit in (entry.get("throttle") or {}).items()},
        Quota(int(quota["limit"]), quota["period"], int(quota.get("offset") or 0))
        if quota and quota.get("limit") is not None
        else None,
    )


def _limit(throttle: Mapping[str, Any]) -> Limit:
    rate, burst = throttle.get("rateLimit"), throttle.get("burstLimit")
    return Limit(None if rate is None else float(rate), None if burst is None else int(burst))
