"""API Gateway REST APIs: APIs, resources, methods, deployments, stages, keys, plans.

Updates go through patch operations, as "PatchOperation" in the API Gateway API Reference
describes them; a method is put anew. Source: "API Gateway resource type reference" in the AWS
CloudFormation User Guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.declared import ID, From, declared, invoke, shaped
from archlib.local.deploy.providers.moto_state import set_rest_api_tags, set_usage_plan_tags
from archlib.local.deploy.providers.tagging import Tagging, as_map
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
    leave,
)
from archlib.local.deploy.spec import (
    TAGS,
    Document,
    ListOf,
    MapOf,
    Record,
    Shaped,
    record,
)

_API = "apigateway"
_TAGS = Tagging(_API, "ResourceArn")


def escaped(text: str) -> str:
    """A patch path element: ``~`` and ``/`` as JSON Pointer writes them."""
    return text.replace("~", "~0").replace("/", "~1")


def patch_text(value: Any) -> str:
    """A patch operation's value: always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else str(value)


def patches(path: str, old: Any, new: Any) -> list[dict[str, str]]:
    """The operations that turn ``old`` into ``new`` at ``path``."""
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = old or {}, new or {}
        made = [{"op": "remove", "path": f"{path}/{escaped(k)}"} for k in before if k not in after]
        for key, value in after.items():
            if before.get(key) != value:
                op = "replace" if key in before else "add"
                made.append(
                    {"op": op, "path": f"{path}/{escaped(key)}", "value": patch_text(value)}
                )
        return made
    if isinstance(old, list) or isinstance(new, list):
        before, after = old or [], new or []
        gone = [{"op": "remove", "path": path, "value": v} for v in before if v not in after]
        return gone + [{"op": "add", "path": path, "value": v} for v in after if v not in before]
    if new is None:
        return [{"op": "remove", "path": path}]
    return [{"op": "replace", "path": path, "value": patch_text(new)}]


def patch(
    context: Context,
    operation: str,
    keys: Mapping[str, str],
    paths: Mapping[str, str],
    existing: Existing,
    new: Properties,
    changed: frozenset[str],
) -> None:
    """Send the patches for the changed properties; ``paths`` maps property to patch path."""
    made: list[dict[str, str]] = []
    for name in sorted(changed & set(paths)):
        old, now = existing.properties.get(name), new.get(name)
        made += patches(paths[name], _text_if_document(name, old), _text_if_document(name, now))
    if made:
        invoke(context, _API, operation, {**keys, "PatchOperations": made})


def _text_if_document(name: str, value: Any) -> Any:
    if name in ("Policy", "Schema") and isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return value


# -- REST API --------------------------------------------------------------------------------

_REST_API_PATHS = {
    "Name": "/name",
    "Description": "/description",
    "ApiKeySourceType": "/apiKeySource",
    "BinaryMediaTypes": "/binaryMediaTypes",
    "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
    "MinimumCompressionSize": "/minimumCompressionSize",
    "Policy": "/policy",
}


def _create_rest_api(context: Context, values: Properties) -> Made:
    sent = dict(values)
    if "ApiKeySourceType" in sent:
        sent["ApiKeySource"] = sent.pop("ApiKeySourceType")
    made = invoke(context, _API, "CreateRestApi", sent)
    found = {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]}
    return Made(made["id"], found)


def _update_rest_api(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"RestApiId": existing.physical_id}
    patch(context, "UpdateRestApi", keys, _REST_API_PATHS, existing, new, changed)
    if "EndpointConfiguration" in changed:
        old = existing.properties.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        now = new.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        operation = {
            "Op": "replace",
            "Path": f"/endpointConfiguration/types/{old[0]}",
            "Value": now[0],
        }
        invoke(context, _API, "UpdateRestApi", {**keys, "PatchOperations": [operation]})
    if "Tags" in changed:
        set_rest_api_tags(context, existing.physical_id, as_map(new.get("Tags")))


REST_API = ResourceType(
    name="AWS::ApiGateway::RestApi",
    properties=record(
        "Name! Description BinaryMediaTypes:[] DisableExecuteApiEndpoint:b "
        "MinimumCompressionSize:i Policy:j Tags:tags Version",
        ApiKeySourceType=Shaped(_API, "CreateRestApi", ("apiKeySource",)),
        EndpointConfiguration=record(
            Types=ListOf(Shaped(_API, "CreateRestApi", ("endpointConfiguration", "types", "*"))),
            required="Types",
        ),
    ),
    create=_create_rest_api,
    update=_update_rest_api,
    delete=lambda context, existing: (
        invoke(context, _API, "DeleteRestApi", {"RestApiId": existing.physical_id}),
        None,
    )[1],
    replacement=frozenset({"Version"}),
    attributes=("RestApiId", "RootResourceId"),
    arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
    notes="Body and BodyS3Location (OpenAPI import), CloneFrom and VPC endpoints are refused.",
)

