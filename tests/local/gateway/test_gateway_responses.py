"""The gateway's own answers: their defaults, their customised forms, CORS, validation."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from archlib.local.gateway.gateway_responses import KINDS, GatewayError, render

#: AWS: "Gateway response types for API Gateway", table of default status codes.
STATUSES = {
    "ACCESS_DENIED": 403, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500, "BAD_REQUEST_PARAMETERS": 400, "BAD_REQUEST_BODY": 400,
    "DEFAULT_4XX": None, "DEFAULT_5XX": None, "EXPIRED_TOKEN": 403, "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504, "INVALID_API_KEY": 403, "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403, "QUOTA_EXCEEDED": 429, "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415, "WAF_FILTERED": 403,
}  # fmt: skip


def test_every_documented_type_has_its_status() -> None:
    assert {name: kind.status for name, kind in KINDS.items()} == STATUSES


class Exchange:
    """Just enough of an exchange for an error without customisation."""

    class api:
        gateway_responses: ClassVar[dict[str, Any]] = {}

    @staticmethod
    def header(name: str) -> None:
        return None


@pytest.mark.parametrize("name", sorted(n for n, s in STATUSES.items() if s))
def test_default_bodies(name: str) -> None:
    answer = render(GatewayError(name), Exchange, lambda e, n: None)  # type: ignore[arg-type]
    assert answer.status == STATUSES[name]
    key = "Message" if name == "ACCESS_DENIED" else "message"
    assert json.loads(answer.body) == {key: KINDS[name].message}
    assert dict(answer.headers) == {
        "Content-Type": "application/json", "x-amzn-ErrorType": KINDS[name].error_type,
    }  # fmt: skip


def customise(api: Any, kind: str, **options: Any) -> None:
    api.client.put_gateway_response(restApiId=api.id, responseType=kind, **options)


def test_a_customised_response_with_cors_headers(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos", authorizationType="COGNITO_USER_POOLS", authorizerId=api.cognito())
    customise(
        api,
        "UNAUTHORIZED",
        statusCode="418",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Path": "context.resourcePath",
            "gatewayresponse.header.X-Origin": "method.request.header.Origin",
            "gatewayresponse.header.X-Query": "method.request.querystring.q",
            "gatewayresponse.header.X-None": "method.request.header.None",
        },
        responseTemplates={
            "application/json": '{"type":"$context.error.responseType","m":'
            '$context.error.messageString,"stage":"$context.stage","v":"$stageVariables.v",'
            '"not":"$context.nothing"}'
        },
    )
    api.deploy(variables={"v": "1"})
    answer = api.get("/todos?q=7", headers={"Origin": "https://example.com"})
    assert answer.status_code == 418
    assert answer.json() == {
        "type": "UNAUTHORIZED", "m": "Unauthorized", "stage": "prod", "v": "1", "not": "",
    }  # fmt: skip
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Path"] == "/todos"
    assert answer.headers["X-Origin"] == "https://example.com"
    assert answer.headers["X-Query"] == "7"
    assert "X-None" not in answer.headers


def test_the_family_default_applies_to_types_without_their_own(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    header = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    customise(api, "DEFAULT_4XX", responseParameters=header)
    customise(api, "DEFAULT_5XX", responseParameters=header, statusCode="503")
    api.deploy()
    missing = api.get("/nowhere")
    assert missing.status_code == 403
    assert missing.headers["Access-Control-Allow-Origin"] == "*"
    assert missing.json() == {"message": "Missing Authentication Token"}
    gateway.answer("malformed")
    broken = api.get("/todos")
    assert (broken.status_code, broken.headers["Access-Control-Allow-Origin"]) == (503, "*")


def test_the_template_is_chosen_by_accept(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    customise(
        api, "MISSING_AUTHENTICATION_TOKEN",
        responseTemplates={"application/json": '{"a":1}', "text/html": "<p>no</p>"},
    )  # fmt: skip
    api.deploy()
    assert api.get("/x").json() == {"a": 1}
    page = api.get("/x", headers={"Accept": "text/html"})
    assert (page.text, page.headers["Content-Type"]) == ("<p>no</p>", "text/html")


def test_gateway_responses_are_part_of_the_deployment(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    customise(api, "DEFAULT_4XX", statusCode="499")
    assert api.get("/x").status_code == 403
    api.deploy()
    assert api.get("/x").status_code == 499


def test_reading_them_shows_defaults_and_customised_ones(gateway: Any) -> None:
    api = gateway.api()
    default = api.client.get_gateway_response(restApiId=api.id, responseType="THROTTLED")
    assert default["statusCode"] == "429"
    assert default["defaultResponse"] is True
    customise(api, "THROTTLED", statusCode="503")
    items = api.client.get_gateway_responses(restApiId=api.id)["items"]
    found = {item["responseType"]: item for item in items}
    assert len(found) == len(STATUSES)
    assert (found["THROTTLED"]["statusCode"], found["THROTTLED"]["defaultResponse"]) == (
        "503", False,
    )  # fmt: skip
    with pytest.raises(api.client.exceptions.BadRequestException):
        customise(api, "NO_SUCH_TYPE")


# -- validation -------------------------------------------------------------------------------

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string", "minLength": 1}, "done": {"type": "boolean"}},
    "additionalProperties": False,
}


@pytest.fixture
def validated(gateway: Any) -> Any:
    api = gateway.api()
    validator = api.client.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )["id"]
    api.client.create_model(
        restApiId=api.id, name="Todo", contentType="application/json", schema=json.dumps(SCHEMA)
    )
    reference = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Todo"
    api.client.create_model(
        restApiId=api.id, name="Todos", contentType="application/json",
        schema=json.dumps({"type": "array", "items": {"$ref": reference}}),
    )  # fmt: skip
    api.method(
        "POST", "/todos/{id}",
        requestValidatorId=validator,
        requestModels={"application/json": "Todo", "application/x-list": "Todos"},
        requestParameters={
            "method.request.querystring.page": True,
            "method.request.header.X-Client": True,
            "method.request.path.id": True,
            "method.request.querystring.optional": False,
        },
    )  # fmt: skip
    api.method("POST", "/free", requestModels={"application/json": "Todo"})
    api.method(
        "POST", "/empty", requestValidatorId=validator, requestModels={"application/json": "Empty"}
    )
    api.deploy()
    return api


OK = {"X-Client": "a", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "message"),
    [
        ("/todos/1?page=1", OK, '{"title":"a"}', 200, None),
        ("/todos/1", OK, '{"title":"a"}', 400, "Missing required request parameters: [page]"),
        ("/todos/1?page=", OK, '{"title":"a"}', 400,
         "Missing required request parameters: [page]"),
        ("/todos/1", {}, '{"title":"a"}', 400,
         "Missing required request parameters: [X-Client, page]"),
        ("/todos/1?page=1", OK, "{}", 400, "Invalid request body"),
        ("/todos/1?page=1", OK, "", 400, "Invalid request body"),
        ("/todos/1?page=1", OK, "{not json", 400, "Invalid request body"),
        ("/todos/1?page=1", OK, '{"title":""}', 400, "Invalid request body"),
        ("/todos/1?page=1", OK, '{"title":"a","x":1}', 400, "Invalid request body"),
        ("/todos/1?page=1", {**OK, "Content-Type": "application/json; charset=utf-8"}, "{}", 400,
         "Invalid request body"),
        # a content type without a model is not validated
        ("/todos/1?page=1", {**OK, "Content-Type": "text/plain"}, "{not json", 200, None),
        ("/todos/1?page=1", {**OK, "Content-Type": "application/x-list"}, '[{"title":"a"}]', 200,
         None),
        ("/todos/1?page=1", {**OK, "Content-Type": "application/x-list"}, '[{"title":1}]', 400,
         "Invalid request body"),
        ("/free", OK, "{}", 200, None),
        ("/empty", OK, '{"anything":1}', 200, None),
    ],
)  # fmt: skip
def test_validation(
    gateway: Any, validated: Any, path: str, headers: Any, body: str, status: int, message: Any
) -> None:
    answer = validated.send("POST", path, headers=headers, data=body)
    assert answer.status_code == status, answer.text
    if message:
        assert answer.json() == {"message": message}
        assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"
        assert gateway.lambdas.calls == []


def test_the_detail_of_a_refused_body_can_be_shown(validated: Any) -> None:
    customise(
        validated, "BAD_REQUEST_BODY",
        responseTemplates={"application/json": '{"e":$context.error.validationErrorString}'},
    )  # fmt: skip
    validated.deploy()
    answer = validated.send("POST", "/todos/1?page=1", headers=OK, data="{}")
    assert answer.json() == {"e": ["'title' is a required property"]}


def test_a_model_that_does_not_exist_cannot_be_deployed(gateway: Any) -> None:
    api = gateway.api()
    api.method("POST", "/x", requestModels={"application/json": "Nothing"})
    with pytest.raises(api.client.exceptions.BadRequestException, match="Nothing"):
        api.deploy()
