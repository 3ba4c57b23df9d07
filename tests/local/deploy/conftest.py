"""A cloud with the engine alone, and short ways to deploy into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud

ENGINE = ("archlib.local.deploy:CloudFormation",)


@dataclass
class Site:
    """A cloud and its CloudFormation client."""

    cloud: LocalCloud

    @property
    def cfn(self) -> Any:
        return self.cloud.client("cloudformation")

    def create(self, text: str, name: str = "app", **more: Any) -> dict[str, Any]:
        """Create a stack and describe it, whatever became of it."""
        more.setdefault("Capabilities", ["CAPABILITY_NAMED_IAM"])
        made = self.cfn.create_stack(StackName=name, TemplateBody=text, **more)
        return self.stack(made["StackId"])

    def update(self, text: str, name: str = "app", **more: Any) -> dict[str, Any]:
        """Update a stack and describe it."""
        more.setdefault("Capabilities", ["CAPABILITY_NAMED_IAM"])
        made = self.cfn.update_stack(StackName=name, TemplateBody=text, **more)
        return self.stack(made["StackId"])

    def delete(self, name: str = "app") -> dict[str, Any]:
        """Delete a stack and describe what is left of it."""
        identity = self.stack(name)["StackId"]
        self.cfn.delete_stack(StackName=name)
        return self.stack(identity)

    def stack(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cfn.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def outputs(self, name: str = "app") -> dict[str, str]:
        return {o["OutputKey"]: o["OutputValue"] for o in self.stack(name).get("Outputs", ())}

    def ids(self, name: str = "app") -> dict[str, str]:
        listed = self.cfn.list_stack_resources(StackName=name)["StackResourceSummaries"]
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed}

    def events(self, name: str) -> list[tuple[str, str]]:
        """(logical id, status), oldest first."""
        found = self.cfn.describe_stack_events(StackName=name)["StackEvents"]
        return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in reversed(found)]

    def reasons(self, name: str) -> dict[str, str]:
        """The reason of the last failure by logical id."""
        found = self.cfn.describe_stack_events(StackName=name)["StackEvents"]
        return {
            e["LogicalResourceId"]: e["ResourceStatusReason"]
            for e in reversed(found)
            if e["ResourceStatus"].endswith("_FAILED")
        }


@pytest.fixture
def site() -> Iterator[Site]:
    with LocalCloud(planes=ENGINE) as cloud:
        yield Site(cloud)


@pytest.fixture(scope="session")
def site_type() -> type[Site]:
    return Site
