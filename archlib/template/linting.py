"""cfn-lint with every rule it has, in-process.

A suppression counts only with a reason. In a resource's metadata, or the template's::

    Metadata:
      cfn-lint: {config: {ignore_checks: [W3045]}}
      archlib: {suppressions: {W3045: "why"}}

One without a reason is a finding itself (ARCHLIB001), and so is a reason that suppresses nothing
(ARCHLIB002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from archlib.template.document import DEFAULT_REGION, Template

LEVELS = ("error", "warning", "informational")

_NO_REASON = "ARCHLIB001"
_NO_SUPPRESSION = "ARCHLIB002"


@dataclass(frozen=True)
class Finding:
    """What cfn-lint says about one place.

    ``level`` is one of :data:`LEVELS`, ``path`` the full path in the document, ``line`` counts
    from 1, ``file`` is the template's name, ``source`` the page that explains the rule.
    """

    rule: str
    level: str
    message: str
    logical_id: str | None
    path: tuple[str | int, ...]
    line: int
    source: str
    file: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule} {self.message}"


@dataclass(frozen=True)
class Suppression:
    """A rule that a template silences, and why; ``logical_id`` is None for the whole template."""

    rule: str
    reason: str | None
    logical_id: str | None


def lint(template: Template, *, region: str = DEFAULT_REGION) -> tuple[Finding, ...]:
    """Every finding in the template, experimental and informational rules included.

    Findings come in order of line, then rule.
    """
    found = [*_cfn_lint(template, region), *_unreasoned(template)]
    return tuple(sorted(found, key=lambda f: (f.line, f.rule, f.message)))


def suppressions(template: Template) -> tuple[Suppression, ...]:
    """Every rule that the template's metadata silences, with its reason."""
    return tuple(
        Suppression(rule, reasons.get(rule), logical_id)
        for logical_id, silenced, reasons in _metadata(template)
        for rule in silenced
    )


@cache
def _configuration() -> type[Any]:
    """cfn-lint's configuration class, deaf to the ``.cfnlintrc`` files of whoever runs it."""
    from cfnlint.config import ConfigMixIn

    class Configuration(ConfigMixIn):  # type: ignore[misc]
        def _find_config(self) -> tuple[str, str]:
            return "", ""

    return Configuration


def _configured(region: str) -> Any:
    # Made anew for each template: cfn-lint writes a template's own settings into it.
    return _configuration()(regions=[region], include_checks=["I"], include_experimental=True)


@cache
def _rules() -> Any:
    """Every rule of cfn-lint; loading them takes half a second, which one template pays."""
    from cfnlint.runner import Runner

    return Runner(_configured(DEFAULT_REGION)).rules


def _cfn_lint(template: Template, region: str) -> Iterator[Finding]:
    from cfnlint.decode.decode import decode_str
    from cfnlint.runner import run_template_by_data

    text = template.text if template.text is not None else template.to_yaml()
    document, matches = decode_str(text)
    if not matches:
        matches = run_template_by_data(document, _configured(region), _rules())
    for match in matches:
        path = tuple(getattr(match, "path", None) or ())
        yield Finding(
            rule=match.rule.id,
            level=match.rule.severity,
            message=match.message,
            logical_id=str(path[1]) if len(path) > 1 and path[0] == "Resources" else None,
            path=path,
            line=match.linenumber,
            source=match.rule.source_url,
            file=template.name,
        )


def _metadata(template: Template) -> Iterator[tuple[str | None, list[str], dict[str, str]]]:
    """(logical id, silenced rules, reasons) of every metadata block that speaks of lint."""
    blocks: list[tuple[str | None, Any]] = [(None, template.body.get("Metadata"))]
    blocks += [
        (logical_id, resource.get("Metadata"))
        for logical_id, resource in template.body["Resources"].items()
        if isinstance(resource, dict)
    ]
    for logical_id, metadata in blocks:
        silenced = _within(metadata, "cfn-lint", "config", "ignore_checks")
        reasons = _within(metadata, "archlib", "suppressions")
        if silenced or reasons:
            yield (
                logical_id,
                [str(rule) for rule in silenced] if isinstance(silenced, list) else [],
                reasons if isinstance(reasons, dict) else {},
            )


def _within(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _unreasoned(template: Template) -> Iterator[Finding]:
    for logical_id, silenced, reasons in _metadata(template):
        path = ("Resources", logical_id, "Metadata") if logical_id else ("Metadata",)
        line = template.lines.get(path, 1)
        for rule in silenced:
            if not str(reasons.get(rule) or "").strip():
                yield Finding(
                    _NO_REASON,
                    "error",
                    f"silences {rule} and does not say why; put the reason under "
                    f"Metadata.archlib.suppressions.{rule}",
                    logical_id,
                    path,
                    line,
                    "",
                    template.name,
                )
        for rule in reasons:
            if rule not in silenced:
                yield Finding(
                    _NO_SUPPRESSION,
                    "warning",
                    f"gives a reason for silencing {rule}, which is not silenced",
                    logical_id,
                    path,
                    line,
                    "",
                    template.name,
                )
