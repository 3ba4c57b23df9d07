"""Judging whether a template refuses what does not come over TLS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.verify.check import Run
from archlib.verify.evidence import Evidence, judged
from archlib.verify.resources import listed, of_type, properties

#: Policy type -> what it protects, and the property that names it.
_POLICIES = {
    "AWS::S3::BucketPolicy": ("AWS::S3::Bucket", "Bucket"),
    "AWS::SQS::QueuePolicy": ("AWS::SQS::Queue", "Queues"),
}


def refuses_plain_http(run: Run) -> Evidence:
    """The policy of every bucket and queue denies everybody what does not come over TLS."""
    body = run.template.body
    protected: set[str] = set()
    wanted: list[str] = []
    for kind, (target, holder) in _POLICIES.items():
        wanted += of_type(body, target)
        for policy in of_type(body, kind).values():
            named = properties(policy)
            if any(map(_denies_plain_http, _statements(named.get("PolicyDocument")))):
                protected.update(_referred(named.get(holder)))
    open_ones = [name for name in wanted if name not in protected]
    return judged(
        not open_ones,
        f"the policies of {len(wanted)} buckets and queues refuse plain HTTP",
        f"plain HTTP is not refused by {', '.join(open_ones)}",
        resources=wanted,
    )


def _statements(document: Any) -> list[Mapping[str, Any]]:
    found = (document or {}).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _denies_plain_http(statement: Mapping[str, Any]) -> bool:
    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and str(secure).lower() == "false"
        and any(action == "*" or action.endswith(":*") for action in listed(statement["Action"]))
    )


def _referred(value: Any) -> list[str]:
    return [one["Ref"] for one in (value if isinstance(value, list) else [value]) if "Ref" in one]
