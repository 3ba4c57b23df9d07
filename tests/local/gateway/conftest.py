from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud
from archlib.local.gateway import RestApiPlane
from archlib.local.gateway.collaborators import InvocationRefused, Outcome, TokenRefused, Verdict
from archlib.local.gateway.neighbours import judge
from archlib.local.identity import Caller, Credentials

POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_todo"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:todo"
AUTHORIZER = "arn:aws:lambda:us-east-1:123456789012:function:authorizer"


def uri(arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


@dataclass
class Lambdas:
    """Functions by ARN: plain Python callables, with the clock in reach for slow ones."""

    cloud: LocalCloud
    handlers: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def invoke(
        self, arn: str, event: Any, *, source_arn: str, source: str, asynchronous: bool = False
    ) -> Outcome:
        if arn not in self.handlers:
            raise InvocationRefused(f"{arn} may not be invoked")
        given = json.loads(event) if isinstance(event, bytes) else json.loads(json.dumps(event))
        self.calls.append(
            {"arn": arn, "event": given, "source_arn": source_arn, "asynchronous": asynchronous}
        )
        with self.cloud.trace.hop(source=source, target=arn, action="lambda:InvokeFunction"):
            try:
                result = self.handlers[arn](given)
            except Exception as error:
                failure = {"errorMessage": str(error), "errorType": type(error).__name__}
                return Outcome(json.dumps(failure).encode(), "Unhandled")
        return Outcome(result if isinstance(result, bytes) else json.dumps(result).encode())


@dataclass
class Pools:
    """Tokens are keys of a table: their claims, or why they are refused."""

    tokens: dict[str, Mapping[str, Any] | str] = field(default_factory=dict)

    def verify(self, pool_arn: str, token: str) -> Mapping[str, Any]:
        found = self.tokens.get(token, "unknown token")
        if pool_arn != POOL or isinstance(found, str):
            raise TokenRefused(found if isinstance(found, str) else "another pool's token")
        return found


@dataclass
class Iam:
    """Identity policies by caller ARN; documents are judged by the real evaluator."""

    policies: dict[str, str] = field(default_factory=dict)

    def identity(
        self, caller: Caller, action: str, resource: str, context: Mapping[str, str]
    ) -> Verdict:
        policy = self.policies.get(caller.arn)
        if policy is None:
            return "silent"
        return judge(policy, "identity", None, action, resource, context)

    def resource_policy(
        self,
        policy: str,
        caller: Caller | None,
        action: str,
        resource: str,
        context: Mapping[str, str],
    ) -> Verdict:
        return judge(policy, "resource", caller, action, resource, context)

    def identity_policy(
        self, policy: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Verdict:
        return judge(policy, "identity", None, action, resource, context)


@dataclass
class Gateway:
    """A cloud with only the gateway in it, and short ways to build an API."""

    cloud: LocalCloud
    plane: RestApiPlane
    lambdas: Lambdas
    pools: Pools
    iam: Iam
    pool_arn = POOL
    function_arn = FUNCTION
    authorizer_arn = AUTHORIZER
    uri = staticmethod(uri)
    proxy = staticmethod(lambda arn=FUNCTION, **options: proxy(arn, **options))

    @property
    def client(self) -> Any:
        return self.cloud.control("apigateway")

    @property
    def hops(self) -> Any:
        return self.cloud.trace.hops

    def answer(self, answer: Any) -> None:
        """What the function returns from now on."""
        self.lambdas.handlers[FUNCTION] = lambda event: answer

    def api(self, **options: Any) -> Api:
        options.setdefault("endpointConfiguration", {"types": ["REGIONAL"]})
        made = self.client.create_rest_api(name="todo-api", **options)
        return Api(self, made["id"], made["rootResourceId"])


@dataclass
class Api:
    gateway: Gateway
    id: str
    root: str
    paths: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        return self.gateway.client

    def resource(self, path: str) -> str:
        if path == "/":
            return self.root
        if path not in self.paths:
            parent, _, part = path.rpartition("/")
            self.paths[path] = self.client.create_resource(
                restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part
            )["id"]
        return self.paths[path]

    def method(
        self,
        method: str,
        path: str,
        *,
        integration: Mapping[str, Any] | None = None,
        authorizationType: str = "NONE",
        **options: Any,
    ) -> str:
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": method}
        self.client.put_method(**where, authorizationType=authorizationType, **options)
        self.client.put_integration(**where, **(integration or proxy()))
        return where["resourceId"]

    def deploy(self, stage: str = "prod", **options: Any) -> str:
        return str(
            self.client.create_deployment(restApiId=self.id, stageName=stage, **options)["id"]
        )

    def patch_stage(self, changes: Mapping[str, str], stage: str = "prod") -> Any:
        return self.client.update_stage(
            restApiId=self.id,
            stageName=stage,
            patchOperations=[
                {"op": "replace", "path": path, "value": value} for path, value in changes.items()
            ],
        )

    def cognito(self, **options: Any) -> str:
        options = {
            "name": "users",
            "type": "COGNITO_USER_POOLS",
            "providerARNs": [POOL],
            "identitySource": "method.request.header.Authorization",
            **options,
        }
        return str(self.client.create_authorizer(restApiId=self.id, **options)["id"])

    def url(self, path: str = "", stage: str = "prod", scheme: str = "https") -> str:
        return f"{scheme}://{self.id}.execute-api.us-east-1.amazonaws.com/{stage}{path}"

    def get(self, path: str, **options: Any) -> Any:
        return self.send("GET", path, **options)

    def send(self, method: str, path: str, *, stage: str = "prod", **options: Any) -> Any:
        import requests

        return requests.request(method, self.url(path, stage), timeout=5, **options)

    def signed(self, credentials: Credentials, method: str, path: str, **headers: str) -> Any:
        """Send a request signed with Signature Version 4 by botocore."""
        import requests
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials as Keys

        request = AWSRequest(method, self.url(path), headers=headers)
        keys = Keys(credentials.access_key, credentials.secret_key, credentials.session_token)
        SigV4Auth(keys, "execute-api", "us-east-1").add_auth(request)
        return requests.request(method, self.url(path), headers=dict(request.headers), timeout=5)


def proxy(arn: str = FUNCTION, **options: Any) -> dict[str, Any]:
    return {
        "type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri(arn), **options,
    }  # fmt: skip


def echo(event: Any) -> Any:
    return {"statusCode": 200, "body": json.dumps(event)}


@pytest.fixture(scope="module")
def running() -> Iterator[Gateway]:
    with LocalCloud(planes=()) as cloud:
        lambdas, pools, iam = Lambdas(cloud), Pools(), Iam()
        plane = RestApiPlane(functions=lambdas, user_pools=pools, permissions=iam)
        plane.start(cloud)
        try:
            yield Gateway(cloud, plane, lambdas, pools, iam)
        finally:
            plane.stop()


@pytest.fixture
def gateway(running: Gateway) -> Gateway:
    running.lambdas.handlers = {FUNCTION: echo}
    running.lambdas.calls.clear()
    running.pools.tokens = {}
    running.iam.policies = {}
    return running
