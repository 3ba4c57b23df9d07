"""Rules and targets: what EventBridge, and what the local cloud, accepts.

AWS: Amazon EventBridge API Reference, "PutRule", "PutTargets", "TestEventPattern".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.events.bus.inputs import check_path
from archlib.local.events.bus.schedule import ScheduleError, schedule
from archlib.local.events.operators import PatternError
from archlib.local.events.pattern import Pattern, compile_pattern
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Operations that would need what is not here.
UNSUPPORTED_OPERATIONS = {
    "CreateArchive": "event archives",
    "StartReplay": "replays of archives",
    "CreateApiDestination": "API destinations",
    "CreateConnection": "connections of API destinations",
    "CreatePartnerEventSource": "partner event sources",
    "CreateEndpoint": "global endpoints",
    "PutPartnerEvents": "partner event sources",
}

#: Members of a target that are honoured.
TARGET_MEMBERS = frozenset(
    {"Id", "Arn", "Input", "InputPath", "InputTransformer", "SqsParameters", "DeadLetterConfig",
     "RetryPolicy"}
)  # fmt: skip
TARGETS = ("lambda", "sqs", "sns")


@dataclass
class RuleControl:
    """Handlers in front of moto's rules; ``changed`` hears the region and name of a new one."""

    cloud: LocalCloud
    changed: Callable[[str, str], None]

    def register(self) -> None:
        """Put the handlers in front of moto."""
        api = self.cloud.api
        api.handle("events", "PutRule", self._put_rule)
        api.handle("events", "PutTargets", self._put_targets)
        api.handle("events", "TestEventPattern", self._test_pattern)
        for operation, feature in UNSUPPORTED_OPERATIONS.items():
            api.handle("events", operation, _refusing(operation, feature))

    def _put_rule(self, call: ApiCall) -> Result:
        given = call.params
        if given.get("EventPattern"):
            compiled(given["EventPattern"])
        if given.get("ScheduleExpression"):
            try:
                schedule(given["ScheduleExpression"])
            except ScheduleError:
                raise ApiRefusal(
                    "ValidationException", "Parameter ScheduleExpression is not valid."
                ) from None
        if given.get("RoleArn"):
            raise Unsupported(
                "the local EventBridge invokes targets by their resource policies only",
                where=f"RoleArn of rule {given['Name']}",
            )
        if given.get("State") == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
            raise Unsupported("the local EventBridge has no CloudTrail events",
                              where=f"State of rule {given['Name']}")  # fmt: skip
        result = call.proceed()
        self.changed(call.region, given["Name"])
        return result

    def _put_targets(self, call: ApiCall) -> Result:
        for target in call.params["Targets"]:
            service = target["Arn"].split(":")[2] if target["Arn"].count(":") >= 5 else ""
            unknown = sorted(set(target) - TARGET_MEMBERS)
            if service and (service not in TARGETS or unknown):
                raise Unsupported(
                    f"the local EventBridge does not deliver to {target['Arn']}"
                    + (f" with {', '.join(unknown)}" if unknown else ""),
                    where=f"target {target['Id']} of rule {call.params['Rule']}",
                    hint=f"targets of {', '.join(TARGETS)} are served",
                )
            if len({"Input", "InputPath", "InputTransformer"} & set(target)) > 1:
                raise ApiRefusal(
                    "ValidationException",
                    "Only one of Input, InputPath, or InputTransformer must be provided for "
                    f"target {target['Id']}.",
                )
            paths = target.get("InputTransformer", {}).get("InputPathsMap", {})
            for path in (*paths.values(), target.get("InputPath", "$")):
                check_path(path)
        return call.proceed()

    def _test_pattern(self, call: ApiCall) -> Result:
        try:
            event = json.loads(call.params["Event"])
        except ValueError:
            raise ApiRefusal("ValidationException", "Parameter Event is not valid.") from None
        return {"Result": compiled(call.params["EventPattern"]).matches(event)}


def compiled(text: str) -> Pattern:
    """A rule's pattern; raises :class:`ApiRefusal` ``InvalidEventPatternException``."""
    try:
        return compile_pattern(text)
    except PatternError as error:
        raise ApiRefusal(
            "InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"
        ) from None


def _refusing(operation: str, feature: str) -> Callable[[ApiCall], Result]:
    def handler(call: ApiCall) -> Result:
        raise Unsupported(f"the local EventBridge has no {feature}", where=f"events:{operation}")

    return handler
