"""Models whose schema is no JSON Schema of draft 4 are refused when they come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.local.gateway.schemas import schema_problem

WRONG = "Invalid model schema specified"
UNCANONICAL = "Model reference must be in canonical form"
GOOD: tuple[dict[str, Any], ...] = (
    {},
    {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"},
    {"type": ["string", "null"], "minimum": 1, "exclusiveMinimum": True},
    {"$ref": "https://apigateway.amazonaws.com/restapis/abc123/models/Todo"},
    {"definitions": {"a": {"type": "string"}}, "properties": {"a": {"$ref": "#/definitions/a"}}},
    {"properties": {"$ref": {"type": "string"}}, "default": {"$ref": "anything"}},
)
BAD: tuple[tuple[Any, list[str]], ...] = (
    ({"type": "String"}, [WRONG]),
    ({"type": "object", "required": []}, [WRONG]),
    ({"properties": {"a": {"type": "string", "required": True}}}, [WRONG]),
    ({"minimum": 1, "exclusiveMinimum": 5}, [WRONG]),
    ({"minLength": "1", "maxLength": "35"}, [WRONG, WRONG]),
    ({"items": {"$ref": "Todo"}}, [UNCANONICAL]),
    ({"items": {"$ref": "https://example.org/todo.json"}}, [UNCANONICAL]),
    (["object"], [WRONG]),
)


def said(errors: list[str]) -> str:
    return (
        f"Invalid model specified: Validation Result: warnings : [], errors : [{', '.join(errors)}]"
    )


@pytest.mark.parametrize("schema", GOOD, ids=json.dumps)
def test_schemas_of_draft_4(schema: dict[str, Any]) -> None:
    assert schema_problem(json.dumps(schema)) is None


@pytest.mark.parametrize(("schema", "errors"), BAD, ids=str)
def test_what_is_no_schema_of_draft_4(schema: Any, errors: list[str]) -> None:
    assert schema_problem(json.dumps(schema)) == said(errors)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json(text: str) -> None:
    assert schema_problem(text) == said([WRONG])
    assert schema_problem(text, "application/xml") is None


def test_models_are_refused_when_they_come(gateway: Any) -> None:
    api = gateway.api()
    made = {"restApiId": api.id, "name": "Todo", "contentType": "application/json"}
    refusal = api.client.exceptions.BadRequestException
    with pytest.raises(refusal) as refused:
        api.client.create_model(**made, schema='{"type": "String"}')
    assert refused.value.response["Error"]["Message"] == said([WRONG])
    with pytest.raises(api.client.exceptions.NotFoundException):
        api.client.get_model(restApiId=api.id, modelName="Todo")
    api.client.create_model(**made, schema='{"type": "string"}')
    change = {"op": "replace", "path": "/schema", "value": '{"type": "text"}'}
    with pytest.raises(refusal):
        api.client.update_model(restApiId=api.id, modelName="Todo", patchOperations=[change])
    kept = api.client.get_model(restApiId=api.id, modelName="Todo")
    assert kept["schema"] == '{"type": "string"}'
    api.client.create_model(**(made | {"name": "Xml", "contentType": "text/xml"}), schema="<a/>")
