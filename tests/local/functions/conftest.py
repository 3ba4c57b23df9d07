"""A small cloud with functions made of source text."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud
from archlib.local.functions import FunctionRuntime, ServiceInvoker

PLANES = ("archlib.local.sts:SecurityTokens", "archlib.local.functions:FunctionRuntime")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def archive(**files: str) -> bytes:
    """A zip of Python files; ``a__b`` stands for ``a/b.py``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in files.items():
            path = name.replace("__", "/", 1) + ".py" if not name.endswith("_txt") else name
            file.writestr(path, textwrap.dedent(text))
    return buffer.getvalue()


@dataclass
class Lab:
    """A cloud with the shorthands that the tests of the function runtime share."""

    cloud: LocalCloud
    role: str

    @property
    def client(self) -> Any:
        return self.cloud.client("lambda")

    @property
    def runtime(self) -> FunctionRuntime:
        return self.cloud.plane(FunctionRuntime)

    def arn(self, name: str = "f") -> str:
        return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"

    def function(self, source: str, name: str = "f", **options: Any) -> str:
        files = options.pop("files", {})
        parameters = {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": self.role,
            "Code": {"ZipFile": archive(app=source, **files)},
            **options,
        }
        return str(self.client.create_function(**parameters)["FunctionArn"])

    def invoke(self, event: Any = None, name: str = "f", **options: Any) -> Any:
        """The parsed payload of a synchronous invocation that went well."""
        answer = self.call(event, name, **options)
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def fail(self, event: Any = None, name: str = "f", **options: Any) -> Any:
        """The parsed error document of an invocation that went wrong."""
        answer = self.call(event, name, **options)
        payload = json.loads(answer["Payload"].read())
        assert answer["StatusCode"] == 200
        assert answer["FunctionError"] == "Unhandled", payload
        return payload

    def call(self, event: Any = None, name: str = "f", **options: Any) -> Any:
        return self.client.invoke(FunctionName=name, Payload=json.dumps(event), **options)

    def lines(self, name: str = "f") -> list[str]:
        """All log messages of a function, in order."""
        group = f"/aws/lambda/{name}"
        events = self.cloud.raw("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events]

    def allow(self, *actions: str, resource: str = "*", name: str = "policy") -> None:
        """Let the execution role do something."""
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        self.cloud.raw("iam").put_role_policy(
            RoleName="role",
            PolicyName=name,
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def run(self, event: Any = None, name: str = "f") -> Any:
        """Invoke as API Gateway would."""
        invoker = ServiceInvoker(
            "apigateway.amazonaws.com",
            "arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/x",
            source="arn:aws:apigateway:us-east-1::/restapis/api",
        )
        return self.runtime.invoke(self.arn(name), {} if event is None else event, invoker=invoker)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with LocalCloud(planes=PLANES) as cloud:
        role = cloud.raw("iam").create_role(
            RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        yield Lab(cloud, role)


@pytest.fixture
def guarded() -> Iterator[Lab]:
    """The same with IAM enforced; the role may do nothing yet."""
    with LocalCloud(planes=("archlib.local.iam:IamEnforcement", *PLANES)) as cloud:
        role = cloud.raw("iam").create_role(
            RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        yield Lab(cloud, role)


@pytest.fixture
def zipped() -> Any:
    return archive
