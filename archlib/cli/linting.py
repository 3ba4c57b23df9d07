"""``archlib lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archlib.cli.common import emit_json, json_option, scenario_or_file, write
from archlib.cli.junit import Case, junit
from archlib.cli.sarif import Result, Rule, sarif
from archlib.errors import UsageError
from archlib.scenarios import SCENARIOS

if TYPE_CHECKING:
    from archlib.template import Finding, Template

_LEVELS = {"error": "error", "warning": "warning", "informational": "note"}


@click.command("lint")
@click.argument("names", metavar="[SCENARIO|FILE]...", nargs=-1)
@json_option
@click.option("--junit", "junit_path", metavar="PATH", help="Write JUnit XML ('-' prints it).")
@click.option("--sarif", "sarif_path", metavar="PATH", help="Write SARIF ('-' prints it).")
@click.option("--region", default="us-east-1", show_default=True)
def command(
    names: tuple[str, ...],
    as_json: bool,
    junit_path: str | None,
    sarif_path: str | None,
    region: str,
) -> None:
    """Run every rule of cfn-lint; exit 1 on an error or a warning."""
    from archlib.template import suppressions

    found: dict[str, tuple[Finding, ...]] = {}
    silenced = []
    for name in names or SCENARIOS:
        template, _ = scenario_or_file(name)
        found[name] = _linted(template, region)
        silenced += [
            f"{name}: {s.rule} is silenced"
            f"{f' for {s.logical_id}' if s.logical_id else ''}: {s.reason}"
            for s in suppressions(template)
        ]
    everything = [finding for findings in found.values() for finding in findings]
    if junit_path:
        write(junit_path, junit(_cases(found)))
    if sarif_path:
        write(sarif_path, sarif(_results(everything)))
    if as_json:
        emit_json([_row(finding) for finding in everything])
    elif "-" not in (junit_path, sarif_path):
        for finding in everything:
            click.echo(str(finding))
        for line in silenced:
            click.echo(line)
        for name, findings in found.items():
            plural = "s" * (len(findings) != 1)
            told = f"{len(findings)} finding{plural}" if findings else "clean"
            click.echo(f"{name}: {told}")
    raise SystemExit(1 if any(f.level in ("error", "warning") for f in everything) else 0)


def _linted(template: Template, region: str) -> tuple[Finding, ...]:
    from cfnlint.exceptions import InvalidRegionException

    from archlib.template import lint

    try:
        return lint(template, region=region)
    except InvalidRegionException:
        raise UsageError(f"--region {region!r} is not a region that cfn-lint knows") from None


def _row(finding: Finding) -> dict[str, object]:
    return {
        "file": finding.file,
        "line": finding.line,
        "rule": finding.rule,
        "level": finding.level,
        "message": finding.message,
        "logical_id": finding.logical_id,
        "path": [str(part) for part in finding.path],
    }


def _cases(found: dict[str, tuple[Finding, ...]]) -> list[Case]:
    cases = []
    for name, findings in found.items():
        if not findings:
            cases.append(Case(f"lint {name}", "cfn-lint"))
        for f in findings:
            serious = f.level in ("error", "warning")
            text = str(f)
            label = f"{f.rule} line {f.line}"
            cases.append(Case(f"lint {name}", label, text if serious else None, output=text))
    return cases


def _results(findings: list[Finding]) -> list[Result]:
    return [
        Result(Rule(f.rule, f.rule, f.source), _LEVELS[f.level], f.message, f.file, f.line)
        for f in findings
    ]
