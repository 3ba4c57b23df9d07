"""Verify: deploy a template, let the flows run, judge every requirement.

The template is what is judged, not the model: it may come from the scenario's architecture or
from a file that someone else wrote. The function code and the expectations (which arrows,
which flows) are the scenario's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archlib.architecture import Architecture, Requirement
from archlib.errors import (
    DeploymentError,
    TemplateError,
    Unsupported,
    UsageError,
    VerificationError,
)
from archlib.local.geography import client_in
from archlib.verify import picture
from archlib.verify.arrows import Coverage, Places, cover
from archlib.verify.check import Check, Run, checks_table
from archlib.verify.cloud import Cloud, Clouds, local
from archlib.verify.evidence import Evidence, Finding, Outcome, Verdict, met, not_met, unknown
from archlib.verify.flow import Flow, FlowRun, Site, perform
from archlib.verify.picture import PICTURE
from archlib.verify.scenario import Scenario

if TYPE_CHECKING:
    from archlib.local.deploy.deployment import Deployment
    from archlib.template import Asset, Template

Progress = Callable[[str], None]

DEPLOYS = Requirement(
    "DEPLOYS",
    "The template deploys",
    "The template is accepted, and every resource in it is really created.",
    "design",
)

#: What Lambda says when the code that a template names is not among the uploaded zips.
_NO_CODE = "S3 Error Code: NoSuchKey"


@dataclass(frozen=True)
class Report:
    """All verdicts on one template, with the flows and hops they rest on."""

    scenario: str
    source: str
    verdicts: tuple[Verdict, ...]
    flows: tuple[FlowRun, ...]
    coverage: Coverage | None

    @property
    def met(self) -> bool:
        """Whether every requirement is met."""
        return all(v.outcome is Outcome.MET for v in self.verdicts)

    @property
    def undeployed(self) -> Evidence | None:
        """Why the template could not be deployed; None when it was."""
        for verdict in self.verdicts:
            if verdict.requirement is DEPLOYS and verdict.outcome is not Outcome.MET:
                return verdict.findings[0].evidence
        return None

    def finding(self, check: str) -> Finding:
        """The finding of one check; :class:`KeyError` when it was not run."""
        for verdict in self.verdicts:
            for finding in verdict.findings:
                if finding.check == check:
                    return finding
        raise KeyError(check)

    def verdict(self, requirement: str) -> Verdict:
        """The verdict on one requirement."""
        for verdict in self.verdicts:
            if verdict.requirement.id == requirement:
                return verdict
        raise KeyError(requirement)


def verify(
    scenario: Scenario,
    template: Template | None = None,
    *,
    only: Sequence[str] | None = None,
    variants: Mapping[str, Template] | None = None,
    clouds: Clouds = local,
    progress: Progress = lambda _: None,
) -> Report:
    """Judge ``template`` (by default the scenario's own) and return the report.

    ``only`` names the checks to run; the flows they do not need are left out, and so is the
    verdict on the picture. ``variants`` are templates to deploy in place of the scenario's own
    builds of those names; ``clouds`` gives the empty cloud that each build is deployed to. Raises
    :class:`UsageError` for an unknown check.
    """
    from archlib.template import emit

    architecture = scenario.architecture()
    emitted = emit(architecture)
    judged = template or emitted.template
    checks = _chosen(scenario, only)
    _judgeable(architecture, scenario.checks)
    flows = _needed(scenario, checks if only is not None else None)
    deployments: dict[str, Deployment] = {}
    runs: dict[str, FlowRun] = {}
    coverage: Coverage | None = None
    for variant in _variants(flows):
        progress(f"deploy {scenario.name}" + (f" ({variant})" if variant else ""))
        chosen, assets = (judged, emitted.assets) if not variant else _variant(scenario, variant)
        chosen = (variants or {}).get(variant, chosen)
        with clouds() as cloud:
            try:
                deployment = cloud.deploy(chosen, stack_name=scenario.name, assets=assets)
            except (DeploymentError, TemplateError, Unsupported) as error:
                report = _undeployed(scenario, architecture, judged, checks, error, variant)
                return (
                    report
                    if only is not None
                    else replace(report, verdicts=(*report.verdicts, picture.not_drawn()))
                )
            deployments[variant] = deployment
            for flow in flows:
                if flow.variant == variant:
                    progress(f"flow {flow.name}")
                    runs[flow.name] = perform(flow, site(cloud, deployment))
            if not variant and only is None:
                hops = [h for r in runs.values() if not r.flow.variant for h in r.hops]
                operator = cloud.administrator
                hops = [h for h in hops if h.principal != operator]
                coverage = cover(architecture, Places(architecture, deployment), hops)
    run = Run(architecture, judged, deployments.get(""), runs, deployments)
    progress("judge")
    verdicts = [Verdict(DEPLOYS, (_deployed(deployments[""]),)) if only is None else None]
    verdicts += _verdicts(architecture, checks, run, only is None)
    if coverage is not None:
        verdicts.append(picture.verdict(coverage, run))
    return Report(
        scenario.name,
        judged.name,
        tuple(v for v in verdicts if v is not None),
        tuple(runs.values()),
        coverage,
    )


def site(cloud: Cloud, deployment: Deployment) -> Site:
    """A deployment in a cloud, as its users see it."""
    return Site(
        deployment.outputs,
        lambda service, **options: _client(cloud, service, options),
        cloud.client,
        cloud.outbox,
        cloud.clock.advance,
        client_in,
        cloud.trace,
        cloud.turns.together,
    )


def _client(cloud: Cloud, service: str, options: dict[str, Any]) -> Any:
    from botocore import UNSIGNED
    from botocore.config import Config

    boto3: Any = importlib.import_module("boto3")
    options.setdefault("region_name", cloud.region)
    if "aws_access_key_id" not in options:
        options.setdefault("config", Config(signature_version=UNSIGNED))
    return boto3.client(service, **options)


def _chosen(scenario: Scenario, only: Sequence[str] | None) -> tuple[Check, ...]:
    table = checks_table(scenario.checks)
    if only is None:
        return scenario.checks
    unknown_ids = [name for name in only if name not in table]
    if unknown_ids:
        raise UsageError(
            f"{scenario.name} has no check called {', '.join(unknown_ids)}",
            hint=f"its checks are {', '.join(table)}",
        )
    return tuple(table[name] for name in dict.fromkeys(only))


def _judgeable(architecture: Architecture, checks: Iterable[Check]) -> None:
    """A check of a requirement that does not exist would never be heard."""
    known = {requirement.id for requirement in architecture.requirements}
    for check in checks:
        if check.requirement not in known:
            raise VerificationError(
                f"it judges requirement {check.requirement}, which {architecture.name} has not",
                where=f"check “{check.id}”",
                hint=f"there are {', '.join(sorted(known))}",
            )


def _needed(scenario: Scenario, checks: Iterable[Check] | None) -> tuple[Flow, ...]:
    if checks is None:
        return scenario.flows
    names = {name for check in checks for name in check.flows}
    return tuple(flow for flow in scenario.flows if flow.name in names)


def _variants(flows: Iterable[Flow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(["", *(flow.variant for flow in flows)]))


def _variant(scenario: Scenario, name: str) -> tuple[Template, tuple[Asset, ...]]:
    from archlib.template import emit

    emitted = emit(scenario.variants[name]())
    return emitted.template, emitted.assets


def _verdicts(
    architecture: Architecture, checks: Iterable[Check], run: Run, everything: bool
) -> list[Verdict | None]:
    by_requirement: dict[str, list[Finding]] = {}
    for check in checks:
        finding = Finding(check.id, check.title, check.evidence(run))
        by_requirement.setdefault(check.requirement, []).append(finding)
    return [
        Verdict(requirement, tuple(by_requirement.get(requirement.id, ())))
        for requirement in architecture.requirements
        if everything or requirement.id in by_requirement
    ]


def _deployed(deployment: Deployment) -> Finding:
    count = len(deployment.resources)
    created = "1 resource was created" if count == 1 else f"{count} resources were created"
    return Finding("deploys", "Every resource is created", met(created))


def _undeployed(
    scenario: Scenario,
    architecture: Architecture,
    template: Template,
    checks: tuple[Check, ...],
    error: Exception,
    variant: str,
) -> Report:
    """The report on a template that cannot be deployed: what it says itself is judged still."""
    where = f"variant {variant}: " if variant else ""
    refusal = unknown if isinstance(error, Unsupported) else not_met
    said = f"{where}{error}"
    if _NO_CODE in said:
        said += (
            f"; the code of functions is that of {scenario.name}'s own template: is this one of "
            "another scenario?"
        )
    finding = Finding("deploys", "Every resource is created", refusal(said))
    run = Run(architecture, template, None, {}, {})
    by_requirement: dict[str, list[Finding]] = {}
    for check in checks:
        evidence = unknown("nothing is deployed") if check.flows else check.evidence(run)
        found = Finding(check.id, check.title, evidence)
        by_requirement.setdefault(check.requirement, []).append(found)
    rest = [
        Verdict(requirement, tuple(by_requirement[requirement.id]))
        for requirement in architecture.requirements
        if requirement.id in by_requirement
    ]
    verdicts = (Verdict(DEPLOYS, (finding,)), *rest)
    return Report(scenario.name, template.name, verdicts, (), None)


__all__ = ["DEPLOYS", "PICTURE", "Evidence", "Report", "site", "verify"]
