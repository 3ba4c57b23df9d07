"""API Gateway deployments and stages, with their method settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.declared import ID, From, deletion, invoke, shaped
from archlib.local.deploy.providers.apigateway.patches import patch, patch_text, paths
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
)
from archlib.local.deploy.spec import (
    TAGS,
    ListOf,
    Record,
    record,
)

_API = "apigateway"
_TAGS = Tagging(_API, "ResourceArn")

_SETTING_PATHS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}
_SETTING = (
    "CacheDataEncrypted:b CacheTtlInSeconds:i CachingEnabled:b DataTraceEnabled:b LoggingLevel "
    "MetricsEnabled:b ThrottlingBurstLimit:i ThrottlingRateLimit:n"
)
_SETTINGS = ListOf(record(f"HttpMethod ResourcePath {_SETTING}"))


def method_settings(settings: Any) -> dict[str, str]:
    """Patch paths and values of ``MethodSettings``.

    A resource path is written with ``~1`` for its inner slashes, as CloudFormation asks
    (``/~1todos``); ``/*`` with method ``*`` means the whole stage.
    """
    made: dict[str, str] = {}
    for setting in settings or ():
        path = str(setting.get("ResourcePath", "/*"))
        name = path.removeprefix("/")
        name = name if "~1" in name or name in ("*", "") else f"~1{name}".replace("/", "~1")
        where = f"/{name or '~1'}/{setting.get('HttpMethod', '*')}"
        for key, tail in _SETTING_PATHS.items():
            if key in setting:
                made[f"{where}/{tail}"] = patch_text(setting[key])
    return made


def _setting_patches(old: Any, new: Any) -> list[dict[str, str]]:
    before, after = method_settings(old), method_settings(new)
    made = []
    gone = dict.fromkeys("/".join(path.split("/")[:3]) for path in before if path not in after)
    kept = {"/".join(path.split("/")[:3]) for path in after}
    for place in gone:
        made.append({"op": "remove", "path": place})
    for path, value in after.items():
        place = "/".join(path.split("/")[:3])
        if before.get(path) != value or (place in gone and place in kept):
            made.append({"op": "replace", "path": path, "value": value})
    return made


_STAGE_PATHS = paths(
    "Description DeploymentId CacheClusterEnabled CacheClusterSize TracingEnabled "
    "DocumentationVersion Variables"
)


def _access_log(old: Any, new: Any) -> list[dict[str, str]]:
    if old and not new:
        return [{"op": "remove", "path": "/accessLogSettings"}]
    return [
        {"op": "replace", "path": f"/accessLogSettings/{name[0].lower()}{name[1:]}", "value": value}
        for name, value in (new or {}).items()
        if (old or {}).get(name) != value
    ]


def _stage_extras(
    context: Context, keys: Mapping[str, str], old: Properties, new: Properties
) -> None:
    made = _setting_patches(old.get("MethodSettings"), new.get("MethodSettings"))
    made += _access_log(old.get("AccessLogSetting"), new.get("AccessLogSetting"))
    if made:
        invoke(context, _API, "UpdateStage", {**keys, "PatchOperations": made})


def _create_stage(context: Context, values: Properties) -> Made:
    own = {
        name: value
        for name, value in values.items()
        if name not in ("MethodSettings", "AccessLogSetting")
    }
    invoke(context, _API, "CreateStage", own)
    made = Made(values["StageName"])
    context.note(made)
    keys = {"RestApiId": values["RestApiId"], "StageName": values["StageName"]}
    _stage_extras(context, keys, {}, values)
    return made


def _stage_keys(existing: Existing) -> dict[str, str]:
    return {"RestApiId": existing.properties["RestApiId"], "StageName": existing.physical_id}


def _update_stage(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = _stage_keys(existing)
    patch(context, "UpdateStage", keys, _STAGE_PATHS, existing, new, changed)
    _stage_extras(context, keys, existing.properties, new)
    if "Tags" in changed:
        api = existing.properties["RestApiId"]
        arn = f"arn:aws:apigateway:{context.region}::/restapis/{api}/stages/{existing.physical_id}"
        _TAGS.change(context, arn, existing.properties.get("Tags"), new.get("Tags"))


STAGE = ResourceType(
    name="AWS::ApiGateway::Stage",
    properties=Record(
        {
            **shaped(
                _API,
                "CreateStage",
                "RestApiId StageName DeploymentId Description CacheClusterEnabled "
                "CacheClusterSize TracingEnabled "
                "DocumentationVersion Variables",
            ),
            "Tags": TAGS,
            "MethodSettings": _SETTINGS,
            "AccessLogSetting": record("DestinationArn Format"),
        },
        frozenset({"RestApiId", "StageName", "DeploymentId"}),
    ),
    create=_create_stage,
    update=_update_stage,
    delete=deletion(_API, "DeleteStage", {"RestApiId": From("RestApiId"), "StageName": ID}),
    replacement=frozenset({"RestApiId", "StageName"}),
    arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/stages/{id}",
    name_property="StageName",
    notes="Canary releases and client certificates are refused.",
)

_DESCRIBED = record(
    f"{_SETTING} Description CacheClusterEnabled:b CacheClusterSize TracingEnabled:b "
    "Variables:m Tags:tags",
    MethodSettings=_SETTINGS,
    AccessLogSetting=record("DestinationArn Format"),
)


def _create_deployment(context: Context, values: Properties) -> Made:
    described = dict(values.get("StageDescription") or {})
    own = {k: v for k, v in values.items() if k != "StageDescription"}
    for name in ("CacheClusterEnabled", "CacheClusterSize", "TracingEnabled", "Variables"):
        if name in described:
            own[name] = described[name]
    if "Description" in described:
        own["StageDescription"] = described["Description"]
    made = invoke(context, _API, "CreateDeployment", own)
    result = Made(made["id"], {"DeploymentId": made["id"]})
    context.note(result)
    if described:
        everywhere = {k: v for k, v in described.items() if k in _SETTING_PATHS}
        settings = list(described.get("MethodSettings", ()))
        if everywhere:
            settings.insert(0, {"ResourcePath": "/*", "HttpMethod": "*", **everywhere})
        keys = {"RestApiId": values["RestApiId"], "StageName": values["StageName"]}
        new = {
            "MethodSettings": settings,
            "AccessLogSetting": described.get("AccessLogSetting"),
        }
        _stage_extras(context, keys, {}, new)
    return result


def _delete_deployment(context: Context, existing: Existing) -> None:
    keys = {"RestApiId": existing.properties["RestApiId"]}
    name = existing.properties.get("StageName")
    if name is not None:
        # the stage that came with the deployment goes with it, unless it was moved on
        client = context.client(_API)
        try:
            stage = client.get_stage(restApiId=keys["RestApiId"], stageName=name)
        except client.exceptions.NotFoundException:
            stage = {}
        if stage.get("deploymentId") == existing.physical_id:
            invoke(context, _API, "DeleteStage", {**keys, "StageName": name})
    invoke(context, _API, "DeleteDeployment", {**keys, "DeploymentId": existing.physical_id})


def _update_deployment(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"RestApiId": new["RestApiId"], "DeploymentId": existing.physical_id}
    patch(
        context,
        "UpdateDeployment",
        keys,
        {"Description": "/description"},
        existing,
        new,
        changed,
    )


def _check_deployment(values: Properties) -> tuple[str, ...]:
    if "StageDescription" in values and "StageName" not in values:
        return ("StageDescription can only be specified if StageName is specified",)
    return ()


DEPLOYMENT = ResourceType(
    name="AWS::ApiGateway::Deployment",
    properties=record("RestApiId! Description StageName", StageDescription=_DESCRIBED),
    create=_create_deployment,
    update=_update_deployment,
    delete=_delete_deployment,
    replacement=frozenset({"RestApiId", "StageName", "StageDescription"}),
    attributes=("DeploymentId",),
    arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/deployments/{id}",
    check=_check_deployment,
    notes="DeploymentCanarySettings is refused; StageName and StageDescription replace on change.",
)


TYPES = (DEPLOYMENT, STAGE)
