"""What integrations call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.gateway.collaborators import (
    Functions,
    InvocationRefused,
    InvocationThrottled,
    Outcome,
)
from archlib.local.gateway.configuration import Integration
from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.mapping import stage_text

#: An HTTP exchange with a host inside the cloud.
HttpSend = Callable[[str, str, Mapping[str, str], bytes], Answer]


FUNCTION_URI = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:lambda:path/2015-03-31/functions/(?P<arn>.+)/invocations"
)


@dataclass(frozen=True, slots=True)
class BackEnds:
    """What integrations call, and the virtual clock they are timed with."""

    functions: Functions
    http: HttpSend
    now: Callable[[], float]


def call_function(
    back_ends: BackEnds, exchange: Exchange, integration: Integration, event: Any, event_type: str
) -> Outcome:
    """Invoke the integration\'s function on behalf of the request.

    Raises :class:`GatewayError` 500 when it may not be invoked or has no concurrency left.
    """
    found = FUNCTION_URI.fullmatch(stage_text(exchange, integration.uri))
    if found is None:
        raise GatewayError("API_CONFIGURATION_ERROR", reason=f"not a function: {integration.uri}")
    resource, _ = exchange.route
    api = exchange.api
    try:
        return back_ends.functions.invoke(
            found["arn"],
            event,
            source_arn=api.execute_arn(exchange.stage.name, exchange.request.method, resource.path),
            source=api.arn,
            asynchronous=event_type == "Event",
        )
    except InvocationRefused as refusal:
        # "Execution failed due to configuration error: Invalid permissions on Lambda function"
        raise GatewayError("API_CONFIGURATION_ERROR", reason=str(refusal)) from refusal
    except InvocationThrottled as refusal:
        # A throttled function reaches the client as a server error, not as its 429.
        raise GatewayError("API_CONFIGURATION_ERROR", reason=str(refusal)) from refusal
