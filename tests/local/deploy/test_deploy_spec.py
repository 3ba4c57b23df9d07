"""Property specifications: what is accepted, what is refused, and what is sent to the API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session

from archlib.local.deploy import coverage, registry
from archlib.local.deploy.intrinsics import Unknown
from archlib.local.deploy.providers import TYPES
from archlib.local.deploy.providers.apigateway.patches import patches
from archlib.local.deploy.providers.apigateway.stages import method_settings
from archlib.local.deploy.providers.lambda_ import inline_zip
from archlib.local.deploy.shapes import arguments
from archlib.local.deploy.spec import BOOLEAN, ListOf, Shaped, check, one_of, record


def models(service: str) -> Any:
    return get_session().get_service_model(service)


SPEC = record(
    "Name! Count:i Ratio:n On:b Doc:j Labels:m Zones:[] Tags:tags",
    Rules=ListOf(record("Id!", Mode=one_of("Fast", "Slow"))),
)


def test_values_are_normalised() -> None:
    written = {
        "Name": 7,
        "Count": "30",
        "Ratio": "1.5",
        "On": "true",
        "Doc": {"a": 1},
        "Labels": {"x": True},
        "Zones": ["a", 1],
        "Tags": [{"Key": "k", "Value": 1}],
        "Rules": [{"Id": "a", "Mode": "Fast"}],
    }
    found, problems = check(SPEC, written, models)
    assert problems == ()
    assert found == {
        "Name": "7",
        "Count": 30,
        "Ratio": 1.5,
        "On": True,
        "Doc": {"a": 1},
        "Labels": {"x": "true"},
        "Zones": ["a", "1"],
        "Tags": [{"Key": "k", "Value": "1"}],
        "Rules": [{"Id": "a", "Mode": "Fast"}],
    }


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ({}, "#: required key [Name] not found"),
        ({"Name": "a", "Cuont": 1}, "#/Cuont: extraneous key [Cuont] is not permitted (did you me"),
        ({"Name": ["a"]}, "#/Name: expected type: String, found: JSONArray"),
        ({"Name": "a", "Count": "many"}, "#/Count: expected type: Integer, found: String 'many'"),
        ({"Name": "a", "Count": 1.5}, "#/Count: expected type: Integer, found: Number"),
        ({"Name": "a", "On": "maybe"}, "#/On: expected type: Boolean"),
        ({"Name": "a", "Doc": []}, "#/Doc: expected type: JSONObject, found: JSONArray"),
        ({"Name": "a", "Zones": "a"}, "#/Zones: expected type: JSONArray, found: String"),
        ({"Name": "a", "Rules": [{}, {}]}, "#/Rules/0: required key [Id] not found"),
        (
            {"Name": "a", "Rules": [{"Id": "x", "Mode": "Fats"}]},
            "#/Rules/0/Mode: Fats is not a valid enum value (did you mean Fast?)",
        ),
    ],
)
def test_problems_say_where(written: Any, text: str) -> None:
    _, problems = check(SPEC, written, models)
    assert str(problems[0]).startswith(text)


def test_the_unknown_fits_anywhere() -> None:
    written = {"Name": Unknown(), "Zones": Unknown(), "Rules": [Unknown()], "Doc": {"a": Unknown()}}
    assert check(SPEC, written, models)[1] == ()


def test_botocore_shapes_specify_nested_properties() -> None:
    schema = Shaped("dynamodb", "CreateTable", ("KeySchema",))
    _, problems = check(schema, [{"AttributeName": "a", "KeyTyp": "HASH"}], models)
    assert [str(p) for p in problems] == [
        "#/0: required key [KeyType] not found",
        "#/0/KeyTyp: extraneous key [KeyTyp] is not permitted (did you mean KeyType?)",
    ]
    billing = Shaped("dynamodb", "CreateTable", ("BillingMode",))
    _, problems = check(billing, "PAY_PER_REQEST", models)
    assert "did you mean PAY_PER_REQUEST?" in str(problems[0])


def test_casing_documents_and_tags_reach_the_api() -> None:
    sent = arguments(
        models,
        "apigateway",
        "CreateRestApi",
        {
            "Name": "x",
            "Policy": {"Version": "2012-10-17"},
            "Tags": [{"Key": "a", "Value": "b"}],
            "EndpointConfiguration": {"Types": ["REGIONAL"]},
        },
    )
    assert sent == {
        "name": "x",
        "policy": '{"Version":"2012-10-17"}',
        "tags": {"a": "b"},
        "endpointConfiguration": {"types": ["REGIONAL"]},
    }
    assert arguments(models, "dax", "TagResource", {"Tags": {"a": "b"}}) == {
        "Tags": [{"Key": "a", "Value": "b"}]
    }


def test_registry_tells_unknown_from_not_honoured() -> None:
    assert registry.has_property("AWS::S3::Bucket", ("ReplicationConfiguration",)) is True
    assert registry.has_property("AWS::S3::Bucket", ("Replication",)) is False
    assert registry.has_property("AWS::Nope::Nope", ("X",)) is None
    assert "AWS::S3::Bucket" in registry.types()


def _registry_path(path: str) -> tuple[str, ...]:
    return tuple(path.replace("[]", ".0").split("."))


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_honoured_property_exists_in_cloudformation(name: str) -> None:
    assert name in registry.types()
    entry = next(item for item in coverage() if item.type == name)
    strange = [
        path
        for path in entry.properties
        if "{}" not in path and registry.has_property(name, _registry_path(path)) is False
    ]
    assert strange == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_replacement_follows_the_registry(name: str) -> None:
    kind, schema = TYPES[name], registry.schema(name)
    demanded = {
        path.removeprefix("/properties/")
        for path in schema.get("createOnlyProperties", ())
        if path.count("/") == 2
    } & set(kind.properties.fields)
    if kind.update is not None:
        assert demanded <= kind.replacement
    assert kind.replacement <= set(kind.properties.fields) | demanded | {"GenerateDistinctId"}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_attributes_exist_in_cloudformation(name: str) -> None:
    properties = set(registry.schema(name).get("properties", ()))
    known = registry.attributes(name) | properties | {"QueueName", "TopicName", "Name"}
    assert set(TYPES[name].attributes) <= known


def test_patches() -> None:
    assert patches("/name", "a", "b") == [{"op": "replace", "path": "/name", "value": "b"}]
    assert patches("/name", "a", None) == [{"op": "remove", "path": "/name"}]
    assert patches("/v", {"a": "1", "b": "2"}, {"b": "3", "c/d": "4"}) == [
        {"op": "remove", "path": "/v/a"},
        {"op": "replace", "path": "/v/b", "value": "3"},
        {"op": "add", "path": "/v/c~1d", "value": "4"},
    ]
    assert patches("/l", ["a", "b"], ["b", "c"]) == [
        {"op": "remove", "path": "/l", "value": "a"},
        {"op": "add", "path": "/l", "value": "c"},
    ]


def test_method_settings_paths() -> None:
    settings = [
        {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": False},
        {"ResourcePath": "/~1todos~1{id}", "HttpMethod": "GET", "CacheTtlInSeconds": 60},
        {"ResourcePath": "/todos", "HttpMethod": "GET", "MetricsEnabled": True},
    ]
    assert method_settings(settings) == {
        "/*/*/caching/enabled": "false",
        "/~1todos~1{id}/GET/caching/ttlInSeconds": "60",
        "/~1todos/GET/metrics/enabled": "true",
    }


def test_inline_code_packs_to_the_same_bytes() -> None:
    assert inline_zip("x = 1", "python3.12") == inline_zip("x = 1", "python3.12")
    assert b"index.py" in inline_zip("x = 1", "python3.12")


def test_a_boolean_is_no_integer() -> None:
    assert check(record("Count:i"), {"Count": True}, models)[1]
    assert check(BOOLEAN, 1, models)[1]
