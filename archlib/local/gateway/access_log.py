"""Access logs of a stage.

AWS: "Set up CloudWatch API logging by using the API Gateway console" and "Variables for
access logging for API Gateway": a line is the stage's format with ``$context`` variables
replaced, ``-`` for what has no value.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.local.gateway.exchange import Answer, Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.variables import context_variable

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_VARIABLE = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9_.:-]*[A-Za-z0-9_])")


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


class AccessLog:
    """Writes the lines into CloudWatch Logs."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def write(self, region: str, exchange: Exchange, served: Served) -> None:
        """Write the stage's line for a request, if it wants one."""
        settings = exchange.stage.access_log
        if not settings or not settings.get("destinationArn") or not settings.get("format"):
            return
        text = line(settings["format"], exchange, served)
        self._put(region, exchange, settings["destinationArn"], text)

    def _put(self, region: str, exchange: Exchange, arn: str, text: str) -> None:
        logs = self._cloud.raw("logs", region=region)
        group = arn.split(":log-group:", 1)[-1].removesuffix(":*")
        name = f"{exchange.api.id}/{exchange.stage.name}"
        stream = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        except logs.exceptions.ResourceNotFoundException:
            return  # AWS loses the lines too when the group is gone
        when = round(exchange.received * 1000)
        logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": when, "message": text}],
        )
