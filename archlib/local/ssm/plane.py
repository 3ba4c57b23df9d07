"""The plane of Systems Manager's Parameter Store, over a state of its own.

moto keeps SecureString values in plain text, takes any key, size and value, and judges nobody.
The rest of Systems Manager is moto's, and so are the public parameters below ``/aws/service/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.constraints import refuse_violations
from archlib.local.iam import IamEnforcement
from archlib.local.iam.authorization import Context
from archlib.local.iam.state import Named
from archlib.local.ssm.reading import Reading
from archlib.local.ssm.sealing import Sealer
from archlib.local.ssm.store import Parameters
from archlib.local.ssm.writing import Writing

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: What the operations that are refused would be.
REFUSED: dict[str, str] = {
    "PutResourcePolicy": "sharing a parameter with other accounts",
    "GetResourcePolicies": "sharing a parameter with other accounts",
    "DeleteResourcePolicy": "sharing a parameter with other accounts",
}


class ParameterStorePlane:
    """Serves Parameter Store."""

    def start(self, cloud: LocalCloud) -> None:
        """Serve the parameter operations, and tell IAM about parameters."""
        self._cloud = cloud
        self._parameters = parameters = Parameters(cloud)
        sealer = Sealer(cloud)
        for group in (Writing(parameters, sealer), Reading(parameters, sealer)):
            for name, handler in group.handlers.items():
                cloud.api.handle("ssm", name, self._checked(name, handler))
        for name, what in REFUSED.items():
            cloud.api.handle("ssm", name, _refusing(name, what))
        try:
            cloud.plane(IamEnforcement).register_keeper("ssm", self)
        except KeyError:
            return

    def stop(self) -> None:
        """Nothing to leave behind."""

    def arn_of(self, named: Named, region: str, name: str | bytes) -> str | None:
        """Nobody asks: a parameter's name gives its ARN."""
        return None

    def context_of(self, arn: str) -> Context:
        """The condition keys that describe a parameter."""
        parameter = self._parameters.at(arn)
        if parameter is None:
            return {}
        return {
            f"{prefix}{name}": text
            for name, text in parameter.tags.items()
            for prefix in ("aws:ResourceTag/", "ssm:resourceTag/")
        }

    def _checked(self, name: str, handler: Handler) -> Handler:
        def handle(call: ApiCall) -> Result:
            model = self._cloud.raw("ssm").meta.service_model
            refuse_violations(model.operation_model(name).input_shape, call.params)
            return handler(call)

        return handle


def _refusing(name: str, what: str) -> Handler:
    def refuse(call: ApiCall) -> Result:
        raise Unsupported(f"the local cloud has no ssm:{name}", hint=f"it would be {what}")

    return refuse
