"""The context object that a handler receives.

AWS: "Using the Lambda context object to retrieve Python function information".
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol


class Variables(Protocol):
    """The environment variables of the function's process."""

    def get(self, name: str) -> str | None:
        """The value of a variable; None when it is not set."""


class CognitoIdentity:
    """``context.identity``: set only for mobile applications that call with Cognito identities."""

    def __init__(self) -> None:
        self.cognito_identity_id: str | None = None
        self.cognito_identity_pool_id: str | None = None


class Client:
    """``context.client_context.client``: the mobile application that called."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.installation_id = given.get("installation_id")
        self.app_title = given.get("app_title")
        self.app_version_name = given.get("app_version_name")
        self.app_version_code = given.get("app_version_code")
        self.app_package_name = given.get("app_package_name")


class ClientContext:
    """``context.client_context``: what the caller passed as ``ClientContext``."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.custom = given.get("custom")
        self.env = given.get("env")
        client = given.get("client")
        self.client = Client(client) if isinstance(client, dict) else None


class LambdaContext:
    """What the handler can learn about its invocation, function and environment.

    ``deadline`` is the virtual epoch second at which the invocation times out.
    """

    def __init__(
        self,
        request_id: str,
        invoked_function_arn: str,
        environment: Variables,
        deadline: float,
        client_context: Mapping[str, Any] | None,
    ) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = invoked_function_arn
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id: str | None = None
        self.identity = CognitoIdentity()
        self.client_context = None if client_context is None else ClientContext(client_context)
        self._deadline_ms = int(deadline * 1000)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of virtual time until the invocation times out; never below zero."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log, as ``print`` does but without a line end."""
        import sys

        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        return (
            f"LambdaContext([aws_request_id={self.aws_request_id},"
            f"log_group_name={self.log_group_name},log_stream_name={self.log_stream_name},"
            f"function_name={self.function_name},memory_limit_in_mb={self.memory_limit_in_mb},"
            f"function_version={self.function_version},"
            f"invoked_function_arn={self.invoked_function_arn},"
            f"client_context={self.client_context},identity={self.identity},"
            f"tenant_id={self.tenant_id}])"
        )
