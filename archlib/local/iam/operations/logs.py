"""CloudWatch Logs: groups, streams, queries.

AWS: "Actions, resources, and condition keys for Amazon CloudWatch Logs". The service asks IAM
about a group as ``...:log-group:NAME:log-stream:`` (as its denials show), which is why
policies end in ``:*`` ("Overview of managing access permissions to your CloudWatch Logs
resources").
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Table,
    all_of,
    and_tags,
    given,
    on,
    passes_role,
    same_name,
    tag_keys,
    tags,
)

_GROUP_NAMES = ("logGroupName", "logGroupIdentifier")
_GROUP_LISTS = ("logGroupNames", "logGroupIdentifiers")


def _group(call: Call, name: str) -> str:
    if name.startswith("arn:"):
        return name.removesuffix(":*")
    return call.arn("logs", f"log-group:{name}")


def stream_arn(call: Call) -> str | tuple[str, ...]:
    """The group's or stream's ARN; a call for several groups names each."""
    stream = call.params.get("logStreamName", "")
    for parameter in _GROUP_NAMES:
        if call.params.get(parameter):
            return f"{_group(call, call.params[parameter])}:log-stream:{stream}"
    for parameter in _GROUP_LISTS:
        if call.params.get(parameter):
            names = call.params[parameter]
            return tuple(f"{_group(call, name)}:log-stream:" for name in names)
    return f"{_group(call, '')}:log-stream:"


LOGS: Table = {
    **same_name(
        "logs",
        "AssociateKmsKey CreateExportTask CreateLogStream DeleteDataProtectionPolicy "
        "DeleteLogGroup DeleteLogStream DeleteMetricFilter DeleteRetentionPolicy "
        "DeleteSubscriptionFilter DescribeLogGroups DescribeLogStreams DescribeMetricFilters "
        "DescribeSubscriptionFilters DisassociateKmsKey FilterLogEvents "
        "GetDataProtectionPolicy GetLogEvents GetLogGroupFields ListTagsLogGroup "
        "PutDataProtectionPolicy PutLogEvents PutMetricFilter PutRetentionPolicy StartQuery",
        stream_arn,
    ),
    "CreateLogGroup": and_tags(
        on("logs:CreateLogGroup", stream_arn, tags("tags")),
        "logs:TagResource",
        stream_arn,
        "tags",
    ),
    "TagLogGroup": on("logs:TagLogGroup", stream_arn, tags("tags")),
    "UntagLogGroup": on("logs:UntagLogGroup", stream_arn, tag_keys("tags")),
    "PutSubscriptionFilter": all_of(
        on("logs:PutSubscriptionFilter", stream_arn),
        passes_role("roleArn", "logs.amazonaws.com"),
    ),
    **same_name(
        "logs",
        "CancelExportTask DeleteQueryDefinition DeleteResourcePolicy DescribeDestinations "
        "DescribeExportTasks DescribeQueries DescribeQueryDefinitions DescribeResourcePolicies "
        "PutQueryDefinition PutResourcePolicy StopQuery TestMetricFilter",
    ),
    "ListTagsForResource": on("logs:ListTagsForResource", given("resourceArn")),
    "TagResource": on("logs:TagResource", given("resourceArn"), tags("tags")),
    "UntagResource": on("logs:UntagResource", given("resourceArn"), tag_keys("tagKeys")),
}
