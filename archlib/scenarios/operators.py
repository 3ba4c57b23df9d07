"""What an administrator looks at: the stack's functions and their logs."""

from __future__ import annotations

from archlib.verify import Site


def stack_functions(site: Site, member: str) -> dict[str, str]:
    """The names of the stack's functions by logical id; ``member`` names any resource of it."""
    found = site.operator("cloudformation").describe_stack_resources(PhysicalResourceId=member)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for one in found["StackResources"]
        if one["ResourceType"] == "AWS::Lambda::Function"
    }


def log_lines(site: Site, function: str) -> list[str]:
    """What a function's log group holds, as an administrator reads it."""
    made = site.operator("lambda").get_function_configuration(FunctionName=function)
    group = made.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{function}")
    logs = site.operator("logs")
    try:
        events = logs.filter_log_events(logGroupName=group)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].strip() for event in events]
