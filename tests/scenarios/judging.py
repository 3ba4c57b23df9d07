"""What one check sees of a template."""

from __future__ import annotations

from archlib.template import Template
from archlib.verify import Evidence, Run, Scenario, verify


def seen_by(check: str, scenario: Scenario, template: Template) -> Evidence:
    """The evidence of one check; why the template did not deploy, if it did not.

    A check that reads nothing but the template is not worth a deployment.
    """
    found = next(one for one in scenario.checks if one.id == check)
    if not found.flows:
        return found.evidence(Run(scenario.architecture(), template, None, {}, {}))
    report = verify(scenario, template, only=[check])
    return report.undeployed or report.finding(check).evidence
