"""The CloudFormation resources of a REST API.

API Gateway answers with what was deployed last, so the deployment's logical id carries a hash
of everything it publishes: a changed method makes a new deployment, which the stage takes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from troposphere import GenericHelperFn, GetAtt, Ref, Sub, apigateway

from archlib.components.api import (
    CachesResponses,
    Cors,
    Invokes,
    RestApi,
    Route,
    Verifies,
    path_stem,
)
from archlib.components.base import Piece

if TYPE_CHECKING:
    from archlib.components.plan import Plan

_METHOD_SETTING_ROOT = "/*"


def pieces(api: RestApi, plan: Plan) -> Iterator[Piece]:
    """Every resource of the API, in a reader's order."""
    rest = Piece(
        apigateway.RestApi(
            api.name,
            Name=Sub("${AWS::StackName}-" + api.name),
            Description=api.description or f"{api.name} of the design",
            EndpointConfiguration=apigateway.EndpointConfiguration(Types=["REGIONAL"]),
        ),
        "The API; API Gateway serves it over HTTPS only",
    )
    published = list(_published(api, plan))
    digest = hashlib.sha256(
        json.dumps(
            [(p.resource.title, p.resource.to_dict()) for p in (rest, *published)], sort_keys=True
        ).encode()
    ).hexdigest()[:10]
    deployment = f"{api.name}Deployment{digest}"
    yield rest
    yield from published
    yield Piece(
        apigateway.Deployment(
            deployment,
            DependsOn=[
                p.resource.title
                for p in published
                if isinstance(p.resource, apigateway.Method | apigateway.GatewayResponse)
            ],
            RestApiId=Ref(api.name),
            Description=f"Content {digest}",
        ),
        "A snapshot of everything above; its name changes with its content",
    )
    yield _stage(api, plan, deployment)


def _published(api: RestApi, plan: Plan) -> Iterator[Piece]:
    """What a deployment is a snapshot of."""
    routes = [(wire, route) for wire in plan.outgoing(api, Invokes) for route in wire.routes]
    authorizer: str | None = None
    for verifies in plan.outgoing(api, Verifies):
        authorizer = f"{api.name}Authorizer"
        yield Piece(
            apigateway.Authorizer(
                authorizer,
                RestApiId=Ref(api.name),
                Name=verifies.target,
                Type="COGNITO_USER_POOLS",
                IdentitySource="method.request.header.Authorization",
                ProviderARNs=[GetAtt(verifies.target, "Arn")],
            ),
            f"Checks the id token in the Authorization header against {verifies.target}",
        )
    validator = f"{api.name}Validator"
    yield Piece(
        apigateway.RequestValidator(
            validator,
            RestApiId=Ref(api.name),
            Name="body-and-parameters",
            ValidateRequestBody=True,
            ValidateRequestParameters=True,
        ),
        "Malformed requests get 400 before any function runs",
    )
    models = {route.body.name: route.body for _, route in routes if route.body is not None}
    for model in models.values():
        yield Piece(
            apigateway.Model(
                f"{api.name}{model.name}Model",
                RestApiId=Ref(api.name),
                Name=model.name,
                Description=model.description,
                ContentType="application/json",
                # Wrapped, for troposphere would turn the mapping into one line of JSON.
                Schema=GenericHelperFn(dict(model.schema)),
            ),
            "What a request body must look like",
        )
    yield from _paths(api, [route for _, route in routes])
    cache = next(iter(plan.outgoing(api, CachesResponses)), None)
    for wire, route in routes:
        yield _method(api, wire, route, authorizer=authorizer, validator=validator, cache=cache)
    if api.cors is not None:
        for path in dict.fromkeys(route.path for _, route in routes):
            methods = [route.method for _, route in routes if route.path == path]
            yield _preflight(api, api.cors, Route("OPTIONS", path), methods)
        yield from _gateway_responses(api, api.cors)


def _resource_id(api: RestApi, segments: tuple[str, ...]) -> object:
    """The id of a path's resource; the root is an attribute of the API."""
    if not segments:
        return GetAtt(api.name, "RootResourceId")
    return Ref(f"{api.name}{path_stem(segments)}")


def _paths(api: RestApi, routes: list[Route]) -> Iterator[Piece]:
    prefixes = dict.fromkeys(
        route.segments[: depth + 1] for route in routes for depth in range(len(route.segments))
    )
    for segments in prefixes:
        yield Piece(
            apigateway.Resource(
                f"{api.name}{path_stem(segments)}",
                RestApiId=Ref(api.name),
                ParentId=_resource_id(api, segments[:-1]),
                PathPart=segments[-1],
            ),
            f"The path /{'/'.join(segments)}",
        )


