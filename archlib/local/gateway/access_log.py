"""Access logs of a stage.

AWS: "Set up CloudWatch API logging by using the API Gateway console" and "Variables for
access logging for API Gateway": a line is the stage's format with ``$context`` variables
replaced, ``-`` for what has no value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.variables import context_variable

_VARIABLE = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9_.:-]*[A-Za-z0-9_])")

#: Writes one line to a log group (by ARN) at a virtual instant in milliseconds.
WriteLine = Callable[[str, str, str, int], None]


@dataclass(frozen=True, slots=True)
class Served:
    """How a request ended. ``latency`` and ``integration_latency`` are virtual seconds."""

    answer: Answer
    error: GatewayError | None
    latency: float
    integration_latency: float | None


def line(template: str, exchange: Exchange, served: Served) -> str:
    """One access log line."""
    error = served.error
    own = {
        "status": served.answer.status,
        "responseLength": len(served.answer.body),
        "responseLatency": round(served.latency * 1000),
        "integrationLatency": None
        if served.integration_latency is None
        else round(served.integration_latency * 1000),
        "error.message": error.message if error else None,
        "error.messageString": json.dumps(error.message) if error else None,
        "error.responseType": error.kind if error else None,
        "error.validationErrorString": error.detail if error else None,
    }

    def value(found: re.Match[str]) -> str:
        name = found[1]
        result = own[name] if name in own else context_variable(exchange, name)
        return "-" if result is None else str(result)

    return _VARIABLE.sub(value, template)
