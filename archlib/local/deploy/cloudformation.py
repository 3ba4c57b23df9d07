"""The CloudFormation API: the plane that answers ``boto3.client("cloudformation")``.

Stacks are complete when the call returns; the waiters find that at once. One engine per region.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, ApiRefusal
from archlib.local.deploy import answers
from archlib.local.deploy.answers import Answer
from archlib.local.deploy.engine import Engine, Host
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.extensions import EXTENSIONS
from archlib.local.deploy.parameters import check_declarations
from archlib.local.deploy.providers import TYPES
from archlib.local.deploy.reading import Source, read_template
from archlib.local.deploy.stack import ChangeSet, Request, Stack
from archlib.local.deploy.template import Anatomy, take_apart, transforms

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_SERVICE = "cloudformation"
_UNCHANGED = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)
#: Arguments whose effect the local cloud cannot give.
REFUSED_ARGUMENTS = (
    "NotificationARNs",
    "RoleARN",
    "StackPolicyBody",
    "StackPolicyURL",
    "StackPolicyDuringUpdateBody",
    "StackPolicyDuringUpdateURL",
    "ResourceTypes",
    "ResourcesToImport",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "DeploymentMode",
    "DeletionMode",
    "OnStackFailure",
    "RetainExceptOnCreate",
)
Operation = Callable[["CloudFormation", Engine, dict[str, Any]], Answer]


class CloudFormation:
    """The plane; ``engine()`` is the engine of a region, for the library's own bookkeeping."""

    def start(self, cloud: LocalCloud) -> None:
        """Register every operation of the service, the unsupported ones with a refusal."""
        self.cloud = cloud
        self._engines: dict[str, Engine] = {}
        model = cloud.control(_SERVICE).meta.service_model
        for name in model.operation_names:
            cloud.api.handle(_SERVICE, name, self._serve(name, OPERATIONS.get(name)))

    def stop(self) -> None:
        """Forget all stacks."""
        self._engines.clear()

    def engine(self, region: str | None = None) -> Engine:
        """The engine of a region."""
        region = region or self.cloud.region
        if region not in self._engines:
            cloud = self.cloud
            host = Host(
                account=cloud.account,
                region=region,
                client=lambda service: cloud.control(service, region=region),
                now=cloud.clock.now,
                new_id=lambda length, alphabet: cloud.new_id(_SERVICE, length, alphabet),
                new_uuid=cloud.new_uuid,
            )
            self._engines[region] = Engine(host, TYPES)
        return self._engines[region]

    def _serve(self, name: str, operation: Operation | None) -> Callable[[ApiCall], Answer]:
        def serve(call: ApiCall) -> Answer:
            if operation is None:
                raise Unsupported(f"the local cloud has no cloudformation:{name}")
            for argument in REFUSED_ARGUMENTS:
                if call.params.get(argument):
                    raise Unsupported(
                        f"the local cloud does not honour {argument} of cloudformation:{name}"
                    )
            if (call.params.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
                raise Unsupported(
                    f"the local cloud does not honour RollbackTriggers of cloudformation:{name}"
                )
            try:
                return operation(self, self.engine(call.region), call.params)
            except StackError as refusal:
                raise ApiRefusal(refusal.code, refusal.message) from None

        return serve

    # -- reading requests ----------------------------------------------------------------------

    def source(self, engine: Engine, params: dict[str, Any], stack: Stack | None = None) -> Source:
        """The template a request names by text, URL or ``UsePreviousTemplate``."""
        if params.get("UsePreviousTemplate"):
            if stack is None or stack.request is None:
                raise StackError("Previous template does not exist.")
            return stack.request.source
        body, url = params.get("TemplateBody"), params.get("TemplateURL")
        if (body is None) == (url is None):
            raise StackError("Either Template URL or Template Body must be specified.")
        if url is not None:
            return read_template(fetch(engine, url))
        assert body is not None
        if len(body.encode()) > 51_200:
            raise StackError(
                "1 validation error detected: Value at 'templateBody' failed to satisfy "
                "constraint: Member must have length less than or equal to 51200"
            )
        return read_template(body)

    def request(
        self, engine: Engine, params: dict[str, Any], stack: Stack | None = None
    ) -> Request:
        """The whole request, with previous values filled in."""
        given: dict[str, str] = {}
        before = stack.design.values if stack is not None and stack.design else {}
        for entry in params.get("Parameters") or []:
            key = entry["ParameterKey"]
            if entry.get("UsePreviousValue"):
                if key not in before:
                    raise StackError(
                        f"Invalid input for parameter key {key}. Cannot specify usePreviousValue "
                        "as true for a parameter key not in the previous template"
                    )
                given[key] = before[key].given
            else:
                given[key] = entry.get("ParameterValue", "")
        if params.get("DisableRollback") and "OnFailure" in params:
            raise StackError("Either DisableRollback or OnFailure can be specified, not both.")
        tags = params.get("Tags")
        if tags is None and stack is not None and stack.request is not None:
            kept = stack.request.tags
        else:
            kept = tuple((tag["Key"], tag["Value"]) for tag in tags or [])
        return Request(
            source=self.source(engine, params, stack),
            parameters=given,
            capabilities=tuple(params.get("Capabilities") or ()),
            tags=kept,
            on_failure="DO_NOTHING"
            if params.get("DisableRollback")
            else params.get("OnFailure", "ROLLBACK"),
            token=params.get("ClientRequestToken"),
        )

    def anatomy(self, engine: Engine, source: Source) -> Anatomy:
        """A template's anatomy without values: for validation and summaries."""
        named = transforms(source.body)
        body = dict(source.body)
        declared = check_declarations(body.get("Parameters") or {})
        if named == (EXTENSIONS,) or not named:
            names = {n: p.get("Default", "") for n, p in declared.items()}
            names.update({"AWS::Region": engine.host.region, "AWS::AccountId": engine.host.account})
            body = engine.designer.transformed(body, named, names)
            return take_apart(body, named)
        return Anatomy(body, {}, named, declared)


def fetch(engine: Engine, url: str) -> str:
    """A template's text from local S3; raises :class:`StackError` for any other place."""
    parts = urlparse(url)
    host, path = parts.netloc, unquote(parts.path.lstrip("/"))
    if parts.scheme == "s3":
        bucket, key = host, path
    elif host.startswith("s3.") or host.startswith("s3-"):
        bucket, _, key = path.partition("/")
    elif ".s3." in host or ".s3-" in host:
        bucket, key = host.split(".s3", 1)[0], path
    else:
        raise StackError("TemplateURL must be a supported URL.")
    client = engine.host.client("s3")
    try:
        return str(client.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    except client.exceptions.ClientError as error:
        raise StackError(f"S3 error: {error.response['Error'].get('Message', '')}") from None


# -- operations -------------------------------------------------------------------------------


def _validate_template(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    source = plane.source(engine, params)
    anatomy = plane.anatomy(engine, source)
    return answers.without_none(
        {
            "Parameters": answers.declared_parameters(source.body.get("Parameters") or {}),
            "Description": source.body.get("Description"),
            **answers.capabilities(anatomy),
        }
    )


def _get_template_summary(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    if "StackName" in params:
        stack = engine.find(params["StackName"], deleted=True)
        assert stack.request is not None
        source = stack.request.source
    else:
        source = plane.source(engine, params)
    anatomy = plane.anatomy(engine, source)
    declared = source.body.get("Parameters") or {}
    parameters = answers.declared_parameters(declared)
    for entry in parameters:
        written = declared[entry["ParameterKey"]]
        entry["ParameterType"] = written["Type"]
        entry["ParameterConstraints"] = (
            {"AllowedValues": [str(v) for v in written["AllowedValues"]]}
            if "AllowedValues" in written
            else {}
        )
    resources = source.body.get("Resources") or {}
    return answers.without_none(
        {
            "Parameters": parameters,
            "Description": source.body.get("Description"),
            "ResourceTypes": sorted({entry["Type"] for entry in resources.values()}),
            "Version": str(source.body.get("AWSTemplateFormatVersion", "2010-09-09")),
            "Metadata": json.dumps(source.body["Metadata"]) if "Metadata" in source.body else None,
            **answers.capabilities(anatomy),
        }
    )


def _create_stack(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    stack = engine.create(params["StackName"], plane.request(engine, params))
    stack.protected = bool(params.get("EnableTerminationProtection"))
    stack.timeout = params.get("TimeoutInMinutes")
    return {"StackId": stack.id}


def _update_stack(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    if params.get("DisableRollback"):
        raise Unsupported("the local cloud does not honour DisableRollback of UpdateStack")
    stack = engine.find(params["StackName"])
    engine.update(stack, plane.request(engine, params, stack))
    return {"StackId": stack.id}


def _delete_stack(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    try:
        stack = engine.find(params["StackName"])
    except StackError:
        return {}
    engine.delete(stack, params.get("RetainResources") or ())
    return {}


def _describe_stacks(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    if "StackName" in params:
        found = [engine.find(params["StackName"], deleted=True)]
    else:
        found = [stack for stack in reversed(engine.stacks) if stack.live]
    return {"Stacks": [answers.stack(stack) for stack in found]}


def _list_stacks(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    wanted = params.get("StackStatusFilter")
    found = [s for s in reversed(engine.stacks) if not wanted or s.status in wanted]
    return {"StackSummaries": [answers.summary(stack) for stack in found]}


def _stack_events(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    name = params.get("StackName", "")
    try:
        stack = engine.find(name, deleted=True)
    except StackError:
        raise StackError(f"Stack [{name}] does not exist") from None
    return {"StackEvents": [answers.event(stack, one) for one in reversed(stack.events)]}


def _resources_of(stack: Stack) -> list[Any]:
    known = {**stack.gone, **stack.resources} if not stack.live else stack.resources
    return list(known.values())


def _describe_resource(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    stack = engine.find(params["StackName"], deleted=True)
    logical_id = params["LogicalResourceId"]
    for one in _resources_of(stack):
        if one.logical_id == logical_id:
            answer = answers.resource(stack, one, described=True)
            answer["LastUpdatedTimestamp"] = answer.pop("Timestamp")
            answer["Metadata"] = json.dumps(one.metadata or {})
            return {"StackResourceDetail": answer}
    raise StackError(f"Resource {logical_id} does not exist for stack {stack.name}")


def _describe_resources(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    name, physical = params.get("StackName"), params.get("PhysicalResourceId")
    if (name is None) == (physical is None):
        raise StackError("You must specify either StackName or PhysicalResourceId, but not both.")
    if name is not None:
        stack = engine.find(name, deleted=True)
    else:
        owners = [
            s
            for s in engine.stacks
            if s.live and any(r.physical_id == physical for r in s.resources.values())
        ]
        if not owners:
            raise StackError(f"Stack for {physical} does not exist")
        stack = owners[0]
    wanted = params.get("LogicalResourceId")
    return {
        "StackResources": [
            answers.resource(stack, one, described=True)
            for one in _resources_of(stack)
            if wanted is None or one.logical_id == wanted
        ]
    }


def _list_resources(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    stack = engine.find(params["StackName"], deleted=True)
    return {
        "StackResourceSummaries": [answers.resource(stack, one) for one in _resources_of(stack)]
    }


def _get_template(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    if "StackName" not in params:
        raise StackError("StackName must be specified.")
    stack = engine.find(params["StackName"], deleted=True)
    if "ChangeSetName" in params:
        chosen = _find_change_set(engine, params)[1]
        assert chosen.design is not None
        request, anatomy = chosen.design.request, chosen.design.anatomy
    elif stack.request is None or stack.design is None:
        raise StackError(f"Template for stack {stack.name} does not exist")
    else:
        request, anatomy = stack.request, stack.design.anatomy
    text = request.source.text
    if params.get("TemplateStage") == "Processed" and anatomy.transforms:
        body: Any = OrderedDict(anatomy.body)
    elif text.lstrip().startswith("{"):
        body = json.loads(text, object_pairs_hook=OrderedDict)
    else:
        body = text
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def _create_change_set(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    kind = params.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT":
        raise Unsupported("the local cloud does not honour ChangeSetType IMPORT")
    name, stack_name = params["ChangeSetName"], params["StackName"]
    if kind == "CREATE":
        review = [s for s in engine.stacks if s.name == stack_name and s.live]
        if review and review[0].status == "REVIEW_IN_PROGRESS":
            stack = review[0]
            request = plane.request(engine, params)
        else:
            request = plane.request(engine, params)
            stack = engine.begin(stack_name, request, status="REVIEW_IN_PROGRESS")
    else:
        try:
            stack = engine.find(stack_name)
        except StackError:
            raise StackError(f"Stack [{stack_name}] does not exist") from None
        engine.check_updatable(stack)
        request = plane.request(engine, params, stack)
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
        engine.announce(stack, "REVIEW_IN_PROGRESS", "User Initiated")
    stack.change_sets[name] = one
    return {"Id": identity, "StackId": stack.id}


def _find_change_set(engine: Engine, params: dict[str, Any]) -> tuple[Stack, ChangeSet]:
    wanted = params["ChangeSetName"]
    stacks = [engine.find(params["StackName"])] if "StackName" in params else engine.stacks
    for stack in stacks:
        for one in stack.change_sets.values():
            if wanted in (one.id, one.name):
                return stack, one
    raise StackError(f"ChangeSet [{wanted}] does not exist", code="ChangeSetNotFoundException")


def _describe_change_set(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    return answers.change_set(*_find_change_set(engine, params))


def _execute_change_set(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    stack, one = _find_change_set(engine, params)
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


def _delete_change_set(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    try:
        stack, one = _find_change_set(engine, params)
    except StackError:
        return {}
    del stack.change_sets[one.name]
    return {}


def _list_change_sets(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    stack = engine.find(params["StackName"])
    return {
        "Summaries": [answers.change_set_summary(stack, one) for one in stack.change_sets.values()]
    }


def _list_exports(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    return {
        "Exports": [
            {"ExportingStackId": stack.id, "Name": output.export, "Value": output.value}
            for stack in engine.stacks
            if stack.live
            for output in stack.outputs.values()
            if output.export
        ]
    }


def _list_imports(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    name = params["ExportName"]
    if engine.exporter(name) is None:
        raise StackError(f"No export named {name} found.")
    importers = engine.importers(name)
    if not importers:
        raise StackError(f"Export '{name}' is not imported by any stack.")
    return {"Imports": importers}


def _protection(plane: CloudFormation, engine: Engine, params: dict[str, Any]) -> Answer:
    stack = engine.find(params["StackName"])
    stack.protected = params["EnableTerminationProtection"]
    return {"StackId": stack.id}


OPERATIONS: dict[str, Operation] = {
    "ValidateTemplate": _validate_template,
    "GetTemplateSummary": _get_template_summary,
    "CreateStack": _create_stack,
    "UpdateStack": _update_stack,
    "DeleteStack": _delete_stack,
    "DescribeStacks": _describe_stacks,
    "ListStacks": _list_stacks,
    "DescribeStackEvents": _stack_events,
    "DescribeStackResource": _describe_resource,
    "DescribeStackResources": _describe_resources,
    "ListStackResources": _list_resources,
    "GetTemplate": _get_template,
    "CreateChangeSet": _create_change_set,
    "DescribeChangeSet": _describe_change_set,
    "ExecuteChangeSet": _execute_change_set,
    "DeleteChangeSet": _delete_change_set,
    "ListChangeSets": _list_change_sets,
    "ListExports": _list_exports,
    "ListImports": _list_imports,
    "UpdateTerminationProtection": _protection,
}

__all__ = ["OPERATIONS", "CloudFormation", "fetch"]