RESOURCE = declared(
    "AWS::ApiGateway::Resource",
    _API,
    create="CreateResource",
    delete="DeleteResource",
    delete_with={"RestApiId": From("RestApiId"), "ResourceId": ID},
    properties="RestApiId ParentId PathPart",
    required="RestApiId ParentId PathPart",
    replacement="RestApiId ParentId PathPart",
    identity="id",
    attributes={"ResourceId": "id"},
    arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/resources/{id}",
)

# -- methods -----------------------------------------------------------------------------------

_INTEGRATION = Record(
    {
        **shaped(
            _API,
            "PutIntegration",
            "CacheKeyParameters CacheNamespace ContentHandling Credentials ConnectionType "
            "IntegrationHttpMethod PassthroughBehavior RequestParameters RequestTemplates "
            "TimeoutInMillis Type Uri",
        ),
        "IntegrationResponses": ListOf(
            Record(
                shaped(
                    _API,
                    "PutIntegrationResponse",
                    "ContentHandling ResponseParameters ResponseTemplates SelectionPattern "
                    "StatusCode",
                ),
                frozenset({"StatusCode"}),
            )
        ),
    },
    frozenset({"Type"}),
)


def _put_method(context: Context, values: Properties) -> Made:
    keys = {name: values[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
    own = {
        name: value
        for name, value in values.items()
        if name not in ("Integration", "MethodResponses")
    }
    own.setdefault("AuthorizationType", "NONE")
    invoke(context, _API, "PutMethod", own)
    made = Made(_method_id(context, values))
    context.note(made)
    for response in values.get("MethodResponses", ()):
        invoke(context, _API, "PutMethodResponse", {**keys, **response})
    integration = dict(values.get("Integration") or {})
    if integration:
        responses = integration.pop("IntegrationResponses", ())
        invoke(context, _API, "PutIntegration", {**keys, **integration})
        for response in responses:
            invoke(context, _API, "PutIntegrationResponse", {**keys, **response})
    return made


def _method_id(context: Context, values: Properties) -> str:
    return f"{values['RestApiId']}|{values['ResourceId']}|{values['HttpMethod']}"


def _delete_method(context: Context, existing: Existing) -> None:
    values = existing.properties
    keys = {name: values[name] for name in ("RestApiId", "ResourceId", "HttpMethod")}
    invoke(context, _API, "DeleteMethod", keys)


def _update_method(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> Made:
    _delete_method(context, existing)
    return _put_method(context, new)


METHOD = ResourceType(
    name="AWS::ApiGateway::Method",
    properties=Record(
        {
            **shaped(
                _API,
                "PutMethod",
                "RestApiId ResourceId HttpMethod ApiKeyRequired AuthorizationScopes "
                "AuthorizationType AuthorizerId OperationName RequestModels RequestParameters "
                "RequestValidatorId",
            ),
            "Integration": _INTEGRATION,
            "MethodResponses": ListOf(
                Record(
                    shaped(
                        _API,
                        "PutMethodResponse",
                        "ResponseModels ResponseParameters StatusCode",
                    ),
                    frozenset({"StatusCode"}),
                )
            ),
        },
        frozenset({"RestApiId", "ResourceId", "HttpMethod"}),
    ),
    create=_put_method,
    update=_update_method,
    delete=_delete_method,
    replacement=frozenset({"RestApiId", "ResourceId", "HttpMethod"}),
    notes="VPC links (ConnectionId), response streaming and IntegrationTarget are refused.",
)

# -- deployments and stages --------------------------------------------------------------------

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


_STAGE_PATHS = {
    "Description": "/description",
    "DeploymentId": "/deploymentId",
    "CacheClusterEnabled": "/cacheClusterEnabled",
    "CacheClusterSize": "/cacheClusterSize",
    "TracingEnabled": "/tracingEnabled",
    "DocumentationVersion": "/documentationVersion",
    "Variables": "/variables",
}


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
                "CacheClusterSize TracingEnabled DocumentationVersion Variables",
            ),
            "Tags": TAGS,
            "MethodSettings": _SETTINGS,
            "AccessLogSetting": record("DestinationArn Format"),
        },
        frozenset({"RestApiId", "StageName", "DeploymentId"}),
    ),
    create=_create_stage,
    update=_update_stage,
    delete=lambda context, existing: (
        invoke(context, _API, "DeleteStage", _stage_keys(existing)),
        None,
    )[1],
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

