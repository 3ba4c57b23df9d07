"""A served cloud in a process of its own; the tests are its clients."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

#: One for all clients: reading the service models is what costs.
SESSION = boto3.session.Session()
CONFIG = {"retries": {"total_max_attempts": 1}}


@dataclass
class Api:
    """A REST API in front of a function: ``/open`` for everybody, ``/signed`` with IAM."""

    id: str

    @property
    def host(self) -> str:
        return f"{self.id}.execute-api.us-east-1.amazonaws.com"


def policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


@dataclass
class Server:
    """A running ``archlib serve`` and what it told of itself."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]
    made: list[Any] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return str(self.facts["endpoint"])

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    @property
    def tls_port(self) -> int:
        return int(self.facts["tls_endpoint"].rpartition(":")[2])

    @property
    def ca_file(self) -> str:
        return str(self.facts["ca_file"])

    @property
    def keys(self) -> dict[str, str]:
        return {
            "aws_access_key_id": self.facts["access_key_id"],
            "aws_secret_access_key": self.facts["secret_access_key"],
        }

    def client(self, service: str, *, config: dict[str, Any] | None = None, **given: Any) -> Any:
        """A boto3 client as any user makes it."""
        options = {"endpoint_url": self.endpoint, "region_name": "us-east-1", **self.keys, **given}
        made = SESSION.client(service, config=Config(**{**CONFIG, **(config or {})}), **options)
        self.made.append(made)
        return made

    def own(self, method: str, path: str, **given: Any) -> Any:
        """The server's own surface."""
        answer = requests.request(method, f"{self.endpoint}/_archlib/{path}", timeout=10, **given)
        return answer.json()

    def advance(self, seconds: float) -> None:
        assert "now" in self.own("POST", "clock", json={"advance": seconds})

    def user(self, name: str, *actions: str) -> dict[str, str]:
        """A new user's keys; he may do the actions everywhere."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if actions:
            document = json.dumps(policy({"Action": list(actions), "Resource": "*"}))
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
        }

    def role(self, name: str, service: str) -> str:
        """The ARN of a service's role, which may write logs and use tables."""
        iam = self.client("iam")
        trust = policy({"Principal": {"Service": service}, "Action": "sts:AssumeRole"})
        allow = policy({"Action": ["logs:*", "dynamodb:*"], "Resource": "*"})
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(allow))
        return str(made["Role"]["Arn"])

    def function(self, name: str, source: str, **given: Any) -> str:
        """The ARN of a function that REST APIs may invoke."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", textwrap.dedent(source))
        client = self.client("lambda")
        arn = client.create_function(
            FunctionName=name, Runtime="python3.12", Handler="app.handler",
            Role=self.role(name, "lambda.amazonaws.com"), Code={"ZipFile": buffer.getvalue()},
            **given,
        )["FunctionArn"]  # fmt: skip
        client.add_permission(
            FunctionName=name, StatementId="api", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )  # fmt: skip
        return str(arn)

    def rest_api(self, name: str, arn: str) -> Api:
        """An API in front of a function, at stage ``prod``."""
        client = self.client("apigateway")
        api = client.create_rest_api(name=name)["id"]
        root = client.get_resources(restApiId=api)["items"][0]["id"]
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        for part, kind in (("open", "NONE"), ("signed", "AWS_IAM")):
            made = client.create_resource(restApiId=api, parentId=root, pathPart=part)
            where = {"restApiId": api, "resourceId": made["id"], "httpMethod": "ANY"}
            client.put_method(**where, authorizationType=kind)
            client.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        client.create_deployment(restApiId=api, stageName="prod")
        return Api(api)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it; returns its exit code and what it wrote to standard error."""
        for client in self.made:
            client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=90)
        return self.process.returncode, errors


def start(*options: str) -> Server:
    environment = {
        name: value for name, value in os.environ.items() if not name.upper().startswith("AWS_")
    }
    command = [sys.executable, "-m", "archlib.cli", "serve", "--json", "--port", "0", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            return Server(process, json.loads(text))
    _, errors = process.communicate()
    raise AssertionError(errors)


@pytest.fixture(scope="session")
def start_server() -> Callable[..., Server]:
    """Starts a server, for fixtures that stop it themselves."""
    return start


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One for all tests: they use names of their own."""
    started = start()
    yield started
    code, errors = started.stop()
    assert (code, errors) == (0, "")


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """One for a module whose tests empty it."""
    started = start()
    yield started
    started.stop()


@pytest.fixture
def starting() -> Iterator[Callable[..., Server]]:
    """Servers of one test's own."""
    started: list[Server] = []

    def begin(*options: str) -> Server:
        started.append(start(*options))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment of the tests says of proxies and certificates is not meant here."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "AWS_CA_BUNDLE",
                 "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_ENDPOINT_URL"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
