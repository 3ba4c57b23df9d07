"""What stands before a method or after it: authorizers, models, validators, gateway responses."""

from __future__ import annotations

from archlib.local.deploy.declared import ID, From, declared
from archlib.local.deploy.providers.apigateway.patches import patched, paths
from archlib.local.deploy.spec import Document

_API = "apigateway"


def _of_api(argument: str) -> dict[str, From]:
    """What names a part of an API: the API's id and its own."""
    return {"RestApiId": From("RestApiId"), argument: ID}


AUTHORIZER = patched(
    declared(
        "AWS::ApiGateway::Authorizer",
        _API,
        create="CreateAuthorizer",
        delete="DeleteAuthorizer",
        delete_with=_of_api("AuthorizerId"),
        properties="RestApiId Name Type ProviderARNs AuthType AuthorizerUri AuthorizerCredentials "
        "IdentitySource IdentityValidationExpression AuthorizerResultTtlInSeconds",
        required="RestApiId Name Type",
        replacement="RestApiId",
        identity="id",
        attributes={"AuthorizerId": "id"},
        arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/authorizers/{id}",
    ),
    "UpdateAuthorizer",
    _of_api("AuthorizerId"),
    paths(
        "Name Type ProviderARNs AuthType AuthorizerUri AuthorizerCredentials "
        "IdentitySource IdentityValidationExpression AuthorizerResultTtlInSeconds"
    ),
)

MODEL = patched(
    declared(
        "AWS::ApiGateway::Model",
        _API,
        create="CreateModel",
        delete="DeleteModel",
        delete_with=_of_api("ModelName"),
        properties="RestApiId Name Description ContentType",
        specs={"Schema": Document()},
        required="RestApiId",
        replacement="RestApiId Name ContentType",
        identity="name",
        fixed={"ContentType": "application/json"},
        name_property="Name",
    ),
    "UpdateModel",
    _of_api("ModelName"),
    paths("Description Schema"),
)

VALIDATOR = patched(
    declared(
        "AWS::ApiGateway::RequestValidator",
        _API,
        create="CreateRequestValidator",
        delete="DeleteRequestValidator",
        delete_with=_of_api("RequestValidatorId"),
        properties="RestApiId Name ValidateRequestBody ValidateRequestParameters",
        required="RestApiId",
        replacement="RestApiId Name",
        identity="id",
        attributes={"RequestValidatorId": "id"},
    ),
    "UpdateRequestValidator",
    _of_api("RequestValidatorId"),
    paths("ValidateRequestBody ValidateRequestParameters"),
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

TYPES = (AUTHORIZER, MODEL, VALIDATOR, GATEWAY_RESPONSE)
