"""The stacks of a cloud as the page shows them, read through CloudFormation's own API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.architecture import Architecture
from archlib.local.deploy.cloudformation import CloudFormation
from archlib.local.deploy.deployment import Deployment, read_deployment, reasons
from archlib.scenarios import SCENARIOS, scenario

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "REVIEW_IN_PROGRESS")


@dataclass(frozen=True)
class Stack:
    """A stack that was made. ``scenario`` and ``architecture`` are of the design that its
    template names (``Metadata: archlib: architecture:``), where that is one of ours.
    """

    name: str
    region: str
    status: str
    reason: str
    created: str
    deployment: Deployment
    scenario: str | None
    architecture: Architecture | None

    @property
    def id(self) -> str:
        """Its name in the whole cloud."""
        return f"{self.region}/{self.name}"


class Stacks:
    """All live stacks; :meth:`refresh` belongs into the cloud's thread."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._known: dict[tuple[Any, ...], Stack] = {}
        self.all: tuple[Stack, ...] = ()

    @property
    def regions(self) -> tuple[str, ...]:
        """Where stacks may be, the served region first."""
        home = self._cloud.region
        others = self._cloud.plane(CloudFormation).regions
        return (home, *(region for region in others if region != home))

    def refresh(self) -> bool:
        """Read what has changed since the last time; whether anything has."""
        known: dict[tuple[Any, ...], Stack] = {}
        for region in self.regions:
            client = self._cloud.control("cloudformation", region=region)
            for page in client.get_paginator("describe_stacks").paginate():
                for found in page["Stacks"]:
                    state = (found["StackId"], found["StackStatus"], found.get("LastUpdatedTime"))
                    known[state] = self._known.get(state) or _read(client, region, found)
        changed = known.keys() != self._known.keys()
        self._known, self.all = known, tuple(known.values())
        return changed

    def template(self, stack: Stack) -> str:
        """The text of a stack's template as it was given."""
        client = self._cloud.control("cloudformation", region=stack.region)
        body = client.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body)


def _read(client: Any, region: str, found: dict[str, Any]) -> Stack:
    name = found["StackName"]
    design = _named(client.get_template_summary(StackName=name).get("Metadata", "{}"))
    return Stack(
        name,
        region,
        found["StackStatus"],
        "" if found["StackStatus"] in _WELL else reasons(client, found["StackId"]),
        found["CreationTime"].isoformat(),
        read_deployment(client, name),
        design,
        None if design is None else scenario(design).architecture(),
    )


def _named(metadata: str) -> str | None:
    told = json.loads(metadata)
    ours = told.get("archlib") if isinstance(told, dict) else None
    name = ours.get("architecture") if isinstance(ours, dict) else None
    return name if isinstance(name, str) and name in SCENARIOS else None
