"""The operations on event source mappings.

AWS: AWS Lambda API Reference, "CreateEventSourceMapping", "UpdateEventSourceMapping",
"DeleteEventSourceMapping", "ListEventSourceMappings". A change is in force at once; the answer
to it still says ``Creating``, ``Updating`` or ``Deleting``, as AWS's does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.streams.discarded import DESTINATIONS
from archlib.local.streams.invoking import Invoking
from archlib.local.streams.mapping import (
    INVALID,
    Mapping,
    check,
    compiled_filters,
    defaulted,
    service_of,
)
from archlib.local.streams.pollers import Poller

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass
class MappingControl:
    """Handlers over the mappings that exist; ``poller`` makes the poller of a new one."""

    cloud: LocalCloud
    invoking: Invoking
    poller: Callable[[Mapping], Poller]
    source_exists: Callable[[str], bool]
    mappings: dict[str, Mapping] = field(default_factory=dict)
    pollers: dict[str, Poller] = field(default_factory=dict)

    def register(self) -> None:
        """Put the handlers in front of moto."""
        table: dict[str, Callable[[ApiCall], Result]] = {
            "CreateEventSourceMapping": self._create,
            "UpdateEventSourceMapping": self._update,
            "DeleteEventSourceMapping": self._delete,
            "GetEventSourceMapping": self._get,
            "ListEventSourceMappings": self._list,
        }
        for operation, handler in table.items():
            self.cloud.api.handle("lambda", operation, handler)

    def wake(self, source: str) -> None:
        """Something came in a source."""
        for uuid, mapping in self.mappings.items():
            if mapping.source == source and mapping.active:
                self.pollers[uuid].wake()

    # -- operations ----------------------------------------------------------------------------

    def _create(self, call: ApiCall) -> Result:
        given = copy.deepcopy(call.params)
        source = given.get("EventSourceArn")
        if not source:
            raise _invalid("Unrecognized event source.")
        service_of(source)
        check(source, given, creating=True)
        filters = compiled_filters(given.get("FilterCriteria"))
        mapping = Mapping(
            self.cloud.new_uuid(), call.region, self.cloud.account,
            self._function(given["FunctionName"], call.region), source,
            defaulted(source, given), self.cloud.clock.time(), given.get("Enabled", True),
            filters=filters, tags=dict(given.get("Tags", {})),
        )  # fmt: skip
        self._check_source(mapping)
        self._check_destination(mapping)
        for other in self.mappings.values():
            if (other.source, other.function) == (mapping.source, mapping.function):
                raise ApiRefusal(
                    "ResourceConflictException",
                    f'An event source mapping with event source arn (" {source} ") and function '
                    f'name (" {mapping.function.split(":")[6]} ") already exists. Please update '
                    f"or delete the existing mapping with UUID {other.uuid}",
                    409,
                    Type="User",
                )
        self.mappings[mapping.uuid] = mapping
        self.pollers[mapping.uuid] = self.poller(mapping)
        if mapping.enabled:
            self.pollers[mapping.uuid].wake()
        return self._described(mapping, "Creating")

    def _update(self, call: ApiCall) -> Result:
        mapping, given = self._existing(call), copy.deepcopy(call.params)
        settings = {
            **mapping.settings,
            **{key: value for key, value in given.items() if key in mapping.kind.settings},
        }
        check(mapping.source, {**settings, **given}, creating=False)
        filters = compiled_filters(settings.get("FilterCriteria"))
        function = mapping.function
        if "FunctionName" in given:
            function = self._function(given["FunctionName"], call.region)
        before = copy.copy(mapping)
        mapping.settings, mapping.filters, mapping.function = settings, filters, function
        try:
            self._check_source(mapping)
            self._check_destination(mapping)
        except ApiRefusal:
            mapping.settings, mapping.filters = before.settings, before.filters
            mapping.function = before.function
            raise
        mapping.modified = self.cloud.clock.time()
        mapping.enabled = given.get("Enabled", mapping.enabled)
        poller = self.pollers[mapping.uuid]
        poller.stop()
        if mapping.enabled:
            poller.wake()
        return self._described(mapping, "Updating")

    def _delete(self, call: ApiCall) -> Result:
        mapping = self._existing(call)
        mapping.deleted = True
        self.pollers.pop(mapping.uuid).stop()
        del self.mappings[mapping.uuid]
        return self._described(mapping, "Deleting")

    def _get(self, call: ApiCall) -> Result:
        return self._described(self._existing(call))

    def _list(self, call: ApiCall) -> Result:
        given = call.params
        function = None
        if given.get("FunctionName"):
            function = self.invoking.registry.reference(
                given["FunctionName"], region=call.region
            ).invoked_arn
        found = [
            mapping
            for mapping in self.mappings.values()
            if mapping.region == call.region
            and given.get("EventSourceArn") in (None, mapping.source)
            and function in (None, mapping.function)
        ]
        start, most = int(given.get("Marker") or 0), int(given.get("MaxItems") or 100)
        answer: Result = {
            "EventSourceMappings": [self._described(one) for one in found[start : start + most]]
        }
        if start + most < len(found):
            answer["NextMarker"] = str(start + most)
        return answer

    # -- checks --------------------------------------------------------------------------------

    def _function(self, name: str, region: str) -> str:
        reference = self.invoking.registry.reference(name, region=region)
        self.invoking.registry.find(reference)
        return str(reference.invoked_arn)

    def _check_source(self, mapping: Mapping) -> None:
        function = self.invoking.registry.find(
            self.invoking.registry.reference(mapping.function)
        ).function
        role = str(function.role)
        if mapping.service == "sqs":
            for action in mapping.kind.actions:
                if not self.invoking.permissions.role(role, f"sqs:{action}", mapping.source):
                    raise _invalid(
                        f"The provided execution role does not have permissions to call {action} "
                        "on SQS"
                    )
            self._check_queue(mapping, function)
            return
        if not self.source_exists(mapping.source):
            raise _invalid(f"Stream not found: {mapping.source}")
        if self.invoking.may(mapping, role, mapping.kind.actions) is not None:
            raise _invalid(
                f"Cannot access stream {mapping.source}. Please ensure the role can perform the "
                "GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your "
                "stream in IAM."
            )

    def _check_queue(self, mapping: Mapping, function: Any) -> None:
        if not self.source_exists(mapping.source):
            raise _invalid(
                "Error occurred while ReceiveMessage. SQS Error Code: "
                "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue "
                "does not exist."
            )
        visibility, timeout = self.visibility(mapping.source), int(function.timeout)
        if visibility < timeout:
            raise _invalid(
                f"Queue visibility timeout: {visibility} seconds is less than Function timeout: "
                f"{timeout} seconds"
            )

    @staticmethod
    def visibility(arn: str) -> int:
        """A queue's visibility timeout, virtual seconds."""
        from moto.sqs.models import sqs_backends

        region, account, name = arn.split(":")[3:6]
        queue: Any = sqs_backends[account][region].queues[name]
        return int(queue.visibility_timeout)

    def _check_destination(self, mapping: Mapping) -> None:
        arn = mapping.failure_destination
        if not arn:
            return
        kind = DESTINATIONS.get(arn.split(":")[2]) if arn.count(":") >= 5 else None
        if kind is None or arn.endswith(".fifo"):
            raise _invalid(
                f"The provided destination config DestinationConfig(onSuccess=null, "
                f"onFailure=OnFailure(destination={arn})) is invalid."
            )
        function: Any = self.invoking.function(mapping)
        role = str(function.role)
        if not self.invoking.permissions.role(role, kind.action, arn + kind.suffix):
            service, action = kind.action.split(":")
            raise _invalid(
                f"The provided execution role does not have permissions to call {action} on "
                f"{service.upper()}"
            )

    # -- answers -------------------------------------------------------------------------------

    def _existing(self, call: ApiCall) -> Mapping:
        found = self.mappings.get(call.params["UUID"])
        if found is None:
            raise ApiRefusal(
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
                404,
                Type="User",
            )
        call.hop.target = found.function_arn
        return found

    @staticmethod
    def _described(mapping: Mapping, state: str | None = None) -> Result:
        answer: Result = {
            "UUID": mapping.uuid,
            "EventSourceMappingArn": f"arn:aws:lambda:{mapping.region}:{mapping.account}:"
            f"event-source-mapping:{mapping.uuid}",
            "EventSourceArn": mapping.source,
            "FunctionArn": mapping.function,
            "LastModified": datetime.fromtimestamp(mapping.modified, UTC),
            "State": state or ("Enabled" if mapping.enabled else "Disabled"),
            "StateTransitionReason": "USER_INITIATED",
            **copy.deepcopy(mapping.settings),
        }
        if mapping.kind.is_stream:
            answer["LastProcessingResult"] = mapping.last_result
        return answer


def _invalid(message: str) -> ApiRefusal:
    return ApiRefusal(INVALID, message, 400, Type="User")
