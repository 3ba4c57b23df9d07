"""The control plane: snapshots, what moto drops, what is refused; access logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.errors import Unsupported


def patched(api: Any, call: str, *operations: tuple[str, str, str], **where: Any) -> Any:
    return getattr(api.client, call)(
        restApiId=api.id,
        patchOperations=[{"op": o, "path": p, "value": v} for o, p, v in operations],
        **where,
    )


def test_a_change_has_no_effect_before_the_next_deployment(gateway: Any) -> None:
    api = gateway.api()
    resource = api.method("GET", "/todos")
    first = api.deploy()
    patched(
        api, "update_method", ("replace", "/authorizationType", "AWS_IAM"),
        resourceId=resource, httpMethod="GET",
    )  # fmt: skip
    api.method("GET", "/later")
    assert api.get("/todos").status_code == 200
    assert api.get("/later").status_code == 403
    second = api.deploy()
    assert api.get("/todos").status_code == 403
    assert api.get("/later").status_code == 200
    # back to the first deployment
    api.patch_stage({"/deploymentId": first})
    assert api.get("/todos").status_code == 200
    assert api.get("/later").status_code == 403
    with pytest.raises(api.client.exceptions.BadRequestException, match="Active stages"):
        api.client.delete_deployment(restApiId=api.id, deploymentId=first)
    api.client.delete_deployment(restApiId=api.id, deploymentId=second)


def test_a_deleted_resource_is_served_until_the_next_deployment(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/a/b/c")
    api.method("GET", "/z")
    api.deploy()
    api.client.delete_resource(restApiId=api.id, resourceId=api.resource("/a"))
    paths = {r["path"] for r in api.client.get_resources(restApiId=api.id)["items"]}
    assert paths == {"/", "/z"}
    assert api.get("/a/b/c").status_code == 200
    api.deploy()
    assert api.get("/a/b/c").status_code == 403


def test_stages_are_live_and_independent(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    deployment = api.deploy("test", variables={"a": "1"})
    api.client.create_stage(
        restApiId=api.id, stageName="prod", deploymentId=deployment, variables={"a": "2"}
    )
    for stage, value in (("test", "1"), ("prod", "2")):
        assert api.get("/todos", stage=stage).json()["stageVariables"] == {"a": value}
    api.patch_stage({"/variables/a": "3", "/variables/b": "4"})
    assert api.get("/todos").json()["stageVariables"] == {"a": "3", "b": "4"}
    # deploying to an existing stage keeps its settings
    api.patch_stage({"/*/*/throttling/rateLimit": "7"})
    api.deploy("prod")
    kept = api.client.get_stage(restApiId=api.id, stageName="prod")
    assert kept["variables"] == {"a": "3", "b": "4"}
    assert kept["methodSettings"]["*/*"]["throttlingRateLimit"] == 7.0
    api.client.delete_stage(restApiId=api.id, stageName="test")
    assert api.get("/todos", stage="test").json() == {"message": "Forbidden"}
    assert api.get("/todos").status_code == 200
    api.client.delete_rest_api(restApiId=api.id)
    assert api.get("/todos").json() == {"message": "Forbidden"}


def test_method_settings_fall_back_one_by_one(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos/{id}")
    api.deploy()
    stage = api.patch_stage(
        {
            "/*/*/caching/ttlInSeconds": "60",
            "/*/*/logging/loglevel": "INFO",
            "/~1todos~1{id}/GET/caching/enabled": "true",
        }
    )
    assert stage["methodSettings"] == {
        "*/*": {**DEFAULTS, "cacheTtlInSeconds": 60, "loggingLevel": "INFO"},
        "todos/{id}/GET": {
            **DEFAULTS, "cacheTtlInSeconds": 60, "loggingLevel": "INFO", "cachingEnabled": True,
        },
    }  # fmt: skip
    patched(api, "update_stage", ("remove", "/~1todos~1{id}/GET", ""), stageName="prod")
    stages = api.client.get_stages(restApiId=api.id)["item"]
    assert list(stages[0]["methodSettings"]) == ["*/*"]


DEFAULTS = {
    "metricsEnabled": False, "loggingLevel": "OFF", "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000, "throttlingRateLimit": 10000.0, "cachingEnabled": False,
    "cacheTtlInSeconds": 300, "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/~1nowhere/GET/caching/enabled",
        "/~1todos/POST/caching/enabled",
        "/~1todos/GET/caching/enabld",
        "/*/GET/caching/enabled",
        "/~1todos/*/caching/enabled",
        "/cacheClusterSise",
    ],
)
def test_a_misspelt_stage_path_is_refused(gateway: Any, path: str) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    with pytest.raises(api.client.exceptions.BadRequestException, match="Invalid"):
        api.patch_stage({path: "true"})


def test_root_method_settings(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/")
    api.deploy()
    api.patch_stage({"/~1/GET/throttling/rateLimit": "0"})
    assert api.get("").status_code == 429


@pytest.mark.parametrize("size", ["0.7", "1"])
def test_a_cache_size_that_aws_does_not_offer(gateway: Any, size: str) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    with pytest.raises(api.client.exceptions.BadRequestException, match="cache cluster size"):
        api.patch_stage({"/cacheClusterSize": size})


def test_what_moto_drops_is_kept(gateway: Any) -> None:
    api = gateway.api(
        binaryMediaTypes=["image/png"], minimumCompressionSize=10, description="d",
        apiKeySource="HEADER", disableExecuteApiEndpoint=False, policy='{"Version":"2012-10-17"}',
    )  # fmt: skip
    read = api.client.get_rest_api(restApiId=api.id)
    assert read["binaryMediaTypes"] == ["image/png"]
    assert read["minimumCompressionSize"] == 10
    changed = patched(
        api, "update_rest_api",
        ("add", "/binaryMediaTypes/image~1gif", ""),
        ("remove", "/binaryMediaTypes/image~1png", ""),
        ("replace", "/minimumCompressionSize", "20"),
        ("replace", "/disableExecuteApiEndpoint", "false"),
        ("replace", "/name", "renamed"),
        ("replace", "/endpointConfiguration/types/REGIONAL", "EDGE"),
    )  # fmt: skip
    assert changed["binaryMediaTypes"] == ["image/gif"]
    assert changed["minimumCompressionSize"] == 20
    assert changed["disableExecuteApiEndpoint"] is False
    assert changed["name"] == "renamed"
    assert changed["endpointConfiguration"]["types"] == ["EDGE"]

    resource = api.method(
        "GET", "/t",
        requestParameters={"method.request.header.Authorization": True},
        integration=gateway.proxy(
            cacheKeyParameters=["method.request.header.Authorization"], cacheNamespace="ns"
        ),
    )  # fmt: skip
    where = {"resourceId": resource, "httpMethod": "GET"}
    integration = api.client.get_integration(restApiId=api.id, **where)
    assert integration["cacheKeyParameters"] == ["method.request.header.Authorization"]
    assert integration["cacheNamespace"] == "ns"
    assert integration["passthroughBehavior"] == "WHEN_NO_MATCH"
    assert integration["timeoutInMillis"] == 29_000
    integration = patched(
        api, "update_integration",
        ("remove", "/cacheKeyParameters/method.request.header.Authorization", ""),
        ("replace", "/timeoutInMillis", "5000"),
        ("add", "/requestTemplates/application~1json", "{}"),
        **where,
    )  # fmt: skip
    assert integration.get("cacheKeyParameters") == []
    assert integration["timeoutInMillis"] == 5000
    assert integration["requestTemplates"] == {"application/json": "{}"}
    method = patched(
        api, "update_method",
        ("replace", "/apiKeyRequired", "true"),
        ("add", "/requestParameters/method.request.querystring.q", "false"),
        ("add", "/authorizationScopes", "a/read"),
        **where,
    )  # fmt: skip
    assert method["apiKeyRequired"] is True
    assert method["requestParameters"]["method.request.querystring.q"] is False
    assert method["authorizationScopes"] == ["a/read"]
    assert method["methodIntegration"]["timeoutInMillis"] == 5000
    with pytest.raises(api.client.exceptions.BadRequestException, match="/nonsense"):
        patched(api, "update_method", ("replace", "/nonsense", "1"), **where)


def test_authorizers_keep_everything_and_are_patched(gateway: Any) -> None:
    api = gateway.api()
    authorizer = api.cognito(identityValidationExpression="a.*")
    other = gateway.pool_arn.replace("todo", "other")
    changed = patched(
        api, "update_authorizer",
        ("add", "/providerARNs", other),
        ("replace", "/authorizerResultTtlInSeconds", "0"),
        ("replace", "/identityValidationExpression", "b.*"),
        authorizerId=authorizer,
    )  # fmt: skip
    assert changed["providerARNs"] == [gateway.pool_arn, other]
    assert changed["authorizerResultTtlInSeconds"] == 0
    assert changed["identityValidationExpression"] == "b.*"
    for broken in ({"providerARNs": []}, {"authorizerResultTtlInSeconds": 3601}):
        with pytest.raises(api.client.exceptions.BadRequestException):
            api.cognito(**broken)
    with pytest.raises(api.client.exceptions.BadRequestException, match="valid authorizer"):
        api.method("GET", "/x", authorizationType="COGNITO_USER_POOLS", authorizerId="nope")


def test_a_cache_key_must_be_a_declared_parameter(gateway: Any) -> None:
    api = gateway.api()
    with pytest.raises(api.client.exceptions.BadRequestException, match="cache key parameter"):
        api.method(
            "GET", "/x",
            integration=gateway.proxy(cacheKeyParameters=["method.request.header.Authorization"]),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("integration", "says"),
    [
        ({"type": "AWS_PROXY", "integrationHttpMethod": "GET"}, "must be POST"),
        (
            {"type": "AWS", "integrationHttpMethod": "POST",
             "uri": "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"},
            "other than Lambda",
        ),
        ({"type": "AWS_PROXY", "credentials": "arn:aws:iam::123456789012:role/r"}, "credentials"),
    ],
)  # fmt: skip
def test_unsupported_integrations_are_refused_at_deployment(
    gateway: Any, integration: Any, says: str
) -> None:
    api = gateway.api()
    api.method("GET", "/a/{b}", integration={**gateway.proxy(), **integration})
    with pytest.raises(Unsupported, match=says) as refused:
        api.deploy()
    assert refused.value.where == "REST API todo-api, GET /a/{b}"
    assert api.client.get_deployments(restApiId=api.id)["items"] == []


def test_other_refusals(gateway: Any) -> None:
    api = gateway.api()
    client = api.client
    with pytest.raises(client.exceptions.BadRequestException):
        api.deploy()
    client.put_method(
        restApiId=api.id, resourceId=api.root, httpMethod="GET", authorizationType="NONE"
    )
    with pytest.raises(client.exceptions.BadRequestException, match="No integration defined"):
        api.deploy()
    with pytest.raises(Unsupported, match="VPC link"):
        api.method(
            "GET", "/x",
            integration={
                "type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://x.example.com",
                "connectionType": "VPC_LINK", "connectionId": "v",
            },
        )  # fmt: skip
    private = gateway.api(endpointConfiguration={"types": ["PRIVATE"]})
    private.method("GET", "/x")
    with pytest.raises(Unsupported, match="private"):
        private.deploy()
    for call, options in (
        ("create_domain_name", {"domainName": "api.example.com"}),
        ("create_vpc_link", {"name": "v", "targetArns": ["a"]}),
        ("test_invoke_method", {"restApiId": "a", "resourceId": "b", "httpMethod": "GET"}),
        ("import_rest_api", {"body": b"{}"}),
    ):
        with pytest.raises(Unsupported):
            getattr(client, call)(**options)


def test_access_logs(gateway: Any) -> None:
    logs = gateway.cloud.control("logs")
    logs.create_log_group(logGroupName="/api/access")
    api = gateway.api()
    api.method("GET", "/todos/{id}")
    api.deploy()
    patched(
        api, "update_stage",
        ("replace", "/accessLogSettings/destinationArn",
         "arn:aws:logs:us-east-1:123456789012:log-group:/api/access"),
        ("replace", "/accessLogSettings/format", json.dumps({
            "id": "$context.requestId", "path": "$context.resourcePath",
            "status": "$context.status", "user": "$context.authorizer.claims.sub",
            "length": "$context.responseLength", "error": "$context.error.responseType",
            "ip": "$context.identity.sourceIp", "backend": "$context.integrationLatency",
        })),
        stageName="prod",
    )  # fmt: skip
    gateway.answer({"statusCode": 200, "body": "12345"})
    answer = api.get("/todos/1")
    api.get("/nowhere")
    (stream,) = logs.describe_log_streams(logGroupName="/api/access")["logStreams"]
    events = logs.get_log_events(
        logGroupName="/api/access", logStreamName=stream["logStreamName"], startFromHead=True
    )["events"]
    served, refused = (json.loads(event["message"]) for event in events)
    assert served == {
        "id": answer.headers["x-amzn-RequestId"], "path": "/todos/{id}", "status": "200",
        "user": "-", "length": "5", "error": "-", "ip": "203.0.113.10", "backend": "0",
    }  # fmt: skip
    assert (refused["status"], refused["error"], refused["backend"]) == (
        "403", "MISSING_AUTHENTICATION_TOKEN", "-",
    )  # fmt: skip


def test_what_is_not_there_is_not_found(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/x")
    client, missing = api.client, {"restApiId": api.id}
    method = {**missing, "resourceId": api.resource("/x"), "httpMethod": "POST"}
    plan = client.create_usage_plan(name="p")["id"]
    for call, options in (
        ("get_rest_api", {"restApiId": "nope"}),
        ("create_deployment", {"restApiId": "nope"}),
        ("get_deployment", {**missing, "deploymentId": "nope"}),
        ("delete_deployment", {**missing, "deploymentId": "nope"}),
        ("delete_resource", {**missing, "resourceId": "nope"}),
        ("delete_authorizer", {**missing, "authorizerId": "nope"}),
        ("delete_request_validator", {**missing, "requestValidatorId": "nope"}),
        ("update_stage", {**missing, "stageName": "nope"}),
        ("flush_stage_cache", {**missing, "stageName": "nope"}),
        ("put_integration", {**method, **gateway.proxy()}),
        ("update_method", method),
        ("delete_usage_plan", {"usagePlanId": "nope"}),
        ("delete_usage_plan_key", {"usagePlanId": plan, "keyId": "nope"}),
        ("update_usage_plan", {"usagePlanId": "nope"}),
        ("update_model", {**missing, "modelName": "nope"}),
    ):
        with pytest.raises(client.exceptions.NotFoundException):
            getattr(client, call)(**options)


def test_settings_of_a_method_that_is_gone_can_be_removed(gateway: Any) -> None:
    api = gateway.api()
    resource = api.method("GET", "/todos")
    api.method("GET", "/stays")
    api.deploy()
    api.patch_stage({"/~1todos/GET/caching/enabled": "true"})
    api.client.delete_resource(restApiId=api.id, resourceId=resource)
    api.deploy()
    stage = patched(api, "update_stage", ("remove", "/~1todos/GET", ""), stageName="prod")
    assert stage["methodSettings"] == {}
