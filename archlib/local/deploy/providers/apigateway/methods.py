"""Methods with their integrations; a changed method is put anew."""

from __future__ import annotations

from archlib.local.deploy.declared import invoke, shaped
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
)
from archlib.local.deploy.spec import ListOf, Record

_API = "apigateway"

_INTEGRATION = Record(
    {
        **shaped(
            _API,
            "PutIntegration",
            "CacheKeyParameters CacheNamespace ContentHandling Credentials ConnectionType "
            "IntegrationHttpMethod PassthroughBehavior RequestParameters RequestTemplates "
            "TimeoutInMillis Type Uri",
        ),
        "IntegrationResponses": ListOf(
            Record(
                shaped(
                    _API,
                    "PutIntegrationResponse",
                    "ContentHandling ResponseParameters ResponseTemplates SelectionPattern "
                    "StatusCode",
                ),
                frozenset({"StatusCode"}),
            )
        ),
    },
    frozenset({"Type"}),
)


def put_method(context: Context, values: Properties) -> Made:
    """Put a method, its integration and the responses of both."""
    keys = {name: values[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
    own = {
        name: value
        for name, value in values.items()
        if name not in ("Integration", "MethodResponses")
    }
    own.setdefault("AuthorizationType", "NONE")
    invoke(context, _API, "PutMethod", own)
    made = Made(_method_id(context, values))
    context.note(made)
    for response in values.get("MethodResponses", ()):
        invoke(context, _API, "PutMethodResponse", {**keys, **response})
    integration = dict(values.get("Integration") or {})
    if integration:
        responses = integration.pop("IntegrationResponses", ())
        invoke(context, _API, "PutIntegration", {**keys, **integration})
        for response in responses:
            invoke(context, _API, "PutIntegrationResponse", {**keys, **response})
    return made


def _method_id(context: Context, values: Properties) -> str:
    return f"{values['RestApiId']}|{values['ResourceId']}|{values['HttpMethod']}"


def _delete_method(context: Context, existing: Existing) -> None:
    values = existing.properties
    keys = {name: values[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
    invoke(context, _API, "DeleteMethod", keys)


def _update_method(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> Made:
    _delete_method(context, existing)
    return put_method(context, new)


METHOD = ResourceType(
    name="AWS::ApiGateway::Method",
    properties=Record(
        {
            **shaped(
                _API,
                "PutMethod",
                "RestApiId ResourceId HttpMethod ApiKeyRequired AuthorizationScopes "
                "AuthorizationType AuthorizerId OperationName RequestModels RequestParameters "
                "RequestValidatorId",
            ),
            "Integration": _INTEGRATION,
            "MethodResponses": ListOf(
                Record(
                    shaped(
                        _API,
                        "PutMethodResponse",
                        "ResponseModels ResponseParameters StatusCode",
                    ),
                    frozenset({"StatusCode"}),
                )
            ),
        },
        frozenset({"RestApiId", "ResourceId", "HttpMethod"}),
    ),
    create=put_method,
    update=_update_method,
    delete=_delete_method,
    replacement=frozenset({"RestApiId", "ResourceId", "HttpMethod"}),
    notes="VPC links (ConnectionId), response streaming and IntegrationTarget are refused.",
)

TYPES = (METHOD,)
