"""AWS Lambda: functions with their qualifiers, layers, mappings, and the roles passed to them.

AWS: "Actions, resources, and condition keys for AWS Lambda".
"""

from __future__ import annotations

from collections.abc import Iterable

from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Context,
    Table,
    all_of,
    and_tags,
    given,
    keys,
    merged,
    named,
    on,
    passes_role,
    same_name,
    tag_keys,
    tags,
)

_PREFIX = "lambda"


def function_arn(call: Call) -> str:
    """The function's ARN, with the qualifier given in the name or beside it.

    ``FunctionName`` is a name, ``name:qualifier``, ``account:function:name`` or an ARN.
    """
    name = call.params.get("FunctionName")
    if not name:
        return "*"
    qualifier = call.params.get("Qualifier")
    if name.startswith("arn:"):
        arn = name
    else:
        arn = call.arn(_PREFIX, f"function:{name.rpartition('function:')[2]}")
    return arn if not qualifier or arn.count(":") > 6 else f"{arn}:{qualifier}"


def unqualified(call: Call) -> str:
    """The function's ARN without a qualifier."""
    return ":".join(function_arn(call).split(":")[:7])


def _layer(call: Call) -> str:
    name = call.params["LayerName"]
    base = name if name.startswith("arn:") else call.arn(_PREFIX, f"layer:{name}")
    version = call.params.get("VersionNumber")
    return base if version is None else f"{base}:{version}"


def _layers(call: Call) -> Iterable[Authorization]:
    for layer in call.params.get("Layers") or ():
        yield Authorization("lambda:GetLayerVersion", layer)


def _mapped_function(call: Call) -> Context:
    return {"lambda:FunctionArn": function_arn(call)} if call.params.get("FunctionName") else {}


_mapping = named(_PREFIX, "event-source-mapping:{}", "UUID")
_ROLE = passes_role("Role", "lambda.amazonaws.com")
_VPC = keys(
    {
        "VpcConfig.SubnetIds": "lambda:SubnetIds",
        "VpcConfig.SecurityGroupIds": "lambda:SecurityGroupIds",
    }
)
_URL = keys({"AuthType": "lambda:FunctionUrlAuthType"})

LAMBDA: Table = {
    "Invoke": on("lambda:InvokeFunction", function_arn),
    "InvokeWithResponseStream": on("lambda:InvokeFunction", function_arn),
    "InvokeAsync": on("lambda:InvokeFunction", function_arn),
    "CreateFunction": all_of(
        and_tags(
            on("lambda:CreateFunction", function_arn, merged(tags(), _VPC)),
            "lambda:TagResource",
            function_arn,
        ),
        _ROLE,
        _layers,
    ),
    "UpdateFunctionConfiguration": all_of(
        on("lambda:UpdateFunctionConfiguration", function_arn, _VPC), _ROLE, _layers
    ),
    "AddPermission": on(
        "lambda:AddPermission",
        function_arn,
        keys(
            {"Principal": "lambda:Principal", "FunctionUrlAuthType": "lambda:FunctionUrlAuthType"}
        ),
    ),
    **same_name(
        _PREFIX,
        "CreateAlias DeleteAlias DeleteFunction DeleteFunctionCodeSigningConfig "
        "DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig "
        "DeleteProvisionedConcurrencyConfig GetAlias GetFunction GetFunctionCodeSigningConfig "
        "GetFunctionConcurrency GetFunctionConfiguration GetFunctionEventInvokeConfig "
        "GetFunctionRecursionConfig GetPolicy GetProvisionedConcurrencyConfig "
        "GetRuntimeManagementConfig ListAliases ListFunctionEventInvokeConfigs "
        "ListFunctionUrlConfigs ListProvisionedConcurrencyConfigs ListVersionsByFunction "
        "PublishVersion PutFunctionCodeSigningConfig PutFunctionConcurrency "
        "PutFunctionEventInvokeConfig PutFunctionRecursionConfig "
        "PutProvisionedConcurrencyConfig PutRuntimeManagementConfig RemovePermission UpdateAlias "
        "UpdateFunctionCode UpdateFunctionEventInvokeConfig",
        function_arn,
    ),
    **same_name(
        _PREFIX,
        "CreateFunctionUrlConfig DeleteFunctionUrlConfig GetFunctionUrlConfig "
        "UpdateFunctionUrlConfig",
        function_arn,
        _URL,
    ),
    **same_name(
        _PREFIX,
        "CreateCodeSigningConfig GetAccountSettings ListCodeSigningConfigs "
        "ListEventSourceMappings ListFunctions ListLayerVersions ListLayers",
    ),
    "CreateEventSourceMapping": on("lambda:CreateEventSourceMapping", context=_mapped_function),
    **same_name(
        _PREFIX,
        "DeleteEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping",
        _mapping,
        _mapped_function,
    ),
    **same_name(
        _PREFIX,
        "DeleteCodeSigningConfig GetCodeSigningConfig ListFunctionsByCodeSigningConfig "
        "UpdateCodeSigningConfig",
        given("CodeSigningConfigArn"),
    ),
    **same_name(
        _PREFIX,
        "AddLayerVersionPermission DeleteLayerVersion GetLayerVersion GetLayerVersionPolicy "
        "PublishLayerVersion RemoveLayerVersionPermission",
        _layer,
    ),
    "GetLayerVersionByArn": on("lambda:GetLayerVersion", given("Arn")),
    "ListTags": on("lambda:ListTags", given("Resource")),
    "TagResource": on("lambda:TagResource", given("Resource"), tags()),
    "UntagResource": on("lambda:UntagResource", given("Resource"), tag_keys()),
}
