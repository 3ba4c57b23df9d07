"""What the template itself says: no server, no fixed size, no standing key, no wildcard."""

from __future__ import annotations

import json

from archlib.verify import Check, Evidence, Run, judged, met, not_met
from archlib.verify.permissions import least_privilege, permissions_are_used
from archlib.verify.resources import of_type
from archlib.verify.serverless import no_bottleneck, on_demand, serverless


def burst_is_served(run: Run) -> Evidence:
    """The burst flow met no throttle."""
    step = run.step("burst", "burst")
    served = sum(1 for status in step.result if status == 201)
    items = served * 100
    return judged(
        served == len(step.result),
        f"{items} to-dos in {served} requests were written without a throttle",
        f"{len(step.result) - served} of {len(step.result)} requests were refused: "
        f"{sorted(set(step.result) - {201})}",
        [h for h in step.hops if h.status >= 400],
    )


def no_iam_user(run: Run) -> Evidence:
    """No IAM user, no access key, no key in outputs or environments."""
    users = of_type(run.template.body, "AWS::IAM::User", "AWS::IAM::AccessKey")
    if users:
        names = ", ".join(f"{n} ({r['Type']})" for n, r in users.items())
        return not_met(f"the template makes long-lived keys: {names}", resources=users)
    text = json.dumps(run.template.body)
    if "AKIA" in text or "aws_secret_access_key" in text.lower():
        return not_met("an access key is written into the template")
    return met("the template has no IAM user and no access key")


SHAPE = (
    Check("no-server", "TODO-02", "No machine among the resources", serverless),
    Check("no-iam-user", "TODO-08", "No IAM user and no access key", no_iam_user),
    Check("on-demand", "TODO-12", "Tables are on demand", on_demand),
    Check("no-bottleneck", "TODO-12", "No fixed limit in the template", no_bottleneck),
    Check("burst-is-served", "TODO-12", "A burst is not throttled", burst_is_served, ("burst",)),
    Check("least-privilege", "TODO-13", "No wildcard permission", least_privilege),
    Check(
        "permissions-are-used",
        "TODO-13",
        "No permission that no flow uses",
        permissions_are_used,
        ("todos", "files", "burst", "consistency", "response-cache"),
    ),
)
