"""Reserved concurrency. AWS: "Configuring reserved concurrency for a function"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.functions.configuration import INVALID
from archlib.local.functions.registry import Registry
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Unreserved concurrency: 1,000 per account, of which 100 cannot be reserved.
_ACCOUNT_CONCURRENCY = 1_000
_UNRESERVED_MINIMUM = 100


class ConcurrencyControl:
    """Handlers of the operations on a function's reserved concurrency."""

    def __init__(self, cloud: LocalCloud, registry: Registry) -> None:
        self._cloud = cloud
        self._registry = registry

    def register(self) -> None:
        """Put the handlers in front of moto."""
        table: dict[str, Callable[[ApiCall], Result]] = {
            "PutFunctionConcurrency": self._put,
            "GetFunctionConcurrency": self._get,
            "DeleteFunctionConcurrency": self._delete,
        }
        for operation, handler in table.items():
            self._cloud.api.handle("lambda", operation, handler)

    def _put(self, call: ApiCall) -> Result:
        function = self._function(call)
        wanted = int(call.params["ReservedConcurrentExecutions"])
        others = sum(
            int(other.reserved_concurrency or 0)
            for other in self._registry.all(call.region)
            if other is not function
        )
        if _ACCOUNT_CONCURRENCY - others - wanted < _UNRESERVED_MINIMUM:
            raise ApiRefusal(
                INVALID,
                "Specified ReservedConcurrentExecutions for function decreases account's "
                "UnreservedConcurrentExecution below its minimum value of "
                f"[{_UNRESERVED_MINIMUM}].",
            )
        function.reserved_concurrency = wanted
        return {"ReservedConcurrentExecutions": wanted}

    def _get(self, call: ApiCall) -> Result:
        function = self._function(call)
        reserved = function.reserved_concurrency
        return {} if reserved is None else {"ReservedConcurrentExecutions": int(reserved)}

    def _delete(self, call: ApiCall) -> Result:
        function = self._function(call)
        function.reserved_concurrency = None
        return {}

    def _function(self, call: ApiCall) -> Any:
        reference = self._registry.reference(call.params["FunctionName"], region=call.region)
        call.hop.target = reference.arn
        return self._registry.latest(reference)