def _method(
    api: RestApi,
    wire: Invokes,
    route: Route,
    *,
    authorizer: str | None,
    validator: str,
    cache: CachesResponses | None,
) -> Piece:
    parameters = {f"method.request.path.{name}": True for name in route.path_parameters}
    parameters |= {f"method.request.querystring.{name}": False for name in route.query}
    integration: dict[str, Any] = {}
    if cache is not None and route.method in cache.methods:
        keys = list(parameters)
        if cache.by_caller and authorizer is not None:
            parameters["method.request.header.Authorization"] = True
            keys.insert(0, "method.request.header.Authorization")
        if keys:
            integration["CacheKeyParameters"] = keys
    optional: dict[str, Any] = {}
    if parameters:
        optional["RequestParameters"] = parameters
    if parameters or route.body is not None:
        optional["RequestValidatorId"] = Ref(validator)
    if route.body is not None:
        optional["RequestModels"] = {"application/json": Ref(f"{api.name}{route.body.name}Model")}
    if route.signed:
        optional["AuthorizationType"] = "AWS_IAM"
    elif authorizer is None:
        optional["AuthorizationType"] = "NONE"
    else:
        optional["AuthorizationType"] = "COGNITO_USER_POOLS"
        optional["AuthorizerId"] = Ref(authorizer)
    return Piece(
        apigateway.Method(
            f"{api.name}{route.stem}{route.method.capitalize()}",
            RestApiId=Ref(api.name),
            ResourceId=_resource_id(api, route.segments),
            HttpMethod=route.method,
            Integration=apigateway.Integration(
                Type="AWS_PROXY",
                IntegrationHttpMethod="POST",
                Uri=Sub(
                    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31"
                    "/functions/${" + wire.target + ".Arn}/invocations"
                ),
                **integration,
            ),
            **optional,
        ),
        f"{route.method} {route.path}, answered by {wire.target}",
    )


def _preflight(api: RestApi, cors: Cors, route: Route, methods: list[str]) -> Piece:
    headers = {
        "Access-Control-Allow-Origin": cors.origin,
        "Access-Control-Allow-Methods": ",".join([*methods, "OPTIONS"]),
        "Access-Control-Allow-Headers": ",".join(cors.headers),
        "Access-Control-Max-Age": str(cors.max_age),
    }
    return Piece(
        apigateway.Method(
            f"{api.name}{route.stem}Options",
            RestApiId=Ref(api.name),
            ResourceId=_resource_id(api, route.segments),
            HttpMethod="OPTIONS",
            AuthorizationType="NONE",
            Integration=apigateway.Integration(
                Type="MOCK",
                PassthroughBehavior="WHEN_NO_MATCH",
                RequestTemplates={"application/json": '{"statusCode": 204}'},
                IntegrationResponses=[
                    apigateway.IntegrationResponse(
                        StatusCode="204",
                        ResponseParameters={
                            f"method.response.header.{name}": f"'{value}'"
                            for name, value in headers.items()
                        },
                    )
                ],
            ),
            MethodResponses=[
                apigateway.MethodResponse(
                    StatusCode="204",
                    ResponseParameters={f"method.response.header.{name}": True for name in headers},
                )
            ],
        ),
        f"Browsers' preflight of {route.path}: answered here, without a token",
    )


def _gateway_responses(api: RestApi, cors: Cors) -> Iterator[Piece]:
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        yield Piece(
            apigateway.GatewayResponse(
                f"{api.name}{kind.title().replace('_', '').replace('Xx', 'xx')}",
                RestApiId=Ref(api.name),
                ResponseType=kind,
                ResponseParameters={
                    "gatewayresponse.header.Access-Control-Allow-Origin": f"'{cors.origin}'"
                },
            ),
            "The gateway's own errors are readable by browsers' pages too",
        )


def _stage(api: RestApi, plan: Plan, deployment: str) -> Piece:
    settings = [
        apigateway.MethodSetting(
            HttpMethod="*",
            ResourcePath=_METHOD_SETTING_ROOT,
            MetricsEnabled=True,
            ThrottlingRateLimit=api.rate,
            ThrottlingBurstLimit=api.burst,
            CachingEnabled=False,
        )
    ]
    optional: dict[str, Any] = {}
    for cache in plan.outgoing(api, CachesResponses):
        optional = {"CacheClusterEnabled": True, "CacheClusterSize": cache.size}
        settings += [
            apigateway.MethodSetting(
                HttpMethod=route.method,
                ResourcePath="/~1" + "~1".join(route.segments) if route.segments else "/",
                MetricsEnabled=True,
                ThrottlingRateLimit=api.rate,
                ThrottlingBurstLimit=api.burst,
                CachingEnabled=True,
                CacheTtlInSeconds=cache.ttl,
                CacheDataEncrypted=True,
            )
            for wire in plan.outgoing(api, Invokes)
            for route in wire.routes
            if route.method in cache.methods
        ]
    return Piece(
        apigateway.Stage(
            f"{api.name}Stage",
            RestApiId=Ref(api.name),
            DeploymentId=Ref(deployment),
            StageName=api.stage,
            Description="The stage that clients call",
            MethodSettings=settings,
            **optional,
        ),
        "What clients call: throttling, metrics and the cache of responses",
    )
