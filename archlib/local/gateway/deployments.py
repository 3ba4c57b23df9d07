"""Reading a REST API's configuration into a snapshot, and refusing what is not imitated.

Everything that a request could meet and that the gateway cannot honour is refused here, at
``CreateDeployment``, with the API, resource and method named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from archlib.errors import Unsupported
from archlib.local.gateway.authorization import AUTHORIZATIONS
from archlib.local.gateway.configuration import (
    ApiSnapshot,
    Authorizer,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    Method,
    Parameter,
    Resource,
)
from archlib.local.gateway.integrations import FUNCTION_URI, INTEGRATIONS
from archlib.local.gateway.routing import Router
from archlib.local.gateway.validation import Check, compile_schema
from archlib.local.refusal import ApiRefusal

#: Seconds an integration may take unless it says less (AWS: quotas, "Integration timeout").
TIMEOUT = 29.0


def snapshot(api: Any, deployment_id: str) -> ApiSnapshot:
    """Freeze moto's ``RestAPI``.

    Raises :class:`ApiRefusal` for what AWS refuses to deploy and :class:`Unsupported` for what
    the local gateway does not imitate.
    """
    _refuse_api(api)
    models = {name: model.schema or "{}" for name, model in api.models.items()}
    models.setdefault("Empty", "{}")
    models.setdefault("Error", '{"type":"object","properties":{"message":{"type":"string"}}}')
    authorizers = {a.id: _authorizer(api, a) for a in api.authorizers.values()}
    resources = [
        _resource(api, resource, authorizers, models) for resource in api.resources.values()
    ]
    if not any(resource.methods for resource in resources):
        raise ApiRefusal("BadRequestException", "The REST API doesn't contain any methods", 400)
    return ApiSnapshot(
        id=api.id,
        deployment_id=deployment_id,
        name=api.name,
        region=api.region_name,
        account=api.account_id,
        router=Router(resources),
        gateway_responses={
            kind: GatewayResponse(
                int(r.status_code) if r.status_code else None,
                dict(r.response_parameters or {}),
                dict(r.response_templates or {}),
            )
            for kind, r in api.gateway_responses.items()
        },
        binary_media_types=tuple(kind.replace("~1", "/") for kind in api.binaryMediaTypes or ()),
        policy=_policy_text(api),
        key_source=api.api_key_source or "HEADER",
        minimum_compression=None
        if api.minimum_compression_size is None
        else int(api.minimum_compression_size),
        disabled=bool(api.disableExecuteApiEndpoint),
    )


def _refuse_api(api: Any) -> None:
    types = (api.endpoint_configuration or {}).get("types") or ["EDGE"]
    if "PRIVATE" in types:
        raise Unsupported(
            "private REST APIs are not imitated",
            where=f"REST API {api.name}",
            hint="use an endpoint type of REGIONAL or EDGE",
        )


def _policy_text(api: Any) -> str | None:
    """The resource policy with its short resources (``execute-api:/stage/GET/x``) spelled out."""
    if not api.policy:
        return None
    text = str(api.policy)
    # AWS hands a policy back with its quotes escaped; both forms are accepted.
    if text.lstrip().startswith('{\\"'):
        text = text.replace('\\"', '"')
    prefix = f"arn:aws:execute-api:{api.region_name}:{api.account_id}:{api.id}/"
    try:
        json.loads(text)
    except ValueError as error:
        raise ApiRefusal("BadRequestException", f"Invalid policy document: {error}") from None
    return text.replace('"execute-api:/', f'"{prefix}')


def _resource(
    api: Any, resource: Any, authorizers: Mapping[str, Authorizer], models: Mapping[str, str]
) -> Resource:
    path = resource.get_path()
    return Resource(
        resource.id,
        path,
        {
            name: _method(api, resource.id, path, method, authorizers, models)
            for name, method in resource.resource_methods.items()
        },
    )


def _method(
    api: Any,
    resource_id: str,
    path: str,
    method: Any,
    authorizers: Mapping[str, Authorizer],
    models: Mapping[str, str],
) -> Method:
    where = f"REST API {api.name}, {method.http_method} {path}"
    authorization = method.authorization_type or "NONE"
    if authorization not in AUTHORIZATIONS:
        raise Unsupported(f"authorization type {authorization} is not imitated", where=where)
    if method.method_integration is None:
        raise ApiRefusal("BadRequestException", "No integration defined for method", 400)
    authorizer = authorizers.get(method.authorizer_id) if method.authorizer_id else None
    validator = api.request_validators.get(method.request_validator_id or "")
    parameters = dict(method.request_parameters or {})
    return Method(
        http_method=method.http_method,
        authorization=authorization,
        authorizer=authorizer,
        scopes=frozenset(method.authorization_scopes or ()),
        api_key_required=bool(method.api_key_required),
        required=tuple(
            sorted(parameter(name) for name, needed in parameters.items() if _true(needed))
        ),
        validate_parameters=bool(validator and validator.validate_request_parameters),
        validate_body=bool(validator and validator.validate_request_body),
        models=_checks(dict(method.request_models or {}), models, where),
        operation_name=method.operation_name,
        integration=_integration(method.method_integration, resource_id, where),
    )


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _checks(names: Mapping[str, str], models: Mapping[str, str], where: str) -> dict[str, Check]:
    checks = {}
    for content_type, name in names.items():
        if name not in models:
            raise ApiRefusal("BadRequestException", f"Invalid model identifier specified: {name}")
        try:
            checks[content_type.lower()] = compile_schema(models[name], models, name)
        except ValueError as error:
            raise ApiRefusal("BadRequestException", f"{where}: {error}") from None
    return checks


def parameter(name: str) -> Parameter:
    """``method.request.header.X`` (or ``integration.request.…``) as place and name."""
    place, _, rest = re.sub(r"^(method|integration)\.request\.", "", name).partition(".")
    return (place.removeprefix("multivalue"), rest)


def cache_parameter(name: str, mappings: Mapping[str, str]) -> Parameter:
    """A cache key parameter; an integration parameter stands for what is mapped to it."""
    return parameter(mappings.get(name, name))


def _integration(integration: Any, resource_id: str, where: str) -> Integration:
    kind = integration.integration_type
    if kind not in INTEGRATIONS:
        raise Unsupported(f"integration type {kind} is not imitated", where=where)
    for refuse in _REFUSALS:
        if (reason := refuse(integration)) is not None:
            raise Unsupported(reason, where=where)
    mappings = dict(integration.request_parameters or {})
    timeout = integration.timeout_in_millis
    return Integration(
        type=kind,
        uri=integration.uri or "",
        http_method=integration.http_method or "POST",
        parameters=mappings,
        templates={k: v or "" for k, v in (integration.request_templates or {}).items()},
        passthrough=(integration.passthrough_behaviour or "WHEN_NO_MATCH").upper(),
        timeout=float(timeout) / 1000 if timeout else TIMEOUT,
        content_handling=integration.content_handling,
        cache_namespace=integration.cache_namespace or resource_id,
        cache_key=tuple(
            cache_parameter(name, mappings)
            for name in sorted(integration.cache_key_parameters or ())
        ),
        responses=tuple(
            _response(response, where)
            for response in (integration.integration_responses or {}).values()
        ),
    )


def _response(response: Any, where: str) -> IntegrationResponse:
    try:
        pattern = re.compile(response.selection_pattern) if response.selection_pattern else None
    except re.error as error:
        raise ApiRefusal(
            "BadRequestException", f"{where}: selection pattern: {error}", 400
        ) from None
    return IntegrationResponse(
        int(response.status_code),
        pattern,
        dict(response.response_parameters or {}),
        {k: v or "" for k, v in (response.response_templates or {}).items()},
        response.content_handling,
    )


def _vpc_link(integration: Any) -> str | None:
    linked = (integration.connection_type or "INTERNET") == "VPC_LINK"
    return "a VPC link integration is not imitated" if linked else None


def _foreign_service(integration: Any) -> str | None:
    if integration.integration_type not in ("AWS", "AWS_PROXY"):
        return None
    if FUNCTION_URI.fullmatch(integration.uri or ""):
        return None
    return f"an AWS service integration other than Lambda is not imitated: {integration.uri}"


def _role(integration: Any) -> str | None:
    if not integration.credentials:
        return None
    return (
        "integration credentials are not imitated: let the function's resource policy "
        "allow apigateway.amazonaws.com"
    )


def _function_method(integration: Any) -> str | None:
    if integration.integration_type not in ("AWS", "AWS_PROXY"):
        return None
    if integration.http_method in ("POST", "ANY"):
        return None
    return f"a Lambda integration's HTTP method must be POST, not {integration.http_method}"


def _endpoint(integration: Any) -> str | None:
    if not integration.integration_type.startswith("HTTP"):
        return None
    scheme = urlsplit(integration.uri or "").scheme
    if scheme in ("http", "https") or "${stageVariables" in (integration.uri or ""):
        return None
    return f"an HTTP integration needs an http or https URL, not {integration.uri}"


def _binary_request(integration: Any) -> str | None:
    if integration.content_handling and not integration.integration_type.endswith("PROXY"):
        return "contentHandling of an integration request is not imitated"
    return None


_REFUSALS: tuple[Callable[[Any], str | None], ...] = (
    _vpc_link, _foreign_service, _role, _function_method, _endpoint, _binary_request,
)  # fmt: skip


def _authorizer(api: Any, authorizer: Any) -> Authorizer:
    where = f"REST API {api.name}, authorizer {authorizer.name}"
    if authorizer.authorizer_credentials:
        raise Unsupported(
            "authorizerCredentials are not imitated",
            where=where,
            hint="let the function's resource policy allow apigateway.amazonaws.com",
        )
    sources = tuple(
        parameter(source.strip())
        for source in (authorizer.identity_source or "").split(",")
        if source.strip()
    )
    for place, name in sources:
        if place not in ("header", "querystring", "path"):
            raise Unsupported(f"identity source {place}.{name} is not imitated", where=where)
    expression = authorizer.identity_validation_expression
    function = FUNCTION_URI.fullmatch(authorizer.authorizer_uri or "")
    ttl = authorizer.authorizer_result_ttl
    return Authorizer(
        id=authorizer.id,
        type=authorizer.type,
        name=authorizer.name or "",
        sources=sources or (("header", "Authorization"),),
        expression=re.compile(expression) if expression else None,
        provider_arns=tuple(authorizer.provider_arns or ()),
        function_arn=function["arn"] if function else None,
        ttl=300 if ttl is None else int(ttl),
    )
