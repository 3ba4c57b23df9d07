"""CloudFormation templates: emitted from an architecture, or read from a file; lint and diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlib.template.assets import Asset
    from archlib.template.change import Change
    from archlib.template.document import Template
    from archlib.template.emission import Emitted, emit
    from archlib.template.linting import Finding, Suppression, lint, suppressions

_HOMES = {
    "Asset": "archlib.template.assets",
    "Change": "archlib.template.change",
    "Emitted": "archlib.template.emission",
    "Finding": "archlib.template.linting",
    "Suppression": "archlib.template.linting",
    "Template": "archlib.template.document",
    "emit": "archlib.template.emission",
    "lint": "archlib.template.linting",
    "suppressions": "archlib.template.linting",
}

__all__ = [
    "Asset",
    "Change",
    "Emitted",
    "Finding",
    "Suppression",
    "Template",
    "emit",
    "lint",
    "suppressions",
]


def __getattr__(name: str) -> Any:
    # troposphere and cfn-lint cost most of a second to import; who reads a template needs neither.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
