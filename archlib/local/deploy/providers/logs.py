"""CloudWatch Logs: log groups."""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_LOGS = "logs"
_TAGS = Tagging(_LOGS, "ResourceArn")


def _retention(context: Context, name: str, values: Properties) -> None:
    days = values.get("RetentionInDays")
    if days is None:
        invoke(context, _LOGS, "DeleteRetentionPolicy", {"LogGroupName": name})
    else:
        keys = {"LogGroupName": name, "RetentionInDays": days}
        invoke(context, _LOGS, "PutRetentionPolicy", keys)


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:logs:{context.region}:{context.account}:log-group:{name}"


def _create(context: Context, values: Properties) -> Made:
    own: dict[str, Any] = {
        k: values[k] for k in ("KmsKeyId", "LogGroupClass", "Tags") if k in values
    }
    name = values.get("LogGroupName") or context.name(512)
    invoke(context, _LOGS, "CreateLogGroup", {"LogGroupName": name, **own})
    made = Made(name, {"Arn": f"{_arn(context, name)}:*"})
    context.note(made)
    if "RetentionInDays" in values:
        _retention(context, name, values)
    return made


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    name = existing.physical_id
    if "RetentionInDays" in changed:
        _retention(context, name, new)
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _TAGS.change(context, _arn(context, name), old, new.get("Tags"))


def _delete(context: Context, existing: Existing) -> None:
    invoke(context, _LOGS, "DeleteLogGroup", {"LogGroupName": existing.physical_id})


LOG_GROUP = ResourceType(
    name="AWS::Logs::LogGroup",
    properties=record("LogGroupName RetentionInDays:i KmsKeyId LogGroupClass Tags:tags"),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"LogGroupName", "LogGroupClass", "KmsKeyId"}),
    attributes=("Arn",),
    name_property="LogGroupName",
    arn="arn:{partition}:logs:{region}:{account}:log-group:{id}",
    notes="KmsKeyId and LogGroupClass replace on change; data protection is refused.",
)

TYPES = (LOG_GROUP,)
