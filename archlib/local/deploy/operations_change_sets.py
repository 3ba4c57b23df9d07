"""CloudFormation operations on change sets."""

from __future__ import annotations

from typing import Any

from archlib.errors import Unsupported
from archlib.local.deploy import answers
from archlib.local.deploy.answers import Answer
from archlib.local.deploy.engine import Engine
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.stack import ChangeSet, Stack
from archlib.local.deploy.submission import request_of

_UNCHANGED = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)


def create_change_set(engine: Engine, params: dict[str, Any]) -> Answer:
    """Describe a change without making it; a new stack waits for review."""
    kind = params.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT":
        raise Unsupported("the local cloud does not honour ChangeSetType IMPORT")
    name, stack_name = params["ChangeSetName"], params["StackName"]
    if kind == "CREATE":
        review = [s for s in engine.stacks if s.name == stack_name and s.live]
        if review and review[0].status == "REVIEW_IN_PROGRESS":
            stack = review[0]
            request = request_of(engine, params)
        else:
            request = request_of(engine, params)
            stack = engine.begin(stack_name, request, status="REVIEW_IN_PROGRESS")
    else:
        try:
            stack = engine.find(stack_name)
        except StackError:
            raise StackError(f"Stack [{stack_name}] does not exist") from None
        engine.check_updatable(stack)
        request = request_of(engine, params, stack)
    if name in stack.change_sets:
        raise StackError(f"ChangeSet {name} already exists.", code="AlreadyExistsException")
    design = engine.designer.design(request, stack.name, stack.id, direct=False)
    plan = engine.plan(stack, design)
    host = engine.host
    identity = (
        f"arn:aws:cloudformation:{host.region}:{host.account}:changeSet/{name}/{host.new_uuid()}"
    )
    good = not plan.empty
    one = ChangeSet(
        identity,
        name,
        kind,
        host.now(),
        design,
        plan.changes,
        "CREATE_COMPLETE" if good else "FAILED",
        "AVAILABLE" if good else "UNAVAILABLE",
        None if good else _UNCHANGED,
        params.get("Description"),
    )
    if stack not in engine.stacks:
        engine.stacks.append(stack)
        engine.journal.announce(stack, "REVIEW_IN_PROGRESS", "User Initiated")
    stack.change_sets[name] = one
    return {"Id": identity, "StackId": stack.id}


def find_change_set(engine: Engine, params: dict[str, Any]) -> tuple[Stack, ChangeSet]:
    """The stack and the change set a request names; raises :class:`StackError`."""
    wanted = params["ChangeSetName"]
    stacks = [engine.find(params["StackName"])] if "StackName" in params else engine.stacks
    for stack in stacks:
        for one in stack.change_sets.values():
            if wanted in (one.id, one.name):
                return stack, one
    raise StackError(f"ChangeSet [{wanted}] does not exist", code="ChangeSetNotFoundException")


def describe_change_set(engine: Engine, params: dict[str, Any]) -> Answer:
    """Tell what a change set would do."""
    return answers.change_set(*find_change_set(engine, params))


def execute_change_set(engine: Engine, params: dict[str, Any]) -> Answer:
    """Carry a change set out; the others of its stack are void afterwards."""
    stack, one = find_change_set(engine, params)
    if one.execution != "AVAILABLE":
        raise StackError(
            f"ChangeSet [{one.id}] cannot be executed in its current status of [{one.status}]",
            code="InvalidChangeSetStatus",
        )
    if params.get("DisableRollback"):
        raise Unsupported("the local cloud does not honour DisableRollback of ExecuteChangeSet")
    assert one.design is not None
    # the others describe a stack that is no more
    stack.change_sets.clear()
    one.execution = "EXECUTE_COMPLETE"
    if one.kind == "CREATE":
        engine.create_into(stack, one.design)
    else:
        engine.update_into(stack, one.design)
    return {}


def delete_change_set(engine: Engine, params: dict[str, Any]) -> Answer:
    """Forget a change set."""
    try:
        stack, one = find_change_set(engine, params)
    except StackError:
        return {}
    del stack.change_sets[one.name]
    return {}


def list_change_sets(engine: Engine, params: dict[str, Any]) -> Answer:
    """List the change sets of a stack."""
    stack = engine.find(params["StackName"])
    return {
        "Summaries": [answers.change_set_summary(stack, one) for one in stack.change_sets.values()]
    }
