"""The CloudFormation engine of the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlib.local.deploy.cloudformation import CloudFormation
    from archlib.local.deploy.deployment import Deployment, Resource, deploy
    from archlib.local.deploy.honoured import TypeCoverage, coverage

_HOMES = {
    "CloudFormation": "cloudformation",
    "Deployment": "deployment",
    "Resource": "deployment",
    "TypeCoverage": "honoured",
    "coverage": "honoured",
    "deploy": "deployment",
}

__all__ = ["CloudFormation", "Deployment", "Resource", "TypeCoverage", "coverage", "deploy"]


def __getattr__(name: str) -> Any:
    # who only reads a deployment's record needs none of the providers
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