# -- authorizers, models, validators, gateway responses ------------------------------------------


def _patched(
    base: ResourceType, operation: str, keys: Mapping[str, From], paths: Mapping[str, str]
) -> ResourceType:
    from dataclasses import replace

    def update(
        context: Context, existing: Existing, new: Properties, changed: frozenset[str]
    ) -> None:
        found = {key: source.of(existing) for key, source in keys.items()}
        patch(context, operation, found, paths, existing, new, changed)

    return replace(base, update=update)


AUTHORIZER = _patched(
    declared(
        "AWS::ApiGateway::Authorizer",
        _API,
        create="CreateAuthorizer",
        delete="DeleteAuthorizer",
        delete_with={"RestApiId": From("RestApiId"), "AuthorizerId": ID},
        properties="RestApiId Name Type ProviderARNs AuthType AuthorizerUri AuthorizerCredentials "
        "IdentitySource IdentityValidationExpression AuthorizerResultTtlInSeconds",
        required="RestApiId Name Type",
        replacement="RestApiId",
        identity="id",
        attributes={"AuthorizerId": "id"},
        arn="arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/authorizers/{id}",
    ),
    "UpdateAuthorizer",
    {"RestApiId": From("RestApiId"), "AuthorizerId": ID},
    {
        "Name": "/name",
        "Type": "/type",
        "ProviderARNs": "/providerARNs",
        "AuthType": "/authType",
        "AuthorizerUri": "/authorizerUri",
        "AuthorizerCredentials": "/authorizerCredentials",
        "IdentitySource": "/identitySource",
        "IdentityValidationExpression": "/identityValidationExpression",
        "AuthorizerResultTtlInSeconds": "/authorizerResultTtlInSeconds",
    },
)

MODEL = _patched(
    declared(
        "AWS::ApiGateway::Model",
        _API,
        create="CreateModel",
        delete="DeleteModel",
        delete_with={"RestApiId": From("RestApiId"), "ModelName": ID},
        properties="RestApiId Name Description ContentType",
        specs={"Schema": Document()},
        required="RestApiId",
        replacement="RestApiId Name ContentType",
        identity="name",
        fixed={"ContentType": "application/json"},
        name_property="Name",
    ),
    "UpdateModel",
    {"RestApiId": From("RestApiId"), "ModelName": ID},
    {"Description": "/description", "Schema": "/schema"},
)

VALIDATOR = _patched(
    declared(
        "AWS::ApiGateway::RequestValidator",
        _API,
        create="CreateRequestValidator",
        delete="DeleteRequestValidator",
        delete_with={"RestApiId": From("RestApiId"), "RequestValidatorId": ID},
        properties="RestApiId Name ValidateRequestBody ValidateRequestParameters",
        required="RestApiId",
        replacement="RestApiId Name",
        identity="id",
        attributes={"RequestValidatorId": "id"},
    ),
    "UpdateRequestValidator",
    {"RestApiId": From("RestApiId"), "RequestValidatorId": ID},
    {
        "ValidateRequestBody": "/validateRequestBody",
        "ValidateRequestParameters": "/validateRequestParameters",
    },
)

GATEWAY_RESPONSE = declared(
    "AWS::ApiGateway::GatewayResponse",
    _API,
    create="PutGatewayResponse",
    update="PutGatewayResponse",
    delete="DeleteGatewayResponse",
    delete_with={"RestApiId": From("RestApiId"), "ResponseType": From("ResponseType")},
    properties="RestApiId ResponseType StatusCode ResponseParameters ResponseTemplates",
    required="RestApiId ResponseType",
    replacement="RestApiId ResponseType",
    identity="responseType",
    attributes={"Id": "responseType"},
)

# -- keys and usage plans ------------------------------------------------------------------------

API_KEY = _patched(
    declared(
        "AWS::ApiGateway::ApiKey",
        _API,
        create="CreateApiKey",
        delete="DeleteApiKey",
        delete_with={"ApiKey": ID},
        properties="Name Description Enabled Value CustomerId StageKeys",
        specs={"Tags": TAGS},
        replacement="Name Value GenerateDistinctId StageKeys Tags",
        identity="id",
        attributes={"APIKeyId": "id"},
        name_property="Name",
        arn="arn:{partition}:apigateway:{region}::/apikeys/{id}",
    ),
    "UpdateApiKey",
    {"ApiKey": ID},
    {"Description": "/description", "Enabled": "/enabled", "CustomerId": "/customerId"},
)


