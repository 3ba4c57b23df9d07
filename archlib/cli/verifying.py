"""``archlib verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archlib.cli.common import chosen, emit_json, json_option, progress, write
from archlib.cli.junit import Case, junit
from archlib.cli.sarif import Result, Rule, sarif
from archlib.errors import UsageError
from archlib.scenarios import SCENARIOS
from archlib.verify.evidence import Outcome

if TYPE_CHECKING:
    from archlib.template import Template
    from archlib.verify import Report
    from archlib.verify.cloud import Clouds
    from archlib.verify.faulty import Caught

MARKS = {Outcome.MET: "met", Outcome.NOT_MET: "NOT MET", Outcome.UNKNOWN: "unknown"}


@click.command("verify")
@click.argument("names", metavar="[SCENARIO]...", nargs=-1)
@click.option("--template", "file", metavar="FILE", help="Judge this template instead of ours.")
@click.option("--check", "checks", metavar="ID", multiple=True, help="Only these checks.")
@click.option("--faults", is_flag=True, help="Also damage the template in every known way.")
@click.option("--at", metavar="URL",
              help="Verify in the cloud that `archlib serve` serves there.")  # fmt: skip
@click.option("--reset", is_flag=True, help="With --at: throw away what is in that cloud.")
@click.option("--verbose", "-v", is_flag=True, help="Show every check, with its evidence.")
@click.option("--progress", "steps", is_flag=True, help="Tell each step on standard error.")
@json_option
@click.option("--junit", "junit_path", metavar="PATH", help="Write JUnit XML ('-' prints it).")
@click.option("--sarif", "sarif_path", metavar="PATH", help="Write SARIF ('-' prints it).")
def command(
    names: tuple[str, ...],
    file: str | None,
    checks: tuple[str, ...],
    faults: bool,
    at: str | None,
    reset: bool,
    verbose: bool,
    steps: bool,
    as_json: bool,
    junit_path: str | None,
    sarif_path: str | None,
) -> None:
    """Deploy, run the flows, judge every requirement; exit 0 only when all are met."""
    from archlib.template import Template
    from archlib.verify import verify
    from archlib.verify.faulty import try_faults

    if file is not None and len(names) != 1:
        raise UsageError("--template needs exactly one scenario to judge it by")
    for name in names:
        if name not in SCENARIOS and Path(name).is_file():
            raise UsageError(
                f"{name} is a file: say which scenario's requirements it is judged by",
                hint=f"archlib verify SCENARIO --template {name}",
            )
    if checks and len(names) != 1:
        raise UsageError("--check needs exactly one scenario")
    clouds = _clouds(at, reset)
    template = Template.read(Path(file)) if file is not None else None
    reports: list[Report] = []
    caught: list[Caught] = []
    quiet = as_json or "-" in (junit_path, sarif_path)
    with progress(quiet, steps) as tell:
        for one in chosen(names):
            reports.append(verify(one, template, only=checks or None, clouds=clouds, progress=tell))
            if faults:
                caught += try_faults(one, template, clouds=clouds, progress=tell)
    if junit_path:
        write(junit_path, junit(_cases(reports, caught)))
    if sarif_path:
        write(sarif_path, sarif(_results(reports, template)))
    if as_json:
        emit_json([{**row(report), "faults": _fault_rows(caught)} for report in reports])
    elif not quiet:
        for report in reports:
            click.echo(text(report, verbose))
        for one_fault in caught:
            click.echo(str(one_fault))
    good = all(report.met for report in reports) and not any(c.missed for c in caught)
    raise SystemExit(0 if good else 1)


def _clouds(at: str | None, reset: bool) -> Clouds:
    """Where to verify: in this process, or in the cloud served at a URL."""
    from archlib.verify.cloud import local

    if at is not None:
        from archlib.verify.remote import Remotely

        return Remotely(at, reset=reset)
    if reset:
        raise UsageError("--reset says nothing to a cloud of this process", hint="--at URL")
    return local


def text(report: Report, verbose: bool = False) -> str:
    """A report as lines for a terminal: the verdict, the requirement, and the evidence."""
    lines = [f"{report.scenario} ({report.source})"]
    for verdict in report.verdicts:
        requirement = verdict.requirement
        lines.append(f"  {MARKS[verdict.outcome]:<8} {requirement.id:<8} {requirement.title}")
        if verdict.outcome is not Outcome.MET or verbose:
            for finding in verdict.findings:
                outcome = finding.evidence.outcome
                if verbose or outcome is not Outcome.MET:
                    lines.append(f"{'':<20} {finding.check}: {finding.evidence.observed}")
    met = sum(1 for v in report.verdicts if v.outcome is Outcome.MET)
    lines.append(f"  {met} of {len(report.verdicts)} requirements met")
    return "\n".join(lines)


def row(report: Report) -> dict[str, object]:
    """A report as plain data."""
    return {
        "scenario": report.scenario,
        "template": report.source,
        "met": report.met,
        "verdicts": [
            {
                "requirement": v.requirement.id,
                "title": v.requirement.title,
                "outcome": v.outcome.value,
                "findings": [
                    {
                        "check": f.check,
                        "title": f.title,
                        "outcome": f.evidence.outcome.value,
                        "observed": f.evidence.observed,
                        "hops": len(f.evidence.hops),
                        "resources": list(f.evidence.resources),
                    }
                    for f in v.findings
                ],
            }
            for v in report.verdicts
        ],
    }


def _fault_rows(caught: list[Caught]) -> list[dict[str, object]]:
    return [
        {
            "fault": c.fault.name,
            "caught_by": c.fault.caught_by,
            "applies": c.applies,
            "noticed": c.noticed,
            "evidence": c.evidence.observed,
        }
        for c in caught
    ]


def _cases(reports: list[Report], caught: list[Caught]) -> list[Case]:
    cases = []
    for report in reports:
        for verdict in report.verdicts:
            for finding in verdict.findings:
                seen, outcome = finding.evidence.observed, finding.evidence.outcome
                cases.append(
                    Case(
                        f"{report.scenario} {verdict.requirement.id}",
                        finding.check,
                        seen if outcome is Outcome.NOT_MET else None,
                        seen if outcome is Outcome.UNKNOWN else None,
                        seen if outcome is Outcome.MET else "",
                    )
                )
    for one in caught:
        name = f"{one.fault.name} is caught by {one.fault.caught_by}"
        missed, unfit = one.missed, not one.applies
        seen = one.evidence.observed
        cases.append(Case("faults", name, seen if missed else None, seen if unfit else None))
    return cases


def _results(reports: list[Report], template: Template | None) -> list[Result]:
    results = []
    for report in reports:
        file = template.name if template is not None else f"cfn/{report.scenario}.yaml"
        for verdict in report.verdicts:
            for finding in verdict.findings:
                evidence = finding.evidence
                if evidence.outcome is Outcome.MET:
                    continue
                level = "error" if evidence.outcome is Outcome.NOT_MET else "warning"
                rule = Rule(f"{verdict.requirement.id}/{finding.check}", finding.title)
                line = (
                    template.line(evidence.resources[0]) if template and evidence.resources else 1
                )
                results.append(Result(rule, level, evidence.observed, file, line or 1))
    return results
