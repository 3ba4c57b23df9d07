"""Paths and methods to resources."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from archlib.local.gateway.configuration import Integration, Method, Resource
from archlib.local.gateway.routing import Router

INTEGRATION = Integration("MOCK", "", "POST", {}, {}, "NEVER", 29.0, None, "n", (), ())
METHOD = Method(
    "GET", "NONE", None, frozenset(), False, (), False, False, {}, None, INTEGRATION
)  # fmt: skip


def router(**resources: str) -> Router:
    return Router(
        Resource(
            path, path, {m: dataclasses.replace(METHOD, http_method=m) for m in methods.split()}
        )
        for path, methods in resources.items()
    )


TABLE = router(
    **{
        "/": "GET",
        "/todos": "GET POST",
        "/todos/{id}": "GET ANY",
        "/todos/new": "GET",
        "/todos/{id}/items/{item}": "GET",
        "/files/{path+}": "GET",
        "/files/readme": "POST",
        "/{proxy+}": "ANY",
        "/only": "GET",
        "/only/{x}": "DELETE",
        "/a b": "GET",
    }
)


@pytest.mark.parametrize(
    ("method", "path", "resource", "declared", "parameters"),
    [
        ("GET", "/", "/", "GET", {}),
        ("GET", "/todos", "/todos", "GET", {}),
        ("GET", "/todos/", "/todos", "GET", {}),
        ("POST", "/todos", "/todos", "POST", {}),
        ("GET", "/todos/new", "/todos/new", "GET", {}),
        ("GET", "/todos/7", "/todos/{id}", "GET", {"id": "7"}),
        ("PUT", "/todos/7", "/todos/{id}", "ANY", {"id": "7"}),
        # the exact resource has no PUT: the next best one that has it answers
        ("PUT", "/todos/new", "/todos/{id}", "ANY", {"id": "new"}),
        ("GET", "/todos/7/items/9", "/todos/{id}/items/{item}", "GET", {"id": "7", "item": "9"}),
        ("GET", "/files/a/b.txt", "/files/{path+}", "GET", {"path": "a/b.txt"}),
        ("GET", "/files/readme", "/files/{path+}", "GET", {"path": "readme"}),
        ("POST", "/files/readme", "/files/readme", "POST", {}),
        ("GET", "/elsewhere/deep", "/{proxy+}", "ANY", {"proxy": "elsewhere/deep"}),
        ("DELETE", "/todos", "/{proxy+}", "ANY", {"proxy": "todos"}),
        # percent-decoding: per segment, after splitting
        ("GET", "/todos/a%2Fb", "/todos/{id}", "GET", {"id": "a/b"}),
        ("GET", "/todos/%C3%A9", "/todos/{id}", "GET", {"id": "é"}),
        ("GET", "/a%20b", "/a b", "GET", {}),
        ("GET", "/todos/a+b", "/todos/{id}", "GET", {"id": "a+b"}),
        ("GET", "/files", "/{proxy+}", "ANY", {"proxy": "files"}),
        ("GET", "/todos//", "/todos", "GET", {}),
    ],
)
def test_the_most_specific_resource_with_the_method_wins(
    method: str, path: str, resource: str, declared: str, parameters: dict[str, str]
) -> None:
    found = TABLE.match(method, path)
    assert found is not None
    assert found.resource.path == resource
    assert found.method.http_method == declared
    assert found.parameters == parameters


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("GET", "/a"), ("POST", "/a/b"), ("GET", "/b"), ("GET", "/a//c")],
)
def test_no_match_without_resource_or_method(method: str, path: str) -> None:
    assert router(**{"/": "GET", "/a/b": "GET", "/a/{x}/c": "GET"}).match(method, path) is None


def test_a_greedy_parameter_needs_a_segment() -> None:
    assert router(**{"/": "POST", "/{proxy+}": "ANY"}).match("GET", "/") is None


# -- through the socket's edge -----------------------------------------------------------------


def test_requests_httpx_and_urllib3_reach_the_same_stage(gateway: Any) -> None:
    import httpx
    import requests
    import urllib3

    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    gateway.answer({"statusCode": 200, "body": "hello"})
    url = api.url("/todos?a=1")
    assert requests.get(url, timeout=5).text == "hello"
    assert httpx.get(url).text == "hello"
    assert urllib3.request("GET", url).data == b"hello"
    assert len(gateway.lambdas.calls) == 3


def test_plain_http_is_refused_at_the_connection(gateway: Any) -> None:
    import requests

    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    with pytest.raises(requests.exceptions.ConnectionError, match="HTTPS only"):
        requests.get(api.url("/todos", scheme="http"), timeout=5)
    assert gateway.lambdas.calls == []


def test_unknown_api_stage_and_disabled_endpoint_are_forbidden(gateway: Any) -> None:
    import requests

    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    off = gateway.api(disableExecuteApiEndpoint=True)
    off.method("GET", "/todos")
    off.deploy()
    for url in (
        api.url("/todos", stage="nope"),
        "https://nosuchapi0.execute-api.us-east-1.amazonaws.com/prod/todos",
        off.url("/todos"),
    ):
        answer = requests.get(url, timeout=5)
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
        assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"
        assert answer.headers["x-amzn-RequestId"]


def test_missing_resource_asks_for_a_signature(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    for method, path in (("GET", "/nowhere"), ("POST", "/todos"), ("GET", "")):
        answer = api.send(method, path)
        assert answer.status_code == 403
        assert answer.json() == {"message": "Missing Authentication Token"}
        assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    # AWS tries to read any Authorization header there as a signature
    answer = api.get("/nowhere", headers={"Authorization": "Bearer abc"})
    assert answer.status_code == 403
    assert answer.headers["x-amzn-ErrorType"] == "IncompleteSignatureException"
    assert answer.json()["message"].startswith("Invalid key=value pair (missing equal-sign)")


def test_a_request_leaves_its_hops(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos/{id}")
    api.deploy()
    mark = gateway.cloud.trace.mark()
    answer = api.get("/todos/7")
    first, second = gateway.cloud.trace.since(mark)
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}"
    assert (first.source, first.target, first.action) == (
        "client", arn, "execute-api:GET /todos/{id}",
    )  # fmt: skip
    assert first.status == 200
    assert first.duration > 0
    assert first.detail["stage"] == "prod"
    assert first.detail["path"] == "/prod/todos/7"
    assert first.detail["request_id"] == answer.headers["x-amzn-RequestId"]
    assert (second.parent, second.source, second.target) == (
        first.number, arn, gateway.function_arn,
    )  # fmt: skip
