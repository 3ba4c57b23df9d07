"""The parameters of one cloud, by region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.ssm import names, refusals
from archlib.local.ssm.parameter import Parameter

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class Parameters:
    """Every region's parameters, by their canonical names."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self._regions: dict[str, dict[str, Parameter]] = {}

    def now(self) -> float:
        """Virtual epoch seconds."""
        return self.cloud.clock.time()

    def all(self, region: str) -> list[Parameter]:
        """The parameters of a region, sorted by name."""
        held = self._region(region)
        return [held[name] for name in sorted(held)]

    def find(self, region: str, name: str) -> Parameter | None:
        """A parameter by name."""
        return self._region(region).get(names.canonical(name))

    def named(self, region: str, name: str) -> Parameter:
        """The same; raises ParameterNotFound."""
        found = self.find(region, name)
        if found is None:
            raise refusals.not_found()
        return found

    def at(self, arn: str) -> Parameter | None:
        """A parameter by ARN."""
        held = self._region(arn.split(":")[3]).values()
        return next((one for one in held if one.arn == arn), None)

    def new(self, region: str, name: str) -> Parameter:
        """A parameter that nobody knows yet."""
        return Parameter(name, names.arn(region, self.cloud.account, name))

    def add(self, region: str, parameter: Parameter) -> None:
        """From now on the parameter is there."""
        self._region(region)[names.canonical(parameter.name)] = parameter

    def remove(self, region: str, parameter: Parameter) -> None:
        """The parameter is no more."""
        held = self._region(region)
        if held.get(names.canonical(parameter.name)) is parameter:
            del held[names.canonical(parameter.name)]

    def schedule_end(self, region: str, parameter: Parameter, end: float | None) -> None:
        """Let the parameter expire at an epoch second, or never."""
        parameter.ends = end
        if end is None:
            return

        def gone() -> None:
            # Another policy since: another timer is the one.
            if parameter.ends == end:
                self.remove(region, parameter)

        self.cloud.clock.at(end, gone, f"expiration of {parameter.arn}")

    def _region(self, region: str) -> dict[str, Parameter]:
        return self._regions.setdefault(region, {})
