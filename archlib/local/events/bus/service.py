"""EventBridge over moto: moto keeps buses, rules and targets; events go their way here.

AWS: Amazon EventBridge User Guide, "Event patterns", "Event bus targets", "How EventBridge
retries delivering events", "Using dead-letter queues to process undelivered events"; API
Reference, "PutEvents", "PutRule", "PutTargets".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.clock import Timer
from archlib.local.events.bus.inputs import target_input
from archlib.local.events.bus.rules import RuleControl, compiled
from archlib.local.events.bus.schedule import schedule
from archlib.local.events.carrier import Carrier, Service, Undeliverable
from archlib.local.events.lineage import Lineage
from archlib.local.functions.output import timestamp
from archlib.local.patches import Patches, as_method
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PRINCIPAL = "events.amazonaws.com"

#: "By default, EventBridge retries sending the event for 24 hours and up to 185 times with an
#: exponential back off".
DEFAULT_AGE = 86_400
DEFAULT_ATTEMPTS = 185
#: The waits of that back off, virtual seconds; AWS does not publish them.
FIRST_WAIT, LONGEST_WAIT = 1.0, 600.0


@dataclass(frozen=True)
class Delivery:
    """One event for one target of a rule."""

    rule_arn: str
    target: dict[str, Any]
    text: str
    lineage: Lineage
    begun: float


@dataclass
class Bus:
    """Events of all buses. ``copies`` says how often a rule's event is delivered."""

    cloud: LocalCloud
    carrier: Carrier
    copies: Callable[[str], int] = lambda arn: 1
    _timers: dict[str, Timer] = field(default_factory=dict)

    def install(self, patches: Patches) -> None:
        """Take matching and delivering over from moto."""
        from moto.events.models import EventsBackend, Rule

        patches.set(EventsBackend, "put_events", as_method(self._put_events))
        # Whatever moto makes up of its own accord (CreateBucket as a CloudTrail event) ends here.
        patches.set(Rule, "send_to_targets", lambda rule, event, transform_input=True: None)
        api = self.cloud.api
        api.after("events", "DeleteRule", self._unschedule_call)
        api.after("events", "DisableRule", self._unschedule_call)
        api.after("events", "EnableRule", self._schedule_call)
        RuleControl(self.cloud, self._schedule).register()

    # -- schedules -----------------------------------------------------------------------------

    def _schedule_call(self, call: ApiCall, result: Result) -> None:
        self._schedule(call.region, call.params["Name"])

    def _unschedule_call(self, call: ApiCall, result: Result) -> None:
        timer = self._timers.pop(f"{call.region}/{call.params['Name']}", None)
        if timer is not None:
            timer.cancel()

    def _schedule(self, region: str, name: str, since: float | None = None) -> None:
        """Plan the next firing after ``since`` (now, for a rule that is new or changed)."""
        key = f"{region}/{name}"
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        rule = self._buses(region)["default"].rules.get(name)
        if rule is None or rule.state != "ENABLED" or not rule.scheduled_expression:
            return
        begun = self.cloud.clock.time() if since is None else since
        due = schedule(rule.scheduled_expression).following(begun)
        if due is not None:
            self._timers[key] = self.cloud.clock.at(
                due, lambda: self._fire(region, name, due), f"schedule of rule {name}"
            )

    def _fire(self, region: str, name: str, due: float) -> None:
        rule = self._buses(region)["default"].rules.get(name)
        if rule is None:
            return
        event = {
            "version": "0",
            "id": self.cloud.new_uuid(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self.cloud.account,
            "time": timestamp(due)[:19] + "Z",
            "region": region,
            "resources": [rule.arn],
            "detail": {},
        }
        self._to_targets(rule, event, Lineage())
        self._schedule(region, name, due)

    # -- events --------------------------------------------------------------------------------

    def _put_events(self, backend: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(events) > 10:
            raise ApiRefusal(
                "ValidationException",
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed "
                "to satisfy constraint: Member must have length less than or equal to 10",
            )
        return [self._put_event(backend, event) for event in events]

    def _put_event(self, backend: Any, entry: dict[str, Any]) -> dict[str, Any]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                return _rejected(
                    "InvalidArgument",
                    f"Parameter {name} is not valid. Reason: {name} is a required argument.",
                )
        if str(entry["Source"]).startswith("aws."):
            return _rejected("NotAuthorizedForSourceException", "Not authorized for the source.")
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return _rejected("MalformedDetail", "Detail is malformed.")
        identifier = self.cloud.new_uuid()
        when = entry.get("Time")
        at = self.cloud.clock.time() if when is None else _epoch(when)
        self.publish(
            backend.region_name,
            {
                "version": "0",
                "id": identifier,
                "detail-type": entry["DetailType"],
                "source": entry["Source"],
                "account": backend.account_id,
                "time": timestamp(at)[:19] + "Z",
                "region": backend.region_name,
                "resources": entry.get("Resources", []),
                "detail": detail,
            },
            self.carrier.lineages.present(),
            bus=str(entry.get("EventBusName") or "default").rpartition("/")[2],
        )
        return {"EventId": identifier}

    def publish(
        self, region: str, event: dict[str, Any], lineage: Lineage, *, bus: str = "default"
    ) -> None:
        """Give an event to the rules of a bus when the cloud comes to rest."""
        # EventBridge does not hand Lambda's count of a chain on.
        chain = lineage.untracked()
        self.cloud.clock.soon(
            lambda: self._match(region, bus, event, chain),
            f"event {event['detail-type']} on bus {bus}",
        )

    def _match(self, region: str, bus: str, event: dict[str, Any], lineage: Lineage) -> None:
        found = self._buses(region).get(bus)
        for rule in list(found.rules.values()) if found is not None else ():
            pattern = rule.event_pattern._raw_pattern
            if rule.state == "ENABLED" and pattern and compiled(pattern).matches(event):
                for _ in range(self.copies(str(rule.arn))):
                    self._to_targets(rule, event, lineage)

    def _to_targets(self, rule: Any, event: dict[str, Any], lineage: Lineage) -> None:
        now = self.cloud.clock.time()
        for target in list(rule.targets):
            text = target_input(target, event, str(rule.arn), now)
            delivery = Delivery(str(rule.arn), dict(target), text, lineage, now)
            self.cloud.clock.soon(
                lambda one=delivery: self._attempt(one, 0),  # type: ignore[misc]
                f"event of rule {rule.name} for {target['Arn']}",
            )

    def _attempt(self, delivery: Delivery, retries: int) -> None:
        service = self._service(delivery.rule_arn)
        try:
            self._send(service, delivery)
        except Undeliverable as problem:
            rules = delivery.target.get("RetryPolicy", {})
            attempts = int(rules.get("MaximumRetryAttempts", DEFAULT_ATTEMPTS))
            age = int(rules.get("MaximumEventAgeInSeconds", DEFAULT_AGE))
            wait = min(FIRST_WAIT * 2**retries, LONGEST_WAIT)
            late = self.cloud.clock.time() + wait - delivery.begun > age
            if problem.permanent or retries >= attempts or late:
                reason = None if problem.permanent else (
                    "MaximumRetryAttempts" if retries >= attempts else "MaximumEventAgeInSeconds"
                )  # fmt: skip
                self._bury(delivery, problem, retries, reason)
                return
            self.cloud.clock.after(
                wait, lambda: self._attempt(delivery, retries + 1),
                f"retry of {delivery.rule_arn}",
            )  # fmt: skip

    def _send(self, service: Service, delivery: Delivery) -> None:
        arn, lineage = delivery.target["Arn"], delivery.lineage
        kind = arn.split(":")[2]
        if kind == "lambda":
            self.carrier.to_function(service, arn, delivery.text.encode(), lineage)
        elif kind == "sqs":
            group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
            self.carrier.to_queue(service, arn, delivery.text, lineage, group=group)
        else:
            self.carrier.to_topic(service, arn, delivery.text, lineage)

    def _bury(
        self, delivery: Delivery, problem: Undeliverable, retries: int, reason: str | None
    ) -> None:
        queue = delivery.target.get("DeadLetterConfig", {}).get("Arn")
        if not queue:
            return
        values = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": delivery.target["Arn"],
            "ERROR_CODE": "NO_PERMISSIONS" if problem.code.startswith("AccessDenied")
            else "NO_RESOURCE" if "NotFound" in problem.code or "NonExistent" in problem.code
            else problem.code,
            "ERROR_MESSAGE": problem.message,
            "RETRY_ATTEMPTS": str(retries),
        }  # fmt: skip
        if reason is not None:
            values["EXHAUSTED_RETRY_CONDITION"] = reason
        attributes = {
            name: {"DataType": "String", "StringValue": value} for name, value in values.items()
        }
        try:
            self.carrier.to_queue(
                self._service(delivery.rule_arn), queue, delivery.text, delivery.lineage,
                attributes=attributes,
            )  # fmt: skip
        except Undeliverable:
            return  # The hop tells; the event is lost, as on AWS.

    def _service(self, rule_arn: str) -> Service:
        return Service(PRINCIPAL, rule_arn, self.cloud.account)

    def _buses(self, region: str) -> Any:
        from moto.events.models import events_backends

        return events_backends[self.cloud.account][region].event_buses


def _rejected(code: str, message: str) -> dict[str, Any]:
    return {"ErrorCode": code, "ErrorMessage": message}


def _epoch(when: Any) -> float:
    return float(when) if isinstance(when, int | float | str) else float(when.timestamp())
