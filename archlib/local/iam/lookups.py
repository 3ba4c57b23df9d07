"""Where the policies attached to resources are found: one entry per service.

A plane that keeps a resource's policy itself (a gateway), or changes which policy is in effect
(S3's block public access), registers or wraps the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.iam.authorization import Context
from archlib.local.iam.evaluation import Layer
from archlib.local.iam.principal import Principal


@dataclass(frozen=True)
class ResourcePolicies:
    """The policies of one resource.

    Attributes:
        documents: name and JSON text of each.
        owner: the account the resource belongs to, when its ARN does not say.
        layer: how they are called in a decision.
        must_allow: without an allow here nothing else suffices, even within the account.
    """

    documents: tuple[tuple[str, str], ...] = ()
    owner: str | None = None
    layer: Layer = "resource-based policy"
    must_allow: bool = False


@dataclass(frozen=True)
class Sought:
    """Whose access to what is judged; ``account`` and ``region`` are where the call is made.

    ``context`` holds the condition keys that the request itself brings along.
    """

    who: Principal
    action: str
    resource: str
    account: str
    region: str
    context: Context = field(default_factory=dict)


Lookup = Callable[[Sought], ResourcePolicies]

NONE = ResourcePolicies()


def _named(name: str, text: str | bytes | None) -> ResourcePolicies:
    if not text:
        return NONE
    return ResourcePolicies(((name, text.decode() if isinstance(text, bytes) else text),))


def bucket_policy(sought: Sought) -> ResourcePolicies:
    """The policy of a bucket, for the bucket and for its objects."""
    from moto.s3.models import s3_backends

    name = sought.resource.rpartition(":::")[2].partition("/")[0]
    bucket = s3_backends[sought.account]["aws"].buckets.get(name)
    if bucket is None:
        return NONE
    found = _named(f"bucket policy of {name}", bucket.policy)
    return ResourcePolicies(found.documents, owner=sought.account)


def function_policy(sought: Sought) -> ResourcePolicies:
    """The resource-based policy of a function (of the version or alias that is named)."""
    from moto.awslambda.models import lambda_backends

    parts = sought.resource.split(":")
    if len(parts) < 7 or parts[5] != "function":
        return NONE
    backend: Any = lambda_backends[parts[4]][parts[3]]
    functions = backend._lambdas._functions.get(parts[6])
    if functions is None:
        return NONE
    latest = functions.get("latest")
    # One policy per qualifier: a Sid may come again for another version or alias.
    statements = [
        one
        for one in (latest.policy.statements if latest is not None else ())
        if one["Resource"] == sought.resource
    ]
    if not statements:
        return NONE
    return ResourcePolicies(((f"function policy of {parts[6]}", _document(statements)),))


def _document(statements: list[dict[str, Any]]) -> str:
    """The policy Lambda makes of AddPermission calls: a bare account or ARN is an AWS principal."""
    import json

    written = [
        {**one, "Principal": {"AWS": one["Principal"]}}
        if isinstance(one.get("Principal"), str) and one["Principal"] != "*"
        else one
        for one in statements
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": written})


def queue_policy(sought: Sought) -> ResourcePolicies:
    """The policy of an SQS queue."""
    from moto.sqs.models import sqs_backends

    parts = sought.resource.split(":")
    if len(parts) < 6:
        return NONE
    queue = sqs_backends[parts[4]][parts[3]].queues.get(parts[5])
    text = None if queue is None else getattr(queue, "policy", None)
    return _named(f"queue policy of {parts[5]}", text)


def topic_policy(sought: Sought) -> ResourcePolicies:
    """The policy of an SNS topic."""
    from moto.sns.models import sns_backends

    parts = sought.resource.split(":")
    if len(parts) < 6:
        return NONE
    topic = sns_backends[parts[4]][parts[3]].topics.get(sought.resource)
    return _named(f"topic policy of {parts[5]}", None if topic is None else topic.policy)


def table_policy(sought: Sought) -> ResourcePolicies:
    """The policy of a DynamoDB table (its indexes included) or stream."""
    from moto.dynamodb.models import dynamodb_backends

    parts = sought.resource.split(":")
    if len(parts) < 6:
        return NONE
    arn = sought.resource.partition("/index/")[0]
    found = dynamodb_backends[parts[4]][parts[3]].resource_policies.get(arn)
    return _named(f"policy of {parts[5]}", None if found is None else found.policy_doc)


def stream_policy(sought: Sought) -> ResourcePolicies:
    """The policy of a Kinesis stream."""
    from moto.kinesis.models import kinesis_backends

    parts = sought.resource.split(":")
    if len(parts) < 6:
        return NONE
    policies = kinesis_backends[parts[4]][parts[3]].resource_policies
    return _named(f"policy of {parts[5]}", policies.get(sought.resource))


def bus_policy(sought: Sought) -> ResourcePolicies:
    """The policy of an event bus."""
    from moto.events.models import events_backends

    parts = sought.resource.split(":")
    if len(parts) < 6 or not parts[5].startswith("event-bus/"):
        return NONE
    name = parts[5].removeprefix("event-bus/")
    bus = events_backends[parts[4]][parts[3]].event_buses.get(name)
    return _named(f"policy of event bus {name}", None if bus is None else bus.policy)


def trust_policy(sought: Sought) -> ResourcePolicies:
    """The trust policy of the role that is to be assumed."""
    from moto.iam.models import iam_backends

    parts = sought.resource.split(":")
    if len(parts) < 6 or not parts[5].startswith("role/"):
        return NONE
    roles = iam_backends[parts[4]]["aws"].roles.values()
    role = next((one for one in roles if one.arn == sought.resource), None)
    text = None if role is None else role.assume_role_policy_document
    found = _named(f"trust policy of {parts[5]}", text)
    return ResourcePolicies(found.documents, layer="role trust policy", must_allow=True)


LOOKUPS: Mapping[str, Lookup] = {
    "dynamodb": table_policy,
    "events": bus_policy,
    "kinesis": stream_policy,
    "lambda": function_policy,
    "s3": bucket_policy,
    "sns": topic_policy,
    "sqs": queue_policy,
    "sts": trust_policy,
}
"""By the service prefix of the action (``sts`` for assuming roles)."""
