"""OpenAPI documents read: every extension, every refusal with its path; random documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.local.deploy.openapi import Definition, Route, read_definition

PROXY = {"type": "aws_proxy", "httpMethod": "post", "uri": "arn:x"}
EXTENSION = "x-amazon-apigateway-integration"


def document(operation: Any = None, **more: Any) -> dict[str, Any]:
    """OpenAPI 3 with ``GET /a``."""
    paths = {"/a": {"get": {EXTENSION: PROXY, **(operation or {})}}}
    return {"openapi": "3.0.1", "info": {"title": "T", "version": "1"}, "paths": paths, **more}


def good(body: dict[str, Any], **parameters: str) -> Definition:
    found, problems = read_definition(body, parameters)
    assert problems == ()
    return found


def route(operation: Any = None, **more: Any) -> Route:
    return good(document(operation, **more)).routes[0]


def test_an_operation_becomes_a_method() -> None:
    assert route({"operationId": "list"}) == Route(
        "/a",
        {
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
            "ApiKeyRequired": False,
            "OperationName": "list",
            "Integration": {"Type": "AWS_PROXY", "Uri": "arn:x", "IntegrationHttpMethod": "POST"},
        },
    )


def test_settings_of_the_api() -> None:
    api = "x-amazon-apigateway-"
    found = good(
        document(
            None,
            **{
                f"{api}binary-media-types": ["image/png"],
                f"{api}minimum-compression-size": 10,
                f"{api}api-key-source": "header",
                f"{api}policy": {"Version": "2012-10-17"},
                f"{api}gateway-responses": {"THROTTLED": {"statusCode": 430}},
                "servers": [{"url": "/", f"{api}endpoint-configuration": _DISABLED}],
            },
        )
    )
    assert found.settings == {
        "Name": "T",
        "Version": "1",
        "ApiKeySourceType": "HEADER",
        "BinaryMediaTypes": ["image/png"],
        "MinimumCompressionSize": 10,
        "Policy": {"Version": "2012-10-17"},
        "DisableExecuteApiEndpoint": True,
    }
    assert found.gateway_responses == (
        {
            "ResponseType": "THROTTLED",
            "StatusCode": "430",
            "ResponseParameters": {},
            "ResponseTemplates": {},
        },
    )


_DISABLED = {"disableExecuteApiEndpoint": True}


def test_parameters_of_the_path_and_of_the_operation() -> None:
    shared = {"name": "id", "in": "path", "required": True}
    body = document({"parameters": [{"$ref": "#/components/parameters/Q"}, {**_HEADER}]})
    body["paths"] = {"/a/{id}": {**body["paths"]["/a"], "parameters": [shared]}}
    body["components"] = {"parameters": {"Q": {"name": "q", "in": "query", "required": True}}}
    assert good(body).routes[0].properties["RequestParameters"] == {
        "method.request.path.id": True,
        "method.request.querystring.q": True,
        "method.request.header.X": False,
    }


_HEADER = {"name": "X", "in": "header"}


def test_models_and_their_references() -> None:
    schemas = {
        "Todo": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Todo"}}}
    }
    reference = {"schema": {"$ref": "#/components/schemas/Todo"}}
    inline = {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Todo"}}}
    body = document(
        {
            "requestBody": {"content": {"application/json": reference}},
            "responses": {"200": {"content": {"application/json": inline}}, "default": {}},
        },
        components={"schemas": schemas},
    )
    found = good(body)
    properties = found.routes[0].properties
    assert properties["RequestModels"] == {"application/json": "Todo"}
    (response,) = properties["MethodResponses"]
    name = response["ResponseModels"]["application/json"]
    assert name.startswith("Inline")
    address = "https://apigateway.amazonaws.com/restapis/{restapi-id}/models/Todo"
    assert found.models[name]["Schema"]["items"] == {"$ref": address}
    assert found.models["Todo"]["Schema"]["properties"]["next"] == {"$ref": address}


def test_swagger_2() -> None:
    body: dict[str, Any] = {
        "swagger": "2.0",
        "info": {"title": "T"},
        "basePath": "/v1/",
        "produces": ["text/x"],
        "definitions": {"Todo": {"type": "object"}},
        "paths": {
            "/a": {
                "x-amazon-apigateway-any-method": {
                    "parameters": [{"in": "body", "name": "b", "schema": _TODO}],
                    "responses": {"200": {"schema": _TODO, "headers": {"X": {"type": "string"}}}},
                    EXTENSION: PROXY,
                }
            }
        },
    }
    (found,) = good(body, basepath="prepend").routes
    assert (found.path, found.properties["HttpMethod"]) == ("/v1/a", "ANY")
    assert found.properties["RequestModels"] == {"application/json": "Todo"}
    assert found.properties["MethodResponses"] == [
        {
            "StatusCode": "200",
            "ResponseParameters": {"method.response.header.X": False},
            "ResponseModels": {"text/x": "Todo"},
        }
    ]
    assert good(body, basepath="ignore").routes[0].path == "/a"


_TODO = {"$ref": "#/definitions/Todo"}


def test_integration_responses_by_pattern() -> None:
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "passthroughBehavior": "when_no_templates",
        "timeoutInMillis": "1000",
        "responses": {
            "default": {"statusCode": 200},
            "4\\d\\d": {"statusCode": "400", "responseTemplates": {"application/json": "no"}},
        },
    }
    made = route({EXTENSION: mock}).properties["Integration"]
    assert made["IntegrationResponses"] == [
        {"StatusCode": "200"},
        {
            "StatusCode": "400",
            "ResponseTemplates": {"application/json": "no"},
            "SelectionPattern": "4\\d\\d",
        },
    ]
    assert (made["TimeoutInMillis"], made["PassthroughBehavior"]) == (1000, "WHEN_NO_TEMPLATES")


SCHEMES = {
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "signed": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "pool": {
        "type": "apiKey",
        "name": "Token",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["p"]},
    },
    "own": {
        "type": "apiKey",
        "name": "Unused",
        "in": "header",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": "u",
            "identitySource": "method.request.header.A",
            "authorizerResultTtlInSeconds": 0,
        },
    },
    "bearer": {"type": "http", "scheme": "bearer"},
}


@pytest.mark.parametrize(
    ("security", "kind", "authorizer", "key"),
    [
        ([], "NONE", None, False),
        ([{"NONE": []}], "NONE", None, False),
        ([{"key": []}], "NONE", None, True),
        ([{"signed": []}], "AWS_IAM", None, False),
        ([{"pool": ["a/b"]}, {"key": []}], "COGNITO_USER_POOLS", "pool", True),
        ([{"own": [], "key": []}], "CUSTOM", "own", True),
        (None, "COGNITO_USER_POOLS", "pool", False),
    ],
)
def test_security(security: Any, kind: str, authorizer: str | None, key: bool) -> None:
    operation = {} if security is None else {"security": security}
    found = route(operation, security=[{"pool": []}], components={"securitySchemes": SCHEMES})
    assert found.properties["AuthorizationType"] == kind
    assert (found.authorizer, found.properties["ApiKeyRequired"]) == (authorizer, key)
    scopes = ["a/b"] if security and security[0].get("pool") else None
    assert found.properties.get("AuthorizationScopes") == scopes


def test_authorizers() -> None:
    found = good(document(components={"securitySchemes": SCHEMES})).authorizers
    assert found == {
        "pool": {
            "Name": "pool",
            "Type": "COGNITO_USER_POOLS",
            "ProviderARNs": ["p"],
            "AuthType": "cognito_user_pools",
            "IdentitySource": "method.request.header.Token",
        },
        "own": {
            "Name": "own",
            "Type": "REQUEST",
            "AuthorizerUri": "u",
            "IdentitySource": "method.request.header.A",
            "AuthorizerResultTtlInSeconds": 0,
        },
    }


def test_validators() -> None:
    api = "x-amazon-apigateway-request-validator"
    rules = {"all": {"validateRequestBody": True, "validateRequestParameters": True}, "none": {}}
    more = {f"{api}s": rules, api: "all"}
    assert route({}, **more).validator == "all"
    assert route({api: "none"}, **more).validator == "none"
    assert good(document({}, **more)).validators["none"] == {
        "Name": "none",
        "ValidateRequestBody": False,
        "ValidateRequestParameters": False,
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("text", "#/Body: must be an OpenAPI document"),
        ({**document(), "openapi": "3.1.0"}, "#/Body: must say swagger: '2.0' or openapi: 3.0.x"),
        (document(x_a=1), "#/Body/x_a: the local cloud does not honour x_a here"),
        (
            document(**{"x-amazon-apigateway-cors": {}}),
            "#/Body/x-amazon-apigateway-cors: the local cloud does not honour",
        ),
        (
            document({"securty": []}),
            "#/Body/paths/~1a/get/securty: the local cloud does not honour securty here "
            "(did you mean security?)",
        ),
        (
            document({EXTENSION: {**PROXY, "connectionId": "v"}}),
            f"#/Body/paths/~1a/get/{EXTENSION}/connectionId: the local cloud does not honour",
        ),
        (
            document({EXTENSION: {**PROXY, "credentials": "arn:aws:iam::*:user/*"}}),
            "InvokeRole: NONE",
        ),
        (document({EXTENSION: {"type": "ftp"}}), "/type: ftp is none of AWS, AWS_PROXY"),
        (document({EXTENSION: {}}), "required key [type] not found"),
        (
            document({"security": [{"bearer": []}]}, components={"securitySchemes": SCHEMES}),
            "/security/0/bearer: API Gateway does nothing for the security scheme bearer",
        ),
        (document({"security": [{"x": []}]}), "/security/0/x: there is no security scheme x"),
        (
            document(
                {"security": [{"pool": []}, {"own": []}]}, components={"securitySchemes": SCHEMES}
            ),
            "a method has one authorizer, not pool and own",
        ),
        (
            document({"x-amazon-apigateway-request-validator": "x"}),
            "there is no request validator x",
        ),
        (
            document({"parameters": [{"$ref": "#/components/parameters/X"}]}),
            "/parameters/0: $ref #/components/parameters/X leads nowhere",
        ),
        (
            document(components={"schemas": {"a-b": {}}}),
            "#/Body/components/schemas/a-b: a-b is no name for a model",
        ),
        (document({"responses": []}), "#/Body/paths/~1a/get/responses: must be an object"),
    ],
)
def test_what_cannot_be_honoured_is_named_by_its_path(body: Any, words: str) -> None:
    problems = read_definition(body)[1]
    assert any(words in str(problem) for problem in problems), [str(p) for p in problems]


KEYS = st.sampled_from(
    ["get", "post", "parameters", "responses", "security", "requestBody", "content", "schema",
     "$ref", "200", "default", "headers", EXTENSION, "type", "name", "in", "statusCode", "uri",
     "x-amazon-apigateway-auth", "x-amazon-apigateway-authorizer", "application/json"]
)  # fmt: skip
WORDS = KEYS | st.sampled_from(["#/paths/~1a", "#/components/schemas/A", "aws", "token", "query"])
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@given(
    operation=st.dictionaries(KEYS, VALUES, max_size=4),
    schemes=st.dictionaries(WORDS, VALUES, max_size=2),
    more=st.dictionaries(KEYS, VALUES, max_size=2),
)
@settings(max_examples=80, deadline=None)
def test_random_documents_are_read_without_a_crash(operation: Any, schemes: Any, more: Any) -> None:
    components = {"securitySchemes": schemes, "schemas": more, "parameters": more}
    read_definition(document(operation, components=components, **more))
