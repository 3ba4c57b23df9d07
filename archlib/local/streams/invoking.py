"""Lambda's pollers at work: the role they read with, and the functions they run."""

from __future__ import annotations

import json
from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.events.lineage import Lineage, carrying
from archlib.local.functions import FunctionRuntime, InvocationResult, ServiceInvoker
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.registry import Registry
from archlib.local.identity import CONTROL_KEY, Credentials
from archlib.local.refusal import ApiRefusal
from archlib.local.streams.mapping import Mapping

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

LAMBDA = "lambda.amazonaws.com"

#: Why a mapping does not go on.
NO_FUNCTION = "PROBLEM: Function not found"
NO_STREAM = "PROBLEM: Stream not found"
NO_ACCESS = "PROBLEM: Access denied by the function's execution role"
THROTTLED = "PROBLEM: Function throttled"
FAILED = "PROBLEM: Function call failed"
DONE = "OK"


class Throttled(Exception):
    """The function was not run; ``reason`` is the mapping's last result."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Invoking:
    """Runs functions for mappings. ``copies`` says how often (a fault makes it two)."""

    cloud: LocalCloud
    copies: Any
    _sessions: dict[tuple[str, str], Credentials] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.registry = Registry(self.cloud.account, self.cloud.region)
        self.permissions = Permissions(self.cloud)

    def function(self, mapping: Mapping) -> Any | None:
        """moto's function object; None when it is gone."""
        try:
            return self.registry.find(self.registry.reference(mapping.function)).function
        except ApiRefusal:
            return None

    def may(self, mapping: Mapping, role: str, actions: Sequence[str]) -> str | None:
        """The first action on the source that the role lacks; None when it has them all."""
        for action in actions:
            resource = "*" if action == "ListStreams" else mapping.source
            named = f"{mapping.service}:{action}"
            if not self.permissions.role(role, named, resource) and not self.permissions.role(
                role, named, mapping.source
            ):
                return named
        return None

    def denied(self, mapping: Mapping, action: str) -> None:
        """The trace shows a poll that the role is not allowed."""
        with self.cloud.trace.hop(
            source=mapping.function_arn, target=mapping.source, action=action, principal=LAMBDA
        ) as hop:
            hop.status, hop.error = 403, "AccessDeniedException"

    def credentials(self, mapping: Mapping, role: str) -> Credentials:
        """A session of the function's role, renewed before it expires."""
        key = (role, mapping.function_arn)
        found = self._sessions.get(key)
        if found is None or (found.expires or 0.0) < self.cloud.clock.time() + 60:
            name = mapping.function_arn.rsplit(":", 1)[-1]
            found = self.cloud.identities.issue(role, name, source=mapping.function_arn)
            self._sessions[key] = found
        return found

    def run(
        self, mapping: Mapping, bodies: Sequence[Values[str, Any]], lineage: Lineage
    ) -> InvocationResult:
        """Run the function on a batch; raises :class:`Throttled` when it cannot be run."""
        payload = json.dumps({"Records": list(bodies)}).encode()
        # Lambda runs it for itself: the function's policy has no say (that would be a push).
        invoker = ServiceInvoker(
            LAMBDA, mapping.source, caller=self.cloud.identities.resolve(CONTROL_KEY)
        )
        runtime = self.cloud.plane(FunctionRuntime)
        with self.cloud.activity(), carrying(lineage.then(mapping.function_arn)):
            try:
                result = runtime.invoke(mapping.function, payload, invoker=invoker)
                for _ in range(1, self.copies(mapping.source)):
                    result = runtime.invoke(mapping.function, payload, invoker=invoker)
            except ApiRefusal as refusal:
                missing = refusal.code == "ResourceNotFoundException"
                raise Throttled(NO_FUNCTION if missing else THROTTLED) from None
        return result
