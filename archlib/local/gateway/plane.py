"""API Gateway's REST data plane: ``https://{api}.execute-api.{region}.amazonaws.com/{stage}/…``.

AWS: "Invoke REST APIs in API Gateway". Only HTTPS is served: nothing listens on port 80, so
plain HTTP is refused at the connection.
"""

from __future__ import annotations

import hashlib
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local import latency
from archlib.local.gateway import access_log, answers, usage
from archlib.local.gateway.authorization import Gatekeeper
from archlib.local.gateway.cache import StageCache, capacity
from archlib.local.gateway.collaborators import Functions, Permissions, UserPools
from archlib.local.gateway.configuration import ApiSnapshot
from archlib.local.gateway.content import MAXIMUM_BODY, MAXIMUM_HEADERS
from archlib.local.gateway.control import OPERATIONS
from archlib.local.gateway.exchange import Answer, Exchange, index_headers, index_query
from archlib.local.gateway.gateway_responses import FORBIDDEN
from archlib.local.gateway.integrations import BackEnds
from archlib.local.gateway.neighbours import (
    CognitoUserPools,
    IamPermissions,
    LambdaFunctions,
    LocalHttp,
)
from archlib.local.gateway.pipeline import Pipeline
from archlib.local.gateway.stages import Stage
from archlib.local.gateway.throttling import Quotas, Throttle
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse
from archlib.local.patches import Patches
from archlib.local.trace import CLIENT

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result
    from archlib.local.cloud import LocalCloud

HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TOO_LARGE = Answer(
    413,
    (("Content-Type", "text/plain"),),
    f"HTTP content length exceeded {MAXIMUM_BODY} bytes.".encode(),
)
_HEADERS_TOO_LARGE = Answer(
    431,
    (("Content-Type", "text/plain"),),
    f"HTTP header is larger than {MAXIMUM_HEADERS} bytes.".encode(),
)


