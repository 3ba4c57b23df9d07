"""CloudWatch Logs and Metrics as Lambda fills them.

AWS: "Sending Lambda function logs to CloudWatch Logs" (group and stream names, permissions of
the execution role), "Types of metrics for Lambda functions". A function whose role may not
write logs runs all the same and leaves none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.local.functions.output import LogEvent, timestamp
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.spec import FunctionSpec
from archlib.local.identity import Caller

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass(frozen=True)
class Report:
    """What the REPORT line says. Durations in virtual milliseconds; ``init`` only when cold.

    "Billed duration" includes the Init phase ("AWS Lambda standardizes billing for INIT
    Phase", August 2025). ``Max Memory Used`` is left out: nothing here measures it.
    """

    request_id: str
    duration: float
    memory: int
    init: float | None = None
    status: str = "success"
    error_type: str | None = None
    trace_id: str | None = None

    @property
    def billed(self) -> int:
        """Milliseconds, rounded up."""
        return -int(-round(self.duration + (self.init or 0.0), 3) // 1)

    def text(self) -> str:
        """The line in the plain text format."""
        parts = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration:.2f} ms",
            f"Billed Duration: {self.billed} ms",
            f"Memory Size: {self.memory} MB",
        ]
        if self.init is not None:
            parts.append(f"Init Duration: {self.init:.2f} ms")
        if self.status != "success":
            parts.append(f"Status: {self.status}")
        if self.error_type:
            parts.append(f"Error Type: {self.error_type}")
        line = "\t".join(parts) + "\t"
        if self.trace_id:
            line += f"\nXRAY TraceId: {self.trace_id}\tSampled: true\t"
        return line

    def json(self, now: float) -> str:
        """The same as a ``platform.report`` object."""
        metrics: dict[str, Any] = {
            "durationMs": round(self.duration, 3),
            "billedDurationMs": self.billed,
            "memorySizeMB": self.memory,
        }
        if self.init is not None:
            metrics["initDurationMs"] = round(self.init, 3)
        record: dict[str, Any] = {
            "requestId": self.request_id,
            "metrics": metrics,
            "status": self.status,
        }
        if self.error_type:
            record["errorType"] = self.error_type
        return json.dumps({"time": timestamp(now), "type": "platform.report", "record": record})


class Journal:
    """Writes into moto's log groups and metrics, as far as the role permits."""

    def __init__(self, cloud: LocalCloud, permissions: Permissions) -> None:
        self._cloud = cloud
        self._permissions = permissions

    def open(self, spec: FunctionSpec, caller: Caller, stream: str) -> bool:
        """Create group and stream for a new environment; False when the role may not."""
        backend = self._backend(spec)
        prefix = _group_arn(spec)
        if spec.log_group not in backend.groups:
            if not self._permissions.caller(caller, "logs:CreateLogGroup", f"{prefix}:log-stream:"):
                return False
            backend.ensure_log_group(spec.log_group)
        if not self._permissions.caller(
            caller, "logs:CreateLogStream", f"{prefix}:log-stream:{stream}"
        ):
            return False
        if stream not in backend.groups[spec.log_group].streams:
            backend.create_log_stream(spec.log_group, stream)
        return True

    def write(
        self, spec: FunctionSpec, caller: Caller, stream: str, events: Sequence[LogEvent]
    ) -> None:
        """Append events; silently nothing when the role may not or the group is gone."""
        group = self._backend(spec).groups.get(spec.log_group)
        found = group.streams.get(stream) if group is not None else None
        resource = f"{_group_arn(spec)}:log-stream:{stream}"
        if found is None or not self._permissions.caller(caller, "logs:PutLogEvents", resource):
            return
        found.put_log_events(
            [{"timestamp": event.timestamp, "message": event.message} for event in events]
        )

    def count(self, region: str, metric: str, function_name: str) -> None:
        """Add one to a metric of the ``AWS/Lambda`` namespace."""
        self._cloud.raw("cloudwatch", region=region).put_metric_data(
            Namespace="AWS/Lambda",
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "FunctionName", "Value": function_name}],
                    "Timestamp": datetime.fromtimestamp(self._cloud.clock.time(), UTC),
                    "Value": 1,
                    "Unit": "Count",
                }
            ],
        )

    def stream_name(self, spec: FunctionSpec) -> str:
        """``2026/01/05/[$LATEST]`` and 32 hexadecimal digits."""
        suffix = self._cloud.new_id("log stream", 32, "0123456789abcdef")
        return f"{self._cloud.clock.now():%Y/%m/%d}/[{spec.version}]{suffix}"

    def _backend(self, spec: FunctionSpec) -> Any:
        from moto.logs.models import logs_backends

        return logs_backends[spec.account][spec.region]


def _group_arn(spec: FunctionSpec) -> str:
    return f"arn:aws:logs:{spec.region}:{spec.account}:log-group:{spec.log_group}"
