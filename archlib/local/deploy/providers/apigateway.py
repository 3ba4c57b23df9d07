"""API Gateway REST APIs: APIs, resources, methods, authorizers, models, gateway responses.

Updates go through patch operations, as "PatchOperation" in the API Gateway API Reference
describes them; a method is put anew. Source: "API Gateway resource type reference" in the AWS
CloudFormation User Guide.
"""

from __future__ import annotations

from archlib.local.deploy.declared import ID, From, declared, invoke, shaped
from archlib.local.deploy.providers.apigateway_patches import patch, patched
from archlib.local.deploy.providers.moto_state import set_rest_api_tags
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
)
from archlib.local.deploy.spec import (
    Document,
    ListOf,
    Record,
    Shaped,
    record,
)

_API = "apigateway"


# -- REST API --------------------------------------------------------------------------------

_REST_API_PATHS = {
    "Name": "/name",
    "Description": "/description",
    "ApiKeySourceType": "/apiKeySource",
    "BinaryMediaTypes": "/binaryMediaTypes",
    "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
    "MinimumCompressionSize": "/minimumCompressionSize",
    "Policy": "/policy",
}


def _create_rest_api(context: Context, values: Properties) -> Made:
    sent = dict(values)
    if "ApiKeySourceType" in sent:
        sent["ApiKeySource"] = sent.pop("ApiKeySourceType")
    made = invoke(context, _API, "CreateRestApi", sent)
    found = {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]}
    return Made(made["id"], found)


def _update_rest_api(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"RestApiId": existing.physical_id}
    patch(context, "UpdateRestApi", keys, _REST_API_PATHS, existing, new, changed)
    if "EndpointConfiguration" in changed:
        old = existing.properties.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        now = new.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        operation = {
            "Op": "replace",
            "Path": f"/endpointConfiguration/types/{old[0]}",
            "Value": now[0],
        }
        invoke(context, _API, "UpdateRestApi", {**keys, "PatchOperations": [operation]})
    if "Tags" in changed:
        set_rest_api_tags(context, existing.physical_id, as_map(new.get("Tags")))


REST_API = ResourceType(
    name="AWS::ApiGateway::RestApi",
    properties=record(
        "Name! Description BinaryMediaTypes:[] DisableExecuteApiEndpoint:b "
        "MinimumCompressionSize:i Policy:j Tags:tags Version",
        ApiKeySourceType=Shaped(_API, "CreateRestApi", ("apiKeySource",)),
        EndpointConfiguration=record(
            Types=ListOf(Shaped(_API, "CreateRestApi", ("endpointConfiguration", "types", "*"))),
            required="Types",
        ),
    ),
    create=_create_rest_api,
    update=_update_rest_api,
    delete=lambda context, existing: (
        invoke(context, _API, "DeleteRestApi", {"RestApiId": existing.physical_id}),
        None,
    )[1],
    replacement=frozenset({"Version"}),
    attributes=("RestApiId", "RootResourceId"),
    arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
    notes="Body and BodyS3Location (OpenAPI import), CloneFrom and VPC endpoints are refused.",
)

RESOURCE = declared(
    "AWS::ApiGateway::Resource",
    _API,
    create="CreateResource",
    delete="DeleteResource",
    delete_with={"RestApiId": From("RestApiId"), "ResourceId": ID},
    properties="RestApiId ParentId PathPart",
    required="RestApiId ParentId PathPart",
    replacement="RestApiId ParentId PathPart",
    identity="id",
    attributes={"ResourceId": "id"},
    arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/resources/{id}",
)

# -- methods -----------------------------------------------------------------------------------

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


def _put_method(context: Context, values: Properties) -> Made:
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
    return _put_method(context, new)


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
    create=_put_method,
    update=_update_method,
    delete=_delete_method,
    replacement=frozenset({"RestApiId", "ResourceId", "HttpMethod"}),
    notes="VPC links (ConnectionId), response streaming and IntegrationTarget are refused.",
)

# -- authorizers, models, validators, gateway responses ------------------------------------------


AUTHORIZER = patched(
    declared(
        "AWS::ApiGateway::Authorizer",
        _API,
        create="CreateAuthorizer",
        delete="DeleteAuthorizer",
        delete_with={"RestApiId": From("RestApiId"), "AuthorizerId": ID},
        properties="RestApiId Name Type ProviderARNs AuthType AuthorizerUri AuthorizerCredentials "
        "IdentitySource IdentityValidationExpression AuthorizerResultTtlInSeconds",
        required="RestApiId Name Type",
        replacement="RestApiId",
        identity="id",
        attributes={"AuthorizerId": "id"},
        arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/authorizers/{id}",
    ),
    "UpdateAuthorizer",
    {"RestApiId": From("RestApiId"), "AuthorizerId": ID},
    {
        "Name": "/name",
        "Type": "/type",
        "ProviderARNs": "/providerARNs",
        "AuthType": "/authType",
        "AuthorizerUri": "/authorizerUri",
        "AuthorizerCredentials": "/authorizerCredentials",
        "IdentitySource": "/identitySource",
        "IdentityValidationExpression": "/identityValidationExpression",
        "AuthorizerResultTtlInSeconds": "/authorizerResultTtlInSeconds",
    },
)

MODEL = patched(
    declared(
        "AWS::ApiGateway::Model",
        _API,
        create="CreateModel",
        delete="DeleteModel",
        delete_with={"RestApiId": From("RestApiId"), "ModelName": ID},
        properties="RestApiId Name Description ContentType",
        specs={"Schema": Document()},
        required="RestApiId",
        replacement="RestApiId Name ContentType",
        identity="name",
        fixed={"ContentType": "application/json"},
        name_property="Name",
    ),
    "UpdateModel",
    {"RestApiId": From("RestApiId"), "ModelName": ID},
    {"Description": "/description", "Schema": "/schema"},
)

VALIDATOR = patched(
    declared(
        "AWS::ApiGateway::RequestValidator",
        _API,
        create="CreateRequestValidator",
        delete="DeleteRequestValidator",
        delete_with={"RestApiId": From("RestApiId"), "RequestValidatorId": ID},
        properties="RestApiId Name ValidateRequestBody ValidateRequestParameters",
        required="RestApiId",
        replacement="RestApiId Name",
        identity="id",
        attributes={"RequestValidatorId": "id"},
    ),
    "UpdateRequestValidator",
    {"RestApiId": From("RestApiId"), "RequestValidatorId": ID},
    {
        "ValidateRequestBody": "/validateRequestBody",
        "ValidateRequestParameters": "/validateRequestParameters",
    },
)

GATEWAY_RESPONSE = declared(
    "AWS::ApiGateway::GatewayResponse",
    _API,
    create="PutGatewayResponse",
    update="PutGatewayResponse",
    delete="DeleteGatewayResponse",
    delete_with={"RestApiId": From("RestApiId"), "ResponseType": From("ResponseType")},
    properties="RestApiId ResponseType StatusCode ResponseParameters ResponseTemplates",
    required="RestApiId ResponseType",
    replacement="RestApiId ResponseType",
    identity="responseType",
    attributes={"Id": "responseType"},
)

TYPES = (
    REST_API,
    RESOURCE,
    METHOD,
    AUTHORIZER,
    MODEL,
    VALIDATOR,
    GATEWAY_RESPONSE,
)
