"""What authorization asks, and what every kind of it needs to know of a request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.gateway.collaborators import Functions, Permissions, UserPools
from archlib.local.gateway.configuration import Authorizer
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.identity import Identities
from archlib.local.trace import Trace

INVOKE = "execute-api:Invoke"
INVALIDATE = "execute-api:InvalidateCache"


@dataclass(slots=True)
class _Results:
    """Lambda authorizer results by key until their virtual expiry."""

    entries: dict[Hashable, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """What authorization asks, and the results it remembers."""

    user_pools: UserPools
    functions: Functions
    permissions: Permissions
    identities: Identities
    trace: Trace
    now: Callable[[], float]
    results: _Results = field(default_factory=_Results)

    def forget(self, api_id: str, stage: str) -> None:
        """Drop a stage's cached authorizer results (``FlushStageAuthorizersCache``)."""
        with self.results.lock:
            for key in [k for k in self.results.entries if k[:2] == (api_id, stage)]:  # type: ignore[index]
                del self.results.entries[key]


def method_arn(exchange: Exchange) -> str:
    """The ARN of the request as policies and authorizers see it: with its actual path."""
    stage, request = exchange.stage.name, exchange.request
    return exchange.api.execute_arn(stage, request.method, exchange.path)


def condition_keys(exchange: Exchange) -> dict[str, str]:
    """The condition keys that a request brings along."""
    keys = {"aws:SourceIp": exchange.request.source_ip, "aws:SecureTransport": "true"}
    if (agent := exchange.header("user-agent")) is not None:
        keys["aws:UserAgent"] = agent
    return keys


def authorizer_of(exchange: Exchange) -> Authorizer:
    """The method's authorizer; raises :class:`GatewayError` 500 when it is gone."""
    found = exchange.integration_method.authorizer
    if found is None:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason="the authorizer is gone")
    return found
