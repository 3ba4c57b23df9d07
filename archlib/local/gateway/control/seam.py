"""Between the control plane and the data plane, and what all operations share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from archlib.local.gateway.configuration import ApiSnapshot
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result


class Deployed(Protocol):
    """The data plane as the control plane tells it of changes."""

    def backend(self, region: str) -> Any:
        """Moto's API Gateway backend of a region."""

    def read(self, region: str, operation: str, **params: Any) -> dict[str, Any]:
        """A read answered by moto."""

    def deploy(self, region: str, made: ApiSnapshot) -> None:
        """Keep a snapshot."""

    def snapshot(self, region: str, api_id: str, deployment_id: str) -> ApiSnapshot | None:
        """A kept snapshot."""

    def undeploy(self, region: str, api_id: str, deployment_id: str | None = None) -> None:
        """Forget one deployment's snapshot, or an API."""

    def refresh(self, region: str, api_id: str, stage: str) -> None:
        """A stage was made, changed or deleted."""

    def flush(self, region: str, api_id: str, stage: str) -> None:
        """Empty a stage's response cache."""

    def flush_authorizers(self, region: str, api_id: str, stage: str) -> None:
        """Empty a stage's authorizer results."""


Operation = Callable[[Deployed, "ApiCall"], "Result"]


def api_of(deployed: Deployed, call: ApiCall) -> Any:
    """Moto's REST API that a call names; raises :class:`ApiRefusal` 404 when it is gone."""
    found = deployed.backend(call.region).apis.get(call.params["restApiId"])
    if found is None:
        raise missing("Invalid API identifier specified")
    return found


def missing(message: str) -> ApiRefusal:
    """AWS's answer for what is not there."""
    return ApiRefusal("NotFoundException", message, 404)


def bad(message: str) -> ApiRefusal:
    """AWS's answer for what cannot be."""
    return ApiRefusal("BadRequestException", message, 400)


def without_nulls(result: Result) -> Result:
    """A parsed result without the members that moto returns as null."""
    return {name: value for name, value in result.items() if value is not None}
