"""Judging what a template permits: whoever it belongs to, the same rules."""

from __future__ import annotations

from archlib.verify.check import Run
from archlib.verify.evidence import Evidence, judged
from archlib.verify.resources import identity_statements, listed, of_type, properties

#: What Lambda does with the role of a function in a VPC accepts no narrower resource (AWS Lambda
#: Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC").
ONLY_STAR = frozenset(
    {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    }
)

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def least_privilege(run: Run) -> Evidence:
    """No wildcard action, and ``*`` as resource only where there is nothing narrower."""
    wide: list[str] = []
    denied: set[tuple[str, str]] = set()
    granted = list(identity_statements(run.template.body))
    for one in granted:
        if one.statement.get("Effect") == "Deny":
            denied.update((one.logical_id, action) for action in one.actions)
    for one in granted:
        if one.statement.get("Effect") != "Allow":
            continue
        if "NotAction" in one.statement or any("*" in action for action in one.actions):
            wide.append(f"{one.label} allows {', '.join(one.actions) or 'all but NotAction'}")
        elif "*" in listed(one.statement.get("Resource")):
            loose = [a for a in one.actions if a not in ONLY_STAR]
            free = [a for a in one.actions if (one.logical_id, a) not in denied]
            if loose:
                wide.append(f"{one.label} allows {', '.join(loose)} on every resource")
            elif free:
                wide.append(f"{one.label} leaves {', '.join(free)} to the function's own code")
    return judged(
        not wide,
        f"{len(granted)} statements name their actions and resources",
        "; ".join(wide),
        resources=dict.fromkeys(one.logical_id for one in granted),
    )


#: Services whose every permission a flow is expected to use.
_DATA = ("dynamodb", "dax", "s3", "secretsmanager", "ssm")


def permissions_are_used(run: Run) -> Evidence:
    """What a role may do with data, or with secrets, is done in some flow."""
    used = {hop.action for flow in run.flows.values() for hop in flow.hops if hop.status < 400}
    unused = []
    for one in identity_statements(run.template.body):
        if one.statement.get("Effect") == "Allow":
            unused += [
                f"{one.label}: {action}"
                for action in one.actions
                if action.split(":")[0] in _DATA
                and _seen_as(action) not in used
                and "*" not in action
            ]
    return judged(
        not unused,
        "every granted data action was used by a flow",
        f"granted but never used: {', '.join(unused)}",
    )


def _seen_as(action: str) -> str:
    """The call in which an action shows, where its name is another."""
    return _SHOWS_AS.get(action, action)


_SHOWS_AS = {
    "s3:ListBucket": "s3:ListObjectsV2",
    "dynamodb:ConditionCheckItem": "dynamodb:TransactWriteItems",
}


def blocks_public_access(run: Run) -> Evidence:
    """Every bucket says in the template that it is never public."""
    open_buckets = {
        name: [key for key in _BLOCKS if str(_block(bucket).get(key)).lower() != "true"]
        for name, bucket in of_type(run.template.body, "AWS::S3::Bucket").items()
    }
    lacking = {name: keys for name, keys in open_buckets.items() if keys}
    return judged(
        not lacking,
        "every bucket blocks public access in all four ways",
        "; ".join(f"{name} does not set {', '.join(keys)}" for name, keys in lacking.items()),
        resources=open_buckets,
    )


def _block(bucket: dict[str, object]) -> dict[str, object]:
    found = properties(bucket).get("PublicAccessBlockConfiguration") or {}
    return dict(found)