def _create_plan(context: Context, values: Properties) -> Made:
    sent = dict(values)
    sent["Name"] = sent.pop("UsagePlanName", None) or context.name(128)
    made = invoke(context, _API, "CreateUsagePlan", sent)
    return Made(made["id"], {"Id": made["id"]})


def _update_plan(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    keys = {"UsagePlanId": existing.physical_id}
    old = existing.properties
    made: list[dict[str, str]] = []
    for name, path in (("UsagePlanName", "/name"), ("Description", "/description")):
        if name in changed and name in new:
            made += patches(path, old.get(name), new[name])
    for name, names in (
        ("Throttle", {"BurstLimit": "burstLimit", "RateLimit": "rateLimit"}),
        ("Quota", {"Limit": "limit", "Offset": "offset", "Period": "period"}),
    ):
        if name in changed and name not in new:
            made.append({"op": "remove", "path": f"/{name.lower()}"})
        elif name in changed:
            for key, spelled in names.items():
                if key in new[name] and old.get(name, {}).get(key) != new[name][key]:
                    path = f"/{name.lower()}/{spelled}"
                    made.append({"op": "replace", "path": path, "value": str(new[name][key])})
    if "ApiStages" in changed:
        before = [f"{s['ApiId']}:{s['Stage']}" for s in old.get("ApiStages", ())]
        after = [f"{s['ApiId']}:{s['Stage']}" for s in new.get("ApiStages", ())]
        made += patches("/apiStages", before, after)
    if made:
        invoke(context, _API, "UpdateUsagePlan", {**keys, "PatchOperations": made})
    if "Tags" in changed:
        set_usage_plan_tags(context, existing.physical_id, as_map(new.get("Tags")))


def _delete_plan(context: Context, existing: Existing) -> None:
    keys = {"UsagePlanId": existing.physical_id}
    stages = existing.properties.get("ApiStages", ())
    if stages:
        gone = [
            {"op": "remove", "path": "/apiStages", "value": f"{s['ApiId']}:{s['Stage']}"}
            for s in stages
        ]
        invoke(context, _API, "UpdateUsagePlan", {**keys, "PatchOperations": gone})
    invoke(context, _API, "DeleteUsagePlan", keys)


_LIMIT = record("BurstLimit:i RateLimit:n")
USAGE_PLAN = ResourceType(
    name="AWS::ApiGateway::UsagePlan",
    properties=record(
        "UsagePlanName Description Tags:tags",
        ApiStages=ListOf(record("ApiId! Stage!", Throttle=MapOf(_LIMIT))),
        Quota=record("Limit:i Offset:i Period"),
        Throttle=_LIMIT,
    ),
    create=_create_plan,
    update=_update_plan,
    delete=_delete_plan,
    attributes=("Id",),
    arn="arn:{partition}:apigateway:{region}::/usageplans/{id}",
)

USAGE_PLAN_KEY = declared(
    "AWS::ApiGateway::UsagePlanKey",
    _API,
    create="CreateUsagePlanKey",
    delete="DeleteUsagePlanKey",
    delete_with={"UsagePlanId": From("UsagePlanId"), "KeyId": From("KeyId")},
    properties="UsagePlanId KeyId KeyType",
    required="UsagePlanId KeyId KeyType",
    identity="id",
    attributes={"Id": "id"},
)


def _set_account(context: Context, values: Properties) -> Made:
    role = values.get("CloudWatchRoleArn")
    if role is not None:
        operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
        invoke(context, _API, "UpdateAccount", {"PatchOperations": [operation]})
    name = context.name(128)
    return Made(name, {"Id": name})


def _update_account(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    _set_account(context, new)


ACCOUNT = ResourceType(
    name="AWS::ApiGateway::Account",
    properties=record("CloudWatchRoleArn"),
    create=_set_account,
    update=_update_account,
    delete=leave,
    attributes=("Id",),
    notes="Deleting it leaves the account's role in place, as AWS does.",
)

TYPES = (
    REST_API,
    RESOURCE,
    METHOD,
    DEPLOYMENT,
    STAGE,
    AUTHORIZER,
    MODEL,
    VALIDATOR,
    GATEWAY_RESPONSE,
    API_KEY,
    USAGE_PLAN,
    USAGE_PLAN_KEY,
    ACCOUNT,
)
