"""What is published: the snapshots of all deployments and the stages that serve them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from archlib.local.gateway.authorization import Gatekeeper
from archlib.local.gateway.cache import StageCache, capacity
from archlib.local.gateway.configuration import ApiSnapshot
from archlib.local.gateway.stages import Stage
from archlib.local.gateway.throttling import Throttle

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class Published:
    """Snapshots and live stages by region, API and name; told of changes by the control plane."""

    def __init__(self, cloud: LocalCloud, keeper: Gatekeeper, throttle: Throttle) -> None:
        self._cloud = cloud
        self._keeper = keeper
        self._throttle = throttle
        self._snapshots: dict[tuple[str, str, str], ApiSnapshot] = {}
        self._stages: dict[tuple[str, str, str], Stage] = {}
        self._lock = threading.RLock()

    def stage(self, region: str, api_id: str, name: str) -> Stage | None:
        """The stage that serves ``https://{api_id}.execute-api.{region}…/{name}``."""
        return self._stages.get((region, api_id, name))

    def backend(self, region: str) -> Any:
        """Moto's API Gateway backend of a region."""
        from moto.apigateway.models import apigateway_backends

        return apigateway_backends[self._cloud.account][region]

    def read(self, region: str, operation: str, **params: Any) -> dict[str, Any]:
        """A read answered by moto."""
        result: dict[str, Any] = getattr(self._cloud.raw("apigateway", region=region), operation)(
            **params
        )
        return result

    def deploy(self, region: str, made: ApiSnapshot) -> None:
        """Keep a snapshot."""
        with self._lock:
            self._snapshots[region, made.id, made.deployment_id] = made

    def snapshot(self, region: str, api_id: str, deployment_id: str) -> ApiSnapshot | None:
        """A kept snapshot."""
        return self._snapshots.get((region, api_id, deployment_id))

    def undeploy(self, region: str, api_id: str, deployment_id: str | None = None) -> None:
        """Forget one deployment's snapshot, or all of an API."""
        with self._lock:
            for key in list(self._snapshots):
                if key[:2] == (region, api_id) and deployment_id in (None, key[2]):
                    del self._snapshots[key]

    def refresh(self, region: str, api_id: str, stage: str) -> None:
        """Build a stage anew from moto's settings, or drop it when it is gone.

        The response cache survives unless its size changed or it was switched off.
        """
        key = (region, api_id, stage)
        with self._lock:
            api = self.backend(region).apis.get(api_id)
            found = api.stages.get(stage) if api is not None else None
            frozen = found and self._snapshots.get((region, api_id, found.deployment_id))
            if found is None or frozen is None:
                self._stages.pop(key, None)
                self._throttle.forget((api_id, stage))
                return
            before = self._stages.get(key)
            self._stages[key] = Stage(
                name=stage,
                snapshot=frozen,
                variables=dict(found.variables or {}),
                settings={k: dict(v) for k, v in found.method_settings.items()},
                cache=self._cache(found, before),
                access_log=found.access_log_settings,
            )

    def _cache(self, found: Any, before: Stage | None) -> StageCache | None:
        if not found.cache_cluster_enabled:
            return None
        size = capacity(found.cache_cluster_size or "0.5")
        if before is not None and before.cache is not None and before.cache.capacity == size:
            return before.cache
        return StageCache(size, self._cloud.clock.time)

    def flush(self, region: str, api_id: str, stage: str) -> None:
        """Empty a stage's response cache."""
        found = self._stages.get((region, api_id, stage))
        if found is not None and found.cache is not None:
            found.cache.flush()

    def flush_authorizers(self, region: str, api_id: str, stage: str) -> None:
        """Empty a stage's authorizer results."""
        self._keeper.forget(api_id, stage)
