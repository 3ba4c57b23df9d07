"""API Gateway's REST data plane: ``https://{api}.execute-api.{region}.amazonaws.com/{stage}/…``.

AWS: "Invoke REST APIs in API Gateway". Only HTTPS is served: nothing listens on port 80, so
plain HTTP is refused at the connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local import latency
from archlib.local.gateway import access_log, answers, usage
from archlib.local.gateway.authorization import Gatekeeper
from archlib.local.gateway.collaborators import Functions, Permissions, UserPools
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
from archlib.local.gateway.published import Published
from archlib.local.gateway.request_ids import RequestIds
from archlib.local.gateway.stages import Stage
from archlib.local.gateway.throttling import Quotas, Throttle
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse
from archlib.local.patches import Patches
from archlib.local.trace import CLIENT

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result
    from archlib.local.cloud import LocalCloud

HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
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
        self._ids = RequestIds(cloud.new_uuid(), cloud.clock.time)
        self._access_log = access_log.AccessLog(cloud)
        self._pipelines: dict[str, Pipeline] = {}
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
        self._published = Published(cloud, self._keeper, self._throttle)
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
        stage = self._published.stage(region, api_id, name)
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
                ("x-amzn-RequestId", self._ids.request()), ("x-amz-apigw-id", self._ids.extended())
            )
            return None, answers.seal(refused, request.method == "HEAD", self._cloud.clock.time())
        exchange = Exchange(
            request=request,
            api=stage.snapshot,
            stage=stage,
            path=path,
            request_id=self._ids.request(),
            extended_id=self._ids.extended(),
            trace_id=self._ids.trace(),
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
        self._access_log.write(region, exchange, served)
        return exchange, served.answer

    def _pipeline(self, region: str) -> Pipeline:
        found = self._pipelines.get(region)
        if found is None:
            backend = self._published.backend(region)

            def find(value: str, api_id: str, stage: str) -> usage.Key | None:
                return usage.find_key(backend, value, api_id, stage)

            meter = usage.Meter(find, self._throttle, self._quotas)
            found = Pipeline(self._cloud.trace, self._keeper, meter, self._back_ends)
            self._pipelines[region] = found
        return found

    # -- the control plane -------------------------------------------------------------------------

    def _control(self, call: ApiCall) -> Result:
        return OPERATIONS[call.operation](self._published, call)

    def _associate(self, call: ApiCall) -> Result:
        arn = str(call.params.get("ResourceArn", ""))
        if ":apigateway:" in arn:
            raise Unsupported("a web ACL in front of a REST API is not imitated", where=arn)
        return self._guard_waf(call) if self._guard_waf is not None else call.proceed()

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
