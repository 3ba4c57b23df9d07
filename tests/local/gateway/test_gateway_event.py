"""The proxy event, field by field, and the answer made of a function's output."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"


def test_the_event_has_awss_documented_shape(gateway: Any) -> None:
    """AWS: "Set up Lambda proxy integrations in API Gateway", the sample POST request."""
    api = gateway.api()
    resource = api.method("ANY", "/{proxy+}")
    deployment = api.deploy("testStage", variables={"stageVariableName": "stageVariableValue"})
    answer = api.send(
        "POST",
        "/hello/world?name=me&multivalueName=you&multivalueName=me",
        stage="testStage",
        data='{\r\n\t"a": 1\r\n}',
        headers={
            "Content-Type": "application/json",
            "headerName": "headerValue",
            "User-Agent": "PostmanRuntime/2.4.5",
        },
    )
    event = gateway.lambdas.calls[-1]["event"]
    host = f"{api.id}.execute-api.us-east-1.amazonaws.com"
    trace = event["headers"]["X-Amzn-Trace-Id"]
    context = event["requestContext"]
    expected_headers = {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/json",
        "Host": host,
        "User-Agent": "PostmanRuntime/2.4.5",
        "X-Amzn-Trace-Id": trace,
        "X-Forwarded-For": "203.0.113.10",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        "headerName": "headerValue",
    }
    assert event == {
        "resource": "/{proxy+}",
        "path": "/hello/world",
        "httpMethod": "POST",
        "headers": expected_headers,
        "multiValueHeaders": {name: [value] for name, value in expected_headers.items()},
        "queryStringParameters": {"name": "me", "multivalueName": "me"},
        "multiValueQueryStringParameters": {"name": ["me"], "multivalueName": ["you", "me"]},
        "pathParameters": {"proxy": "hello/world"},
        "stageVariables": {"stageVariableName": "stageVariableValue"},
        "requestContext": {
            "accountId": "123456789012",
            "resourceId": resource,
            "stage": "testStage",
            "requestId": answer.headers["x-amzn-RequestId"],
            "extendedRequestId": answer.headers["x-amz-apigw-id"],
            "identity": {
                "cognitoIdentityPoolId": None,
                "accountId": None,
                "cognitoIdentityId": None,
                "caller": None,
                "sourceIp": "203.0.113.10",
                "principalOrgId": None,
                "accessKey": None,
                "cognitoAuthenticationType": None,
                "cognitoAuthenticationProvider": None,
                "userArn": None,
                "userAgent": "PostmanRuntime/2.4.5",
                "user": None,
            },
            "resourcePath": "/{proxy+}",
            "httpMethod": "POST",
            "apiId": api.id,
            "path": "/testStage/hello/world",
            "protocol": "HTTP/1.1",
            "domainName": host,
            "domainPrefix": api.id,
            "deploymentId": deployment,
            "requestTime": context["requestTime"],
            "requestTimeEpoch": context["requestTimeEpoch"],
        },
        "body": '{\r\n\t"a": 1\r\n}',
        "isBase64Encoded": False,
    }
    assert context["requestTime"].startswith("05/Jan/2026:")
    assert context["requestTime"].endswith(" +0000")
    assert abs(context["requestTimeEpoch"] / 1000 - gateway.cloud.clock.time()) < 60
    assert trace.startswith("Root=1-")
    assert answer.headers["X-Amzn-Trace-Id"] == trace


def test_absent_things_are_null_and_the_path_stays_as_sent(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos/{id}")
    api.deploy()
    api.get("/todos/a%20b%2Fc/", headers={"X-Forwarded-For": "198.51.100.7"})
    event = gateway.lambdas.calls[-1]["event"]
    assert event["path"] == "/todos/a%20b%2Fc/"
    assert event["pathParameters"] == {"id": "a b/c"}
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None
    assert event["stageVariables"] is None
    assert event["body"] is None
    assert event["headers"]["X-Forwarded-For"] == "198.51.100.7, 203.0.113.10"


def test_the_invocation_names_stage_method_and_resource(gateway: Any) -> None:
    api = gateway.api()
    api.method("ANY", "/todos/{id}")
    api.deploy()
    api.send("DELETE", "/todos/7")
    assert gateway.lambdas.calls[-1]["source_arn"] == (
        f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/prod/DELETE/todos/{{id}}"
    )


def test_binary_bodies_travel_as_base64_where_the_api_says_so(gateway: Any) -> None:
    api = gateway.api(binaryMediaTypes=["image/png"])
    api.method("POST", "/files")
    api.deploy()
    raw = b"\x89PNG\x00\xff"
    api.send("POST", "/files", data=raw, headers={"Content-Type": "image/png"})
    event = gateway.lambdas.calls[-1]["event"]
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == raw
    gateway.answer(
        {
            "statusCode": 200,
            "headers": {"Content-Type": "image/png"},
            "body": base64.b64encode(raw).decode(),
            "isBase64Encoded": True,
        }
    )
    asked = api.send("POST", "/files", headers={"Accept": "image/png,*/*"})
    assert asked.content == raw
    plain = api.send("POST", "/files", headers={"Accept": "text/html"})
    assert plain.content == base64.b64encode(raw)


@pytest.mark.parametrize(
    ("output", "status", "body"),
    [
        ({}, 200, ""),
        ({"statusCode": "201"}, 201, ""),
        ({"statusCode": 404, "body": "gone"}, 404, "gone"),
        ({"statusCode": 200, "body": None, "headers": None}, 200, ""),
        ({"statusCode": 200, "headers": {"X-Flag": True, "X-Number": 3}}, 200, ""),
    ],
)
def test_well_formed_outputs(gateway: Any, output: Any, status: int, body: str) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    api.deploy()
    gateway.answer(output)
    answer = api.get("/x")
    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "output",
    [
        "just text",
        [1, 2],
        None,
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "extra": 1},
        {"statusCode": "ok"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": {}}},
        {"statusCode": 200, "multiValueHeaders": {"a": "not a list"}},
        b"not json",
    ],
)
def test_malformed_outputs_are_a_bad_gateway(gateway: Any, output: Any) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    api.deploy()
    gateway.answer(output)
    answer = api.get("/x")
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


def test_a_failing_function_is_a_bad_gateway(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    api.deploy()

    def fail(event: Any) -> Any:
        raise RuntimeError("boom")

    gateway.lambdas.handlers[gateway.function_arn] = fail
    answer = api.get("/x")
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    assert "boom" not in answer.text


def test_a_function_that_may_not_be_invoked_is_a_server_error(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    api.deploy()
    del gateway.lambdas.handlers[gateway.function_arn]
    answer = api.get("/x")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(("takes", "status"), [(28.9, 200), (29.1, 504)])
def test_the_integration_has_29_seconds(gateway: Any, takes: float, status: int) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    api.deploy()

    def slow(event: Any) -> Any:
        gateway.cloud.clock.spend(takes)
        return {"statusCode": 200}

    gateway.lambdas.handlers[gateway.function_arn] = slow
    answer = api.get("/x")
    assert answer.status_code == status
    if status == 504:
        assert answer.json() == {"message": "Endpoint request timed out"}


def test_a_shorter_timeout_is_honoured(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/x", integration=gateway.proxy(timeoutInMillis=50))
    api.deploy()

    def slow(event: Any) -> Any:
        gateway.cloud.clock.spend(0.06)
        return {"statusCode": 200}

    gateway.lambdas.handlers[gateway.function_arn] = slow
    assert api.get("/x").status_code == 504


def test_headers_of_the_back_end_are_merged_remapped_and_dropped(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    api.deploy()
    gateway.answer(
        {
            "statusCode": 200,
            "headers": {"Set-Cookie": "lost=1", "Date": "yesterday", "Transfer-Encoding": "chunked",
                        "WWW-Authenticate": "Basic", "X-One": "1"},
            "multiValueHeaders": {"set-cookie": ["a=1", "b=2"], "Content-Type": ["text/plain"]},
            "body": "x",
        }
    )  # fmt: skip
    import urllib3

    answer = urllib3.request("GET", api.url("/x"))
    assert answer.headers.getlist("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["x-amzn-Remapped-Date"] == "yesterday"
    assert answer.headers["x-amzn-Remapped-WWW-Authenticate"] == "Basic"
    assert answer.headers["Date"].endswith(" GMT")
    assert "Transfer-Encoding" not in answer.headers
    assert answer.headers["X-One"] == "1"


def test_head_has_the_length_without_the_body(gateway: Any) -> None:
    api = gateway.api()
    api.method("ANY", "/x")
    api.deploy()
    gateway.answer({"statusCode": 200, "body": "12345"})
    answer = api.send("HEAD", "/x")
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "5")


def test_large_answers_are_compressed_for_clients_that_accept_it(gateway: Any) -> None:
    import urllib3

    api = gateway.api(minimumCompressionSize=100)
    api.method("ANY", "/x")
    api.deploy()
    gateway.answer({"statusCode": 200, "body": "a" * 1000})
    packed = urllib3.request(
        "GET", api.url("/x"), headers={"Accept-Encoding": "gzip"}, decode_content=False
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == b"a" * 1000
    assert packed.headers["Content-Length"] == str(len(packed.data))
    plain = urllib3.request("GET", api.url("/x"), headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in plain.headers
    gateway.answer({"statusCode": 200, "body": "short"})
    assert "Content-Encoding" not in api.get("/x").headers
    api.send("POST", "/x", data=gzip.compress(b'{"z":1}'), headers={"Content-Encoding": "gzip"})
    assert gateway.lambdas.calls[-1]["event"]["body"] == '{"z":1}'


def test_payload_and_header_limits(gateway: Any) -> None:
    api = gateway.api()
    api.method("POST", "/x")
    api.deploy()
    too_long = api.send("POST", "/x", data=b"x" * (10 * 1024 * 1024 + 1))
    assert too_long.status_code == 413
    assert too_long.text == "HTTP content length exceeded 10485760 bytes."
    assert api.send("POST", "/x", data=b"x" * (10 * 1024 * 1024)).status_code == 200
    wide = api.send("POST", "/x", headers={"X-Wide": "x" * 10241})
    assert wide.status_code == 431


def test_asynchronous_invocation_of_a_custom_integration(gateway: Any) -> None:
    api = gateway.api()
    api.method(
        "POST",
        "/x",
        integration={
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": gateway.uri(gateway.function_arn),
            "requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        },
    )
    api.client.put_integration_response(
        restApiId=api.id, resourceId=api.resource("/x"), httpMethod="POST", statusCode="202",
        selectionPattern="",
    )  # fmt: skip
    api.deploy()
    answer = api.send("POST", "/x", data=json.dumps({"a": 1}))
    assert answer.status_code == 202
    assert gateway.lambdas.calls[-1]["asynchronous"] is True
    assert gateway.lambdas.calls[-1]["event"] == {"a": 1}


def test_a_stage_variable_names_the_function(gateway: Any) -> None:
    api = gateway.api()
    named = gateway.function_arn.removesuffix("todo") + "${stageVariables.fn}"
    api.method("GET", "/x", integration=gateway.proxy(named))
    api.deploy(variables={"fn": "todo"})
    assert api.get("/x").status_code == 200
    api.patch_stage({"/variables/fn": "other"})
    assert api.get("/x").status_code == 500


def test_the_method_override_header(gateway: Any) -> None:
    api = gateway.api()
    api.method("PUT", "/x")
    api.deploy()
    answer = api.send("POST", "/x", headers={"X-HTTP-Method-Override": "PUT"})
    assert answer.json()["httpMethod"] == "PUT"


def test_many_clients_at_once(gateway: Any) -> None:
    """Served over sockets later: shared state must bear threads."""
    import threading

    from archlib.local.http import HttpRequest

    api = gateway.api()
    api.method(
        "GET", "/n/{id}", requestParameters={"method.request.path.id": True},
        integration=gateway.proxy(cacheKeyParameters=["method.request.path.id"]),
    )  # fmt: skip
    api.deploy()
    api.patch_stage({"/cacheClusterEnabled": "true", "/*/*/caching/enabled": "true"})
    gateway.lambdas.handlers[gateway.function_arn] = lambda event: {
        "statusCode": 200, "body": event["pathParameters"]["id"],
    }  # fmt: skip
    wrong: list[object] = []

    def work() -> None:
        for i in range(60):
            try:
                answer = gateway.plane.serve(HttpRequest.of("GET", api.url(f"/n/{i % 7}")))
                if answer.body != str(i % 7).encode():
                    wrong.append(answer)
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
