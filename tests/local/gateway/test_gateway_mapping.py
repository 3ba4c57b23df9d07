"""MOCK and other mapped integrations: templates, parameter mappings, CORS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.local.gateway.templates import select


def mapped(
    gateway: Any,
    integration: dict[str, Any],
    responses: list[dict[str, Any]] | None = None,
    method: str = "POST",
    **options: Any,
) -> Any:
    api = gateway.api()
    where = {
        "restApiId": api.id,
        "resourceId": api.method(method, "/x/{id}", integration=integration, **options),
        "httpMethod": method,
    }
    for response in responses if responses is not None else [{"statusCode": "200"}]:
        api.client.put_method_response(**where, statusCode=response["statusCode"])
        api.client.put_integration_response(**where, **{"selectionPattern": "", **response})
    api.deploy(variables={"colour": "blue"})
    return api


def mock(template: str = '{"statusCode": 200}', **options: Any) -> dict[str, Any]:
    return {"type": "MOCK", "requestTemplates": {"application/json": template}, **options}


def rendered(gateway: Any, template: str, body: str = "", query: str = "", **headers: str) -> str:
    api = mapped(
        gateway, mock(),
        [{"statusCode": "200", "responseTemplates": {"application/json": template}}],
    )  # fmt: skip
    return str(api.send("POST", f"/x/7{query}", data=body, headers=headers).text)


def test_cors_preflight_by_mock(gateway: Any) -> None:
    origin = "method.response.header.Access-Control-Allow-Origin"
    api = mapped(
        gateway,
        mock(),
        [
            {
                "statusCode": "204",
                "responseParameters": {
                    origin: "'https://example.com'",
                    "method.response.header.Access-Control-Allow-Methods": "'GET,POST,OPTIONS'",
                    "method.response.header.Access-Control-Allow-Headers": "'Authorization'",
                },
            }
        ],
        method="OPTIONS",
    )
    answer = api.send(
        "OPTIONS", "/x/1",
        headers={"Origin": "https://example.com", "Access-Control-Request-Method": "GET"},
    )  # fmt: skip
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://example.com"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET,POST,OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization"
    assert "X-Amzn-Trace-Id" not in answer.headers
    assert gateway.lambdas.calls == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$input.params('id')", "7"),
        ("$input.params('q')", "two"),
        ("$input.params('X-H')", "h"),
        ("$input.params('nothing')", ""),
        ("$input.params().path.id/$input.params().querystring.q", "7/two"),
        ("$stageVariables.colour", "blue"),
        ("$stageVariables.missing", ""),
        ("$context.httpMethod $context.resourcePath $context.stage", "POST /x/{id} prod"),
        ("$context.identity.sourceIp", "203.0.113.10"),
        ("[$context.identity.apiKey]", "[]"),
        ("[$context.authorizer.principalId]", "[]"),
        ('$util.escapeJavaScript("it\'s")', "it\\'s"),
        ("$util.urlEncode('a b&c')", "a+b%26c"),
        ("$util.urlDecode('a+b%26c')", "a b&c"),
        ("$util.base64Encode('hé')", "aMOp"),
        ("$util.base64Decode('aMOp')", "hé"),
        ("$util.parseJson('{\"k\":[1,2]}').k.size()", "2"),
        ("#set($n = 3)#if($n > 2)many#{else}few#end", "many"),
        ("#foreach($i in [1,2,3])$i#if($foreach.hasNext),#end#end", "1,2,3"),
    ],
)
def test_template_variables(gateway: Any, template: str, expected: str) -> None:
    assert rendered(gateway, template, query="?q=one&q=two", **{"X-H": "h"}) == expected


BODY = json.dumps({"a": {"b": [{"c": 1}, {"c": 2}]}, "t": 'é"x', "odd key": True})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$input.json('$')", '{"a":{"b":[{"c":1},{"c":2}]},"t":"é\\"x","odd key":true}'),
        ("$input.json('$.a.b[1].c')", "2"),
        ("$input.json('$.t')", '"é\\"x"'),
        ("$input.json('$.none')", '""'),
        ("$input.json(\"$['odd key']\")", "true"),
        ("$input.path('$.t')", 'é"x'),
        ("$input.path('$.a.b[0].c')", "1"),
        ("$input.path('$.none')", ""),
        ("$input.path('$.a.b').size()", "2"),
        ("#foreach($e in $input.path('$.a.b'))$e.c;#end", "1;2;"),
        ("$input.json('$.a.b[*].c')", "[1,2]"),
        ("$input.body", BODY),
    ],
)
def test_payloads_in_a_function_request(gateway: Any, template: str, expected: str) -> None:
    api = mapped(
        gateway,
        {
            "type": "AWS", "integrationHttpMethod": "POST",
            "uri": gateway.uri(gateway.function_arn),
            "requestTemplates": {
                "application/json": '{"got": "$util.base64Encode(' + template + ')"}'
            },
        } if not template.startswith("#") else {
            "type": "AWS", "integrationHttpMethod": "POST",
            "uri": gateway.uri(gateway.function_arn),
            "requestTemplates": {"application/json": '{"plain": "' + template + '"}'},
        },
    )  # fmt: skip
    import base64

    api.send("POST", "/x/7", data=BODY.encode())
    event = gateway.lambdas.calls[-1]["event"]
    got = event["plain"] if "plain" in event else base64.b64decode(event["got"]).decode()
    assert (json.loads(got) == json.loads(expected)) if got[:1] == "{" else got == expected


@pytest.mark.parametrize(
    ("path", "value"),
    [("$", {"a": [1]}), ("$.a", [1]), ("$.a[0]", 1), ("a", [1]), ("$.a[3]", None), ("$.a.b", None)],
)
def test_simple_paths(path: str, value: Any) -> None:
    assert select({"a": [1]}, path) == value


def test_the_mock_request_chooses_the_response(gateway: Any) -> None:
    api = mapped(
        gateway,
        mock('{"statusCode": #if($input.params(\'fail\') == \'1\')500#{else}200#end}'),
        [
            {"statusCode": "200", "responseTemplates": {"application/json": '{"ok":true}'}},
            {"statusCode": "503", "selectionPattern": "5\\d\\d",
             "responseTemplates": {"application/json": '{"ok":false}'}},
        ],
    )  # fmt: skip
    assert (api.send("POST", "/x/1").status_code, api.send("POST", "/x/1").json()) == (
        200, {"ok": True},
    )  # fmt: skip
    failed = api.send("POST", "/x/1?fail=1")
    assert (failed.status_code, failed.json()) == (503, {"ok": False})


def test_response_overrides(gateway: Any) -> None:
    api = mapped(
        gateway,
        mock(),
        [
            {
                "statusCode": "200",
                "responseTemplates": {
                    "application/json": "#set($context.responseOverride.status = 418)"
                    '#set($context.responseOverride.header.Kettle = "on")short'
                },
            }
        ],
    )
    answer = api.send("POST", "/x/1")
    assert (answer.status_code, answer.headers["Kettle"], answer.text) == (418, "on", "short")


@pytest.mark.parametrize(
    ("passthrough", "content_type", "status"),
    [
        ("WHEN_NO_MATCH", "application/json", 200),
        ("WHEN_NO_MATCH", None, 200),
        ("WHEN_NO_MATCH", "application/json; charset=utf-8", 200),
        ("NEVER", "text/plain", 415),
        ("WHEN_NO_TEMPLATES", "text/plain", 415),
        ("NEVER", "application/json", 200),
        # passed through: the body itself must then say the status
        ("WHEN_NO_MATCH", "text/plain", 500),
    ],
)
def test_passthrough(gateway: Any, passthrough: str, content_type: str | None, status: int) -> None:
    api = mapped(gateway, mock(passthroughBehavior=passthrough))
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = api.send("POST", "/x/1", headers=headers, data=b"{}")
    assert answer.status_code == status
    if status == 415:
        assert answer.json() == {"message": "Unsupported Media Type"}


def test_a_broken_template_is_a_server_error(gateway: Any) -> None:
    assert json.loads(rendered(gateway, "#if($x")) == {"message": "Internal server error"}
    assert json.loads(rendered(gateway, "$util.parseJson('nope')")) == {
        "message": "Internal server error"
    }


def test_a_mock_without_a_fitting_response_is_a_server_error(gateway: Any) -> None:
    api = mapped(gateway, mock(), [{"statusCode": "400", "selectionPattern": "4\\d\\d"}])
    assert api.send("POST", "/x/1").status_code == 500


# -- a function, not proxied -------------------------------------------------------------------


def test_function_errors_select_the_response_by_their_message(gateway: Any) -> None:
    api = mapped(
        gateway,
        {"type": "AWS", "integrationHttpMethod": "POST", "uri": gateway.uri(gateway.function_arn)},
        [
            {"statusCode": "200"},
            {"statusCode": "404", "selectionPattern": "Not found: .*",
             "responseTemplates": {"application/json":
                 '{"error": $input.json(\'$.errorMessage\')}'},
             "responseParameters": {"method.response.header.X-Type":
                 "integration.response.body.errorType"}},
        ],
    )  # fmt: skip

    def run(event: Any) -> Any:
        if event.get("id"):
            raise KeyError("x") if event["id"] == 2 else LookupError(f"Not found: {event['id']}")
        return {"fine": True}

    gateway.lambdas.handlers[gateway.function_arn] = run
    assert api.send("POST", "/x/1", data="{}").json() == {"fine": True}
    missing = api.send("POST", "/x/1", data='{"id": 1}')
    assert (missing.status_code, missing.json()) == (404, {"error": "Not found: 1"})
    assert missing.headers["X-Type"] == "LookupError"
    assert api.send("POST", "/x/1", data='{"id": 2}').status_code == 200  # the default response


def test_mapped_parameters_reach_a_local_http_endpoint(gateway: Any) -> None:
    from archlib.errors import Unsupported
    from archlib.local.http import HttpRequest, HttpResponse

    seen: list[HttpRequest] = []

    def serve(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse(201, (("Content-Type", "text/plain"), ("X-Back", "end")), b"made")

    gateway.cloud.http.serve(r"backend\.example\.com", serve)
    integration = {
        "type": "HTTP_PROXY", "integrationHttpMethod": "ANY",
        "uri": "https://backend.example.com/${stageVariables.colour}/{item}",
        "requestParameters": {
            "integration.request.path.item": "method.request.path.id",
            "integration.request.header.X-Static": "'yes'",
            "integration.request.querystring.stage": "context.stage",
        },
    }  # fmt: skip
    api = mapped(
        gateway, integration, method="ANY", requestParameters={"method.request.path.id": True}
    )
    answer = api.send("PUT", "/x/a%20b?q=1", data="body", headers={"X-Mine": "1"})
    assert (answer.status_code, answer.text, answer.headers["X-Back"]) == (201, "made", "end")
    (request,) = seen
    assert (request.method, request.path, request.query) == (
        "PUT", "/blue/a%20b", "q=1&stage=prod",
    )  # fmt: skip
    assert request.header("X-Static") == "yes"
    assert request.header("X-Mine") == "1"
    assert request.body == b"body"
    elsewhere = mapped(
        gateway, {**integration, "uri": "https://elsewhere.example.com/{item}"}, method="ANY",
        requestParameters={"method.request.path.id": True},
    )  # fmt: skip
    with pytest.raises(Unsupported, match=r"elsewhere\.example\.com"):
        elsewhere.send("GET", "/x/1")
