"""What an administrator does: looks at functions and logs, makes users and removes them."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from archlib.scenarios.browsing import outcome
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


def role_takers(site: Site, role: str, let: str) -> None:
    """Two users try to take on a role: ``let``, whom the administrators let, and ``somebody``.

    Their steps are called ``… takes on the role``, and leave ``ok`` or the code of the refusal.
    """
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    with site.operating():
        for name, statements in ((let, (allowed,)), ("somebody", ())):
            keys = new_user(site, name, *statements)
            with site.step(f"{name} takes on the role") as step:
                sts = site.client("sts", **keys)
                step.result = outcome(partial(sts.assume_role, RoleArn=role, RoleSessionName=name))
            remove_user(site, name, keys)


def new_user(site: Site, name: str, *statements: dict[str, Any]) -> dict[str, str]:
    """A user of the account with these permissions: options for a boto3 client."""
    iam = site.operator("iam")
    iam.create_user(UserName=name)
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    site.wait(seconds=15)  # a new user's keys take a moment everywhere on AWS
    return {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
    }


def remove_user(site: Site, name: str, keys: dict[str, str]) -> None:
    """Remove a user that :func:`new_user` made."""
    iam = site.operator("iam")
    iam.delete_access_key(UserName=name, AccessKeyId=keys["aws_access_key_id"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    iam.delete_user(UserName=name)
