"""SARIF 2.1.0: the form in which code hosts show findings beside the lines they concern.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import archlib

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True)
class Rule:
    """What is checked: ``help_uri`` may be empty."""

    id: str
    title: str
    help_uri: str = ""


@dataclass(frozen=True)
class Result:
    """One finding. ``level`` is ``error``, ``warning`` or ``note``; ``line`` counts from 1."""

    rule: Rule
    level: str
    message: str
    file: str
    line: int = 1


def sarif(results: Iterable[Result]) -> str:
    """The findings as a SARIF log with one run."""
    found = list(results)
    rules = {result.rule.id: result.rule for result in found}
    order = {rule: index for index, rule in enumerate(rules)}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "archlib",
                        "version": archlib.__version__,
                        "rules": [_rule(rule) for rule in rules.values()],
                    }
                },
                "results": [
                    {
                        "ruleId": result.rule.id,
                        "ruleIndex": order[result.rule.id],
                        "level": result.level,
                        "message": {"text": result.message},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": quote(result.file)},
                                    "region": {"startLine": max(1, result.line)},
                                }
                            }
                        ],
                    }
                    for result in found
                ],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    described: dict[str, object] = {"id": rule.id, "shortDescription": {"text": rule.title}}
    if rule.help_uri:
        described["helpUri"] = rule.help_uri
    return described