class RestApiPlane:
    """Serves the stages of all REST APIs from the snapshots of their deployments."""

    def __init__(
        self,
        *,
        functions: Functions | None = None,
        user_pools: UserPools | None = None,
        permissions: Permissions | None = None,
    ) -> None:
        """The collaborators are the cloud's other planes unless given."""
        self._functions = functions
        self._user_pools = user_pools
        self._permissions = permissions

    def start(self, cloud: LocalCloud) -> None:
        """Serve ``*.execute-api.*`` and fill moto's gaps."""
        self._cloud = cloud
        self._snapshots: dict[tuple[str, str, str], ApiSnapshot] = {}
        self._stages: dict[tuple[str, str, str], Stage] = {}
        self._lock = threading.RLock()
        self._ids = random.Random(cloud.new_uuid())
        self._meters: dict[str, Pipeline] = {}
        self._log_sequence = 0
        functions = self._functions or LambdaFunctions(cloud)
        self._keeper = Gatekeeper(
            self._user_pools or CognitoUserPools(cloud),
            functions,
            self._permissions or IamPermissions(cloud),
            cloud.identities,
            cloud.trace,
            cloud.clock.time,
        )
        self._back_ends = BackEnds(functions, LocalHttp(cloud), cloud.clock.time)
        self._throttle = Throttle(cloud.clock.time)
        self._quotas = Quotas(cloud.clock.time)
        self._patches = Patches()
        self._silence_moto()
        cloud.http.serve(HOST, self.serve)
        for operation in OPERATIONS:
            cloud.api.handle("apigateway", operation, self._control)
        self._guard_waf = cloud.api.handler("wafv2", "AssociateWebACL")
        cloud.api.handle("wafv2", "AssociateWebACL", self._associate)

    def stop(self) -> None:
        """Put moto back as it was."""
        self._patches.undo()

    # -- requests ------------------------------------------------------------------------------

    def serve(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; raises :class:`ConnectionRefused` for plain HTTP."""
        if request.scheme != "https":
            raise ConnectionRefused(
                f"{request.host} listens for HTTPS only (port 443); {request.scheme} is not served"
            )
        if (method := request.header("X-HTTP-Method-Override")) is not None:
            # AWS: "Amazon API Gateway important notes": the header overrides the method.
            request = replace(request, method=method.upper())
        found = HOST.fullmatch(request.host)
        api_id, region = (found["api"], found["region"]) if found else ("", "")
        name, _, rest = request.path.lstrip("/").partition("/")
        stage = self._stages.get((region, api_id, name))
        target = f"arn:aws:apigateway:{region}::/restapis/{api_id}"
        above = self._cloud.trace.current
        with self._cloud.trace.hop(
            source=above.target if above else CLIENT,
            target=target,
            action=f"execute-api:{request.method} /{rest.rstrip('/')}",
        ) as hop:
            exchange, answer = self._answer(request, region, stage, "/" + rest, hop)
            hop.status = answer.status
            hop.detail.update(path=request.path, stage=name)
            if exchange is not None:
                hop.detail["request_id"] = exchange.request_id
                hop.principal = _principal(exchange)
            self._cloud.clock.spend(latency.of("execute-api"))
        return HttpResponse(answer.status, answer.headers, answer.body)

    def _answer(
        self, request: HttpRequest, region: str, stage: Stage | None, path: str, hop: Any
    ) -> tuple[Exchange | None, Answer]:
        early = _oversized(request)
        if early is None and (stage is None or stage.snapshot.disabled):
            early = FORBIDDEN
        if early is not None or stage is None:
            refused = (early or FORBIDDEN).adding(
                ("x-amzn-RequestId", self._uuid()), ("x-amz-apigw-id", self._extended_id())
            )
            return None, answers.seal(refused, request.method == "HEAD", self._cloud.clock.time())
        exchange = Exchange(
            request=request,
            api=stage.snapshot,
            stage=stage,
            path=path,
            request_id=self._uuid(),
            extended_id=self._extended_id(),
            trace_id=self._trace_id(),
            received=self._cloud.clock.time(),
            query=index_query(request.query),
            header_index=index_headers(request.headers),
        )
        exchange, served = self._pipeline(region).run(exchange)
        if exchange.resource is not None:
            hop.action = f"execute-api:{request.method} {exchange.resource.path}"
        if served.error is not None:
            hop.error = served.error.error_type
            if served.error.reason:
                hop.detail["reason"] = served.error.reason
        self._log(region, exchange, served)
        return exchange, served.answer

    def _pipeline(self, region: str) -> Pipeline:
        found = self._meters.get(region)
        if found is None:
            backend = self.backend(region)

            def find(value: str, api_id: str, stage: str) -> usage.Key | None:
                return usage.find_key(backend, value, api_id, stage)

            meter = usage.Meter(find, self._throttle, self._quotas)
            found = Pipeline(self._cloud.trace, self._keeper, meter, self._back_ends)
            self._meters[region] = found
        return found

    def _uuid(self) -> str:
        h = f"{self._ids.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def _extended_id(self) -> str:
        return "".join(self._ids.choices(_ID_ALPHABET, k=15)) + "="

    def _trace_id(self) -> str:
        seconds = int(self._cloud.clock.time())
        return f"Root=1-{seconds:08x}-{self._ids.getrandbits(96):024x}"

    # -- access logs ---------------------------------------------------------------------------

    def _log(self, region: str, exchange: Exchange, served: access_log.Served) -> None:
        settings = exchange.stage.access_log
        if not settings or not settings.get("destinationArn") or not settings.get("format"):
            return
        text = access_log.line(settings["format"], exchange, served)
        self._write_log(region, exchange, settings["destinationArn"], text)

    def _write_log(self, region: str, exchange: Exchange, arn: str, text: str) -> None:
        logs = self._cloud.raw("logs", region=region)
        group = arn.split(":log-group:", 1)[-1].removesuffix(":*")
        name = f"{exchange.api.id}/{exchange.stage.name}"
        stream = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        except logs.exceptions.ResourceNotFoundException:
            return  # AWS loses the lines too when the group is gone
        when = round(exchange.received * 1000)
        logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": when, "message": text}],
        )

    # -- the control plane's view (Deployed) -----------------------------------------------------

    def _control(self, call: ApiCall) -> Result:
        return OPERATIONS[call.operation](self, call)

    def _associate(self, call: ApiCall) -> Result:
        arn = str(call.params.get("ResourceArn", ""))
        if ":apigateway:" in arn:
            raise Unsupported("a web ACL in front of a REST API is not imitated", where=arn)
        return self._guard_waf(call) if self._guard_waf is not None else call.proceed()

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

    def _silence_moto(self) -> None:
        """Keep moto from registering exact-URL stubs of its own for every method."""
        from moto.apigateway.models import RestAPI

        self._patches.set(RestAPI, "update_integration_mocks", lambda api, stage_name: None)


def _oversized(request: HttpRequest) -> Answer | None:
    if len(request.body) > MAXIMUM_BODY:
        return _TOO_LARGE
    if sum(len(value) for _, value in request.headers) > MAXIMUM_HEADERS:
        return _HEADERS_TOO_LARGE
    return None


def _principal(exchange: Exchange) -> str:
    if exchange.caller is not None:
        return exchange.caller.arn
    claims: Mapping[str, str] = exchange.authorizer.get("claims") or {}
    return str(claims.get("sub") or exchange.authorizer.get("principalId") or "")
