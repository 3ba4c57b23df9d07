"""Lambda triggers: the functions a pool calls while it works.

AWS, "Customizing user pool workflows with Lambda triggers": the event's common members, what
each trigger is asked and may answer. Triggers that are not in
:data:`archlib.local.cognito.settings.POOL` are refused when the pool is created.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.cognito.directory import Directory, UserPool
from archlib.local.refusal import ApiRefusal


def fire(
    directory: Directory,
    pool: UserPool,
    trigger: str,
    source: str,
    username: str,
    attributes: Mapping[str, str],
    client_id: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
) -> dict[str, Any]:
    """Call the function configured for ``trigger``; returns its response, or ``response``.

    Raises UserLambdaValidationException when the function fails, UnexpectedLambdaException
    when the pool may not invoke it, InvalidLambdaResponseException for an unusable answer,
    and :class:`Unsupported` when no function runtime runs.
    """
    arn = pool.settings.get("LambdaConfig", {}).get(trigger)
    if not arn:
        return dict(response)
    event = {
        "version": "1",
        "region": pool.region,
        "userPoolId": pool.id,
        "userName": username,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "triggerSource": source,
        "request": {"userAttributes": dict(attributes), **request},
        "response": dict(response),
    }
    result = _invoke(directory, pool, trigger, arn, event)
    if result.function_error:
        failure = json.loads(result.payload)
        raise ApiRefusal(
            "UserLambdaValidationException",
            f"{trigger} failed with error {failure.get('errorMessage', 'unknown')}.",
        )
    try:
        answer = json.loads(result.payload)["response"]
    except (ValueError, TypeError, KeyError):
        answer = None
    if not isinstance(answer, dict):
        raise ApiRefusal("InvalidLambdaResponseException", "Unrecognizable lambda output")
    return answer


def require_placeholder(text: str, placeholder: str) -> None:
    """A custom message must hold the code; raises CodeDeliveryFailureException."""
    if placeholder not in text:
        raise ApiRefusal(
            "InvalidLambdaResponseException",
            f"CustomMessage failed: the message does not contain {placeholder}",
        )


def _invoke(
    directory: Directory, pool: UserPool, trigger: str, arn: str, event: Mapping[str, Any]
) -> Any:
    try:
        from archlib.local.functions import FunctionRuntime, InvokeDenied, ServiceInvoker

        runtime: Any = directory.cloud.plane(FunctionRuntime)
    except (ImportError, KeyError):
        raise Unsupported(
            "a Cognito trigger needs the function runtime, which does not run",
            where=f"{pool.id} LambdaConfig.{trigger}",
        ) from None
    invoker = ServiceInvoker(
        principal="cognito-idp.amazonaws.com", source_arn=pool.arn, source=pool.arn
    )
    try:
        return runtime.invoke(arn, dict(event), invoker=invoker, invocation_type="RequestResponse")
    except InvokeDenied:
        raise ApiRefusal(
            "UnexpectedLambdaException",
            f"{trigger} invocation failed due to error AccessDeniedException.",
        ) from None
