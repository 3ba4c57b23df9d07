"""CloudFormation: stacks and change sets.

AWS: "Actions, resources, and condition keys for AWS CloudFormation".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Table,
    all_of,
    keys,
    merged,
    on,
    passes_role,
    same_name,
    tags,
)


def _stack(call: Call) -> str:
    name = call.params.get("StackName")
    if not name:
        named_set = call.params.get("ChangeSetName", "")
        return named_set if named_set.startswith("arn:") else "*"
    return name if name.startswith("arn:") else call.arn("cloudformation", f"stack/{name}/*")


_ROLE = passes_role("RoleARN", "cloudformation.amazonaws.com")
_KEYS = merged(
    tags(),
    keys(
        {
            "TemplateURL": "cloudformation:TemplateUrl",
            "ResourceTypes": "cloudformation:ResourceTypes",
            "RoleARN": "cloudformation:RoleArn",
            "StackPolicyURL": "cloudformation:StackPolicyUrl",
            "ChangeSetName": "cloudformation:ChangeSetName",
        }
    ),
)

CLOUDFORMATION: Table = {
    **{
        name: all_of(on(f"cloudformation:{name}", _stack, _KEYS), _ROLE)
        for name in (
            "CreateStack",
            "UpdateStack",
            "DeleteStack",
            "CreateChangeSet",
            "ContinueUpdateRollback",
            "RollbackStack",
        )
    },
    **same_name(
        "cloudformation",
        "CancelUpdateStack DeleteChangeSet DescribeChangeSet DescribeStackEvents "
        "DescribeStackResource DescribeStackResourceDrifts DescribeStackResources DescribeStacks "
        "DetectStackDrift DetectStackResourceDrift ExecuteChangeSet GetStackPolicy GetTemplate "
        "GetTemplateSummary ListChangeSets ListStackResources SetStackPolicy SignalResource "
        "UpdateTerminationProtection",
        _stack,
        _KEYS,
    ),
    **same_name(
        "cloudformation",
        "DescribeAccountLimits DescribeStackDriftDetectionStatus DescribeType "
        "EstimateTemplateCost ListExports ListImports ListStacks ListTypes ValidateTemplate",
    ),
}
