"""A deployed stack as flows and checks see it: outputs, resources, ARNs, components.

Everything comes from the ordinary CloudFormation API, so it reads a stack in any cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archlib.errors import DeploymentError, Unsupported
from archlib.local.deploy import deploy_keys
from archlib.local.deploy.places import place
from archlib.template.key_pairs import key_pairs

if TYPE_CHECKING:
    from archlib.local.deploy.target import Target
    from archlib.template import Asset, Template

#: Parameter that names the bucket with the code zips.
ASSETS_BUCKET = "AssetsBucket"
_LIMIT = 51_200  # bytes of a TemplateBody; larger templates go through S3

#: Other ARNs under which a resource appears in traces and policies.
_ALIASES = {
    "AWS::ApiGateway::RestApi": "arn:{partition}:execute-api:{region}:{account}:{id}",
    "AWS::IAM::Role": "arn:{partition}:sts::{account}:assumed-role/{id}",
}


@dataclass(frozen=True)
class Resource:
    """One resource of a stack. ``component`` is the component it was made for, if any."""

    logical_id: str
    type: str
    physical_id: str
    arn: str | None = None
    component: str | None = None


@dataclass(frozen=True)
class Deployment:
    """A stack that stands.

    ``aliases`` are further ARNs of resources, by logical id; ``parts`` are ARNs of what is drawn
    on its own though it belongs to another resource (a table's stream, a replica), by component.
    """

    stack_name: str
    stack_id: str
    outputs: Mapping[str, str]
    resources: Mapping[str, Resource]
    aliases: Mapping[str, str] = field(default_factory=dict, repr=False)
    parts: Mapping[str, str] = field(default_factory=dict, repr=False)

    def arn_of(self, logical_id: str) -> str:
        """The ARN of a resource; raises :class:`DeploymentError` when there is none."""
        resource = self.resources.get(logical_id)
        if resource is None:
            raise DeploymentError(f"has no resource {logical_id}", where=self.stack_name)
        if resource.arn is None:
            raise DeploymentError(f"{resource.type} has no ARN", where=logical_id)
        return resource.arn

    def resource_at(self, arn: str) -> Resource | None:
        """The resource that ``arn`` names or lies within: an object, an index, a log stream."""
        found = self._by_arn.get(arn)
        place = arn
        while found is None and (cut := max(place.rfind("/"), place.rfind(":"))) > 0:
            place = place[:cut]
            found = self._by_arn.get(place)
        return found

    def component_of(self, arn: str) -> str | None:
        """The component to which the thing at ``arn`` belongs."""
        for whole, component in self.parts.items():
            if arn == whole or arn.startswith((f"{whole}/", f"{whole}:")):
                return component
        resource = self.resource_at(arn)
        return resource.component if resource else None

    @cached_property
    def _by_arn(self) -> dict[str, Resource]:
        known = {r.arn: r for r in self.resources.values() if r.arn is not None}
        return {**{arn: self.resources[name] for arn, name in self.aliases.items()}, **known}


def read_deployment(client: Any, stack_name: str) -> Deployment:
    """The deployment of a stack, through a boto3 ``cloudformation`` client."""
    stack = client.describe_stacks(StackName=stack_name)["Stacks"][0]
    _, partition, _, region, account, _ = stack["StackId"].split(":", 5)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    listed = [entry for page in pages for entry in page["StackResourceSummaries"]]
    body = _template(client, stack_name)
    names = {
        **{p["ParameterKey"]: p.get("ParameterValue") for p in stack.get("Parameters", ())},
        **{entry["LogicalResourceId"]: entry.get("PhysicalResourceId") for entry in listed},
    }
    common = {"partition": partition, "region": region, "account": account}
    resources, aliases = {}, {}
    for entry in listed:
        logical_id, kind = entry["LogicalResourceId"], entry["ResourceType"]
        physical_id = entry.get("PhysicalResourceId", "")
        written = body.get("Resources", {}).get(logical_id, {})
        own = {
            **common,
            "id": physical_id,
            "bare": physical_id.lstrip("/"),
            "last": physical_id.rsplit("/", 1)[-1],
        }
        properties = written.get("Properties") or {}
        component = _told(written).get("component")
        component = component if isinstance(component, str) else None
        arn = _arn(_format(kind), own, properties, names)
        resources[logical_id] = Resource(logical_id, kind, physical_id, arn, component)
        alias = _arn(_ALIASES.get(kind), own, properties, names)
        if alias is not None:
            aliases[alias] = logical_id
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}
    parts = dict(_parts(body, resources, names))
    parts.update(_kept_keys(body, resources, {**common, "stack": stack["StackName"]}))
    return Deployment(stack["StackName"], stack["StackId"], outputs, resources, aliases, parts)


def _told(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a resource's metadata says to us. A template is anybody's: it may say anything."""
    return _mapping(_mapping(written.get("Metadata")).get("archlib"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _parts(
    body: Mapping[str, Any], resources: Mapping[str, Resource], names: Mapping[str, str | None]
) -> Iterator[tuple[str, str]]:
    """What the metadata says of streams (``source``) and replicas (``replicas``), as ARNs."""
    for logical_id, resource in resources.items():
        written = body.get("Resources", {}).get(logical_id, {})
        told = _told(written)
        source = _mapping(told.get("source")).get("Fn::GetAtt")
        of = source[0] if isinstance(source, list) and source[1:] == ["StreamArn"] else None
        table = resources.get(of) if isinstance(of, str) else None
        if table is not None and table.arn is not None and resource.component is not None:
            yield f"{table.arn}/stream", resource.component
        for component, region in _mapping(told.get("replicas")).items():
            where = names.get(str(region.get("Ref"))) if isinstance(region, dict) else region
            if resource.arn is not None and isinstance(where, str):
                home = resource.arn.split(":")[3]
                yield resource.arn.replace(f":{home}:", f":{where}:", 1), component


def _kept_keys(
    body: Mapping[str, Any], resources: Mapping[str, Resource], own: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Parameters that keep a private key: no resource of the stack, yet part of a component."""
    for pair in key_pairs(body):
        made = resources.get(pair.public_key)
        if pair.path is not None and made is not None and made.component is not None:
            name = pair.named(own["stack"]).lstrip("/")
            arn = "arn:{partition}:ssm:{region}:{account}:parameter/".format_map(own) + name
            yield arn, made.component


def _template(client: Any, stack_name: str) -> dict[str, Any]:
    from archlib.local.deploy.reading import read_template

    body = client.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    return dict(body) if not isinstance(body, str) else read_template(body).body


def _format(kind: str) -> str | None:
    from archlib.local.deploy.providers import TYPES

    found = TYPES.get(kind)
    return found.arn if found else None


def _arn(
    form: str | None,
    own: Mapping[str, str],
    properties: Mapping[str, Any],
    names: Mapping[str, str | None],
) -> str | None:
    """``form`` filled in; ``{Property=default}`` reads a property, through ``Ref`` if need be."""
    if form is None:
        return None
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(3)
        value = own.get(name, properties.get(name, default))
        if isinstance(value, dict):
            value = names.get(value.get("Ref", ""))
        if not isinstance(value, str):
            missing.append(name)
            return ""
        return value

    made = re.sub(r"\{(\w+)(=([^}]*))?\}", fill, form)
    return None if missing else made


# -- deploying -----------------------------------------------------------------------------------


def deploy(
    cloud: Target,
    template: Template,
    stack_name: str,
    parameters: Mapping[str, str],
    assets: tuple[Asset, ...],
) -> Deployment:
    """Upload ``assets``, create or update the stack, and read it back.

    Key pairs that the template asks for are made (:mod:`archlib.template.key_pairs`).
    Raises :class:`DeploymentError` with the reasons of the stack's events; a stack that could not
    be created leaves nothing behind.
    """
    values = dict(parameters)
    declared = template.body.get("Parameters") or {}
    assets = (*getattr(template, "assets", ()), *assets)
    if assets:
        bucket = values.get(ASSETS_BUCKET) or f"archlib-assets-{cloud.account}-{cloud.region}"
        _upload(cloud, bucket, {asset.key: asset.data for asset in assets})
        if ASSETS_BUCKET in declared:
            values[ASSETS_BUCKET] = bucket
        for asset in assets:
            if asset.parameter in declared:
                values.setdefault(asset.parameter, asset.key)
    pairs = deploy_keys.choose(cloud, template, stack_name, values)
    text = template.text if template.text is not None and not template.expanded else None
    text = text or template.to_yaml()
    request: dict[str, Any] = {
        "StackName": stack_name,
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    if len(text.encode()) > _LIMIT:
        bucket = f"archlib-assets-{cloud.account}-{cloud.region}"
        _upload(cloud, bucket, {f"{stack_name}.template": text.encode()})
        request["TemplateURL"] = f"https://{bucket}.s3.amazonaws.com/{stack_name}.template"
    else:
        request["TemplateBody"] = text
    client = cloud.client("cloudformation")
    try:
        stack_id = _bring_about(client, request)
    except client.exceptions.ClientError as error:
        message = error.response["Error"]["Message"]
        where = f"{place(template, message)}, stack {stack_name}"
        raise DeploymentError(message, where=where) from None
    except Unsupported as error:
        where = f"{place(template, str(error))}: {error.where}" if error.where else template.name
        raise Unsupported(error.message, where=where, hint=error.hint) from None
    stack = client.describe_stacks(StackName=stack_id)["Stacks"][0]
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        message = reasons(client, stack_id) or stack.get("StackStatusReason", "no reason is given")
        raise DeploymentError(
            message,
            where=f"{place(template, message)}, stack {stack_name}",
            hint=f"the stack is {stack['StackStatus']}",
        )
    deployment = read_deployment(client, stack_name)
    deploy_keys.keep(cloud, deployment, pairs)
    return deployment


def _bring_about(client: Any, request: dict[str, Any]) -> str:
    try:
        return str(client.create_stack(**request, OnFailure="DELETE")["StackId"])
    except client.exceptions.AlreadyExistsException:
        try:
            return str(client.update_stack(**request)["StackId"])
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Message"] != "No updates are to be performed.":
                raise
            return str(request["StackName"])


def _upload(cloud: Target, bucket: str, objects: Mapping[str, bytes]) -> None:
    client = cloud.control("s3")
    try:
        client.head_bucket(Bucket=bucket)
    except client.exceptions.ClientError:
        located = (
            {}
            if cloud.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
        )
        client.create_bucket(Bucket=bucket, **located)
    for key, data in objects.items():
        client.put_object(Bucket=bucket, Key=key, Body=data)


def reasons(client: Any, stack_id: str) -> str:
    """Why the last operation failed: its resources' own reasons, in the order they happened."""
    found: list[str] = []
    for event in client.describe_stack_events(StackName=stack_id)["StackEvents"]:
        of_stack = event["PhysicalResourceId"] == stack_id
        if of_stack and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            break
        failed = event["ResourceStatus"].endswith("_FAILED")
        if failed and not of_stack and event.get("ResourceStatusReason"):
            found.append(f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}")
        if of_stack and "ROLLBACK_IN_PROGRESS" in event["ResourceStatus"]:
            rolled = event.get("ResourceStatusReason", "")
            if not rolled.startswith("The following resource(s) failed"):
                found.append(rolled)
        if of_stack and event["ResourceStatus"] == "DELETE_IN_PROGRESS":
            rolled = event.get("ResourceStatusReason", "")
            if rolled and not rolled.startswith("The following resource(s) failed"):
                found.append(rolled)
    return "; ".join(reversed(found))
