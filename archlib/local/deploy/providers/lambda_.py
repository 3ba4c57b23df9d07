"""Lambda: functions, layers, versions, aliases, permissions, asynchronous invocation.

Source: "AWS Lambda resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from archlib.local.deploy.declared import ID, From, declared, deletion, invoke, shaped
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import INTEGER, TAGS, ListOf, Record, record

_LAMBDA = "lambda"
_TAGS = Tagging(_LAMBDA, "Resource")

#: What a property that was removed from the template goes back to.
_DEFAULTS: dict[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "Layers": [],
    "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "EphemeralStorage": {"Size": 512},
}
_CONFIGURATION = (
    "Description Role Handler Runtime Timeout MemorySize Environment Layers DeadLetterConfig "
    "TracingConfig VpcConfig EphemeralStorage LoggingConfig"
)


def inline_zip(source: str, runtime: str) -> bytes:
    """The package that CloudFormation makes of ``Code.ZipFile``: one file called ``index``."""
    name = "index.js" if runtime.startswith("nodejs") else "index.py"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return buffer.getvalue()


def _code(values: Properties) -> dict[str, Any]:
    code = dict(values["Code"])
    if "ZipFile" in code:
        code["ZipFile"] = inline_zip(code["ZipFile"], values.get("Runtime", ""))
    return code


def _create(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k != "ReservedConcurrentExecutions"}
    name = own.setdefault("FunctionName", context.name(64))
    own["Code"] = _code(values)
    arn = invoke(context, _LAMBDA, "CreateFunction", own)["FunctionArn"]
    made = Made(name, {"Arn": arn})
    context.note(made)
    if "ReservedConcurrentExecutions" in values:
        _concurrency(context, name, values)
    return made


def _concurrency(context: Context, name: str, values: Properties) -> None:
    reserved = values.get("ReservedConcurrentExecutions")
    keys = {"FunctionName": name}
    if reserved is None:
        invoke(context, _LAMBDA, "DeleteFunctionConcurrency", keys)
    else:
        keys["ReservedConcurrentExecutions"] = reserved
        invoke(context, _LAMBDA, "PutFunctionConcurrency", keys)


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    keys = {"FunctionName": existing.physical_id}
    if changed & {"Code", "Architectures"}:
        more = {"Architectures": new["Architectures"]} if "Architectures" in new else {}
        invoke(context, _LAMBDA, "UpdateFunctionCode", {**keys, **_code(new), **more})
    settings = {
        name: new.get(name, _DEFAULTS.get(name))
        for name in _CONFIGURATION.split()
        if name in changed
    }
    settings = {name: value for name, value in settings.items() if value is not None}
    if settings:
        invoke(context, _LAMBDA, "UpdateFunctionConfiguration", {**keys, **settings})
    if "ReservedConcurrentExecutions" in changed:
        _concurrency(context, existing.physical_id, new)
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _TAGS.change(context, existing.attributes["Arn"], old, new.get("Tags"))


def _check(values: Properties) -> tuple[str, ...]:
    code = values["Code"]
    if "ZipFile" not in code and not {"S3Bucket", "S3Key"} <= set(code):
        return ("Code needs ZipFile, or S3Bucket and S3Key",)
    if isinstance(code.get("ZipFile"), str) and len(code["ZipFile"]) > 4 * 1024 * 1024:
        return ("Code.ZipFile holds more than 4 MB of source",)
    return ()


FUNCTION = ResourceType(
    name="AWS::Lambda::Function",
    properties=Record(
        {
            **shaped(
                _LAMBDA,
                "CreateFunction",
                f"FunctionName Architectures PackageType {_CONFIGURATION}",
            ),
            "Code": record("ZipFile S3Bucket S3Key S3ObjectVersion"),
            "ReservedConcurrentExecutions": INTEGER,
            "Tags": TAGS,
        },
        frozenset({"Code", "Role"}),
    ),
    create=_create,
    update=_update,
    delete=deletion(_LAMBDA, "DeleteFunction", {"FunctionName": ID}),
    replacement=frozenset({"FunctionName", "PackageType"}),
    attributes=("Arn",),
    name_property="FunctionName",
    arn="arn:{partition}:lambda:{region}:{account}:function:{id}",
    check=_check,
    notes="Python packages only; container images, SnapStart, file systems, code signing, KMS "
    "keys, runtime management and recursion control are refused.",
)


def _permit(context: Context, values: Properties) -> Made:
    name = context.name(100)
    invoke(context, _LAMBDA, "AddPermission", {"StatementId": name, **values})
    return Made(name, {"Id": name})


PERMISSION = ResourceType(
    name="AWS::Lambda::Permission",
    properties=record(
        "Action! FunctionName! Principal! EventSourceToken PrincipalOrgID SourceAccount SourceArn"
    ),
    create=_permit,
    delete=deletion(
        _LAMBDA, "RemovePermission", {"FunctionName": From("FunctionName"), "StatementId": ID}
    ),
    attributes=("Id",),
    notes="Function URL permissions are refused, as function URLs are.",
)


def _publish_layer(context: Context, values: Properties) -> Made:
    own = {"LayerName": context.name(140), **values}
    made = invoke(context, _LAMBDA, "PublishLayerVersion", own)
    arn = made["LayerVersionArn"]
    return Made(arn, {"LayerVersionArn": arn})


def _delete_layer(context: Context, existing: Existing) -> None:
    layer, _, version = existing.physical_id.rpartition(":")
    invoke(
        context,
        _LAMBDA,
        "DeleteLayerVersion",
        {"LayerName": layer.rsplit(":", 1)[-1], "VersionNumber": int(version)},
    )


LAYER = ResourceType(
    name="AWS::Lambda::LayerVersion",
    properties=Record(
        {
            **shaped(
                _LAMBDA,
                "PublishLayerVersion",
                "LayerName Description CompatibleRuntimes CompatibleArchitectures LicenseInfo",
            ),
            "Content": record("S3Bucket! S3Key! S3ObjectVersion"),
        },
        frozenset({"Content"}),
    ),
    create=_publish_layer,
    delete=_delete_layer,
    attributes=("LayerVersionArn",),
    arn="{id}",
)

VERSION = declared(
    "AWS::Lambda::Version",
    _LAMBDA,
    create="PublishVersion",
    delete="DeleteFunction",
    delete_with={"FunctionName": ID},
    properties="FunctionName CodeSha256 Description",
    required="FunctionName",
    identity="FunctionArn",
    attributes={"FunctionArn": "FunctionArn", "Version": "Version"},
    arn="{id}",
    notes="Provisioned concurrency and runtime policy are refused.",
)


def _routing(values: Properties) -> dict[str, Any]:
    sent = dict(values)
    weights = sent.get("RoutingConfig", {}).get("AdditionalVersionWeights", ())
    if "RoutingConfig" in sent:
        table = {entry["FunctionVersion"]: entry["FunctionWeight"] for entry in weights}
        sent["RoutingConfig"] = {"AdditionalVersionWeights": table}
    return sent


def _create_alias(context: Context, values: Properties) -> Made:
    made = invoke(context, _LAMBDA, "CreateAlias", _routing(values))
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def _update_alias(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    sent = _routing({"Description": "", "RoutingConfig": {}, **new})
    invoke(context, _LAMBDA, "UpdateAlias", sent)


ALIAS = ResourceType(
    name="AWS::Lambda::Alias",
    properties=record(
        "FunctionName! FunctionVersion! Name! Description",
        RoutingConfig=record(
            AdditionalVersionWeights=ListOf(record("FunctionVersion! FunctionWeight:n!"))
        ),
    ),
    create=_create_alias,
    update=_update_alias,
    delete=deletion(
        _LAMBDA, "DeleteAlias", {"FunctionName": From("FunctionName"), "Name": From("Name")}
    ),
    replacement=frozenset({"FunctionName", "Name"}),
    attributes=("AliasArn",),
    arn="{id}",
    name_property="Name",
    notes="Provisioned concurrency is refused.",
)


def _put_invoke_config(context: Context, values: Properties) -> Made:
    invoke(context, _LAMBDA, "PutFunctionEventInvokeConfig", values)
    return Made(context.name(255))


def _update_invoke_config(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    invoke(context, _LAMBDA, "PutFunctionEventInvokeConfig", new)


EVENT_INVOKE_CONFIG = ResourceType(
    name="AWS::Lambda::EventInvokeConfig",
    properties=record(
        "FunctionName! Qualifier! MaximumEventAgeInSeconds:i MaximumRetryAttempts:i",
        DestinationConfig=record(
            OnFailure=record("Destination!"), OnSuccess=record("Destination!")
        ),
    ),
    create=_put_invoke_config,
    update=_update_invoke_config,
    delete=deletion(
        _LAMBDA,
        "DeleteFunctionEventInvokeConfig",
        {"FunctionName": From("FunctionName"), "Qualifier": From("Qualifier")},
    ),
    replacement=frozenset({"FunctionName", "Qualifier"}),
)

TYPES = (FUNCTION, PERMISSION, LAYER, VERSION, ALIAS, EVENT_INVOKE_CONFIG)
