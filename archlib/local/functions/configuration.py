"""A function's configuration: what is accepted, what is refused, what is answered.

AWS: "CreateFunction", "UpdateFunctionConfiguration" and "FunctionConfiguration" (API
reference), "Configuring Lambda function memory", "... timeout", "... ephemeral storage",
"Working with Lambda environment variables".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.local.functions import limits
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.registry import change_settings, settings_of
from archlib.local.functions.spec import RESERVED
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

Parameters = Mapping[str, Any]

INVALID = "InvalidParameterValueException"


# -- what Lambda itself refuses ----------------------------------------------------------------


def check(parameters: Parameters) -> None:
    """Lambda's own rules for the values; raises :class:`ApiRefusal` in its words."""
    variables = parameters.get("Environment", {}).get("Variables", {})
    if taken := sorted(RESERVED.intersection(variables)):
        raise ApiRefusal(
            INVALID,
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(taken)}",
        )
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if variables and len(text.encode()) > limits.ENVIRONMENT_BYTES:
        raise ApiRefusal(
            INVALID,
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the 4KB limit. String measured: {text}",
        )
    _range(parameters, "MemorySize", "memorySize", 128, 10_240)
    _range(parameters, "Timeout", "timeout", 1, limits.TIMEOUT_SECONDS)
    _range(parameters.get("EphemeralStorage", {}), "Size", "ephemeralStorage.size", 512, 10_240)
    if len(parameters.get("Layers", ())) > limits.LAYERS:
        raise ApiRefusal(INVALID, f"Cannot reference more than {limits.LAYERS} layers.")
    architectures = parameters.get("Architectures", ["x86_64"])
    if len(architectures) != 1 or architectures[0] not in ("x86_64", "arm64"):
        raise ApiRefusal(
            "ValidationException",
            f"1 validation error detected: Value '{architectures}' at 'architectures' failed to "
            "satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]",
        )


def check_layers(backend: Any, parameters: Parameters) -> None:
    """Every layer version must exist; ``backend`` is moto's."""
    for arn in parameters.get("Layers", ()):
        if arn.count(":") != 7 or backend._layers.get_layer_version_by_arn(arn) is None:
            raise ApiRefusal(INVALID, f"Layer version {arn} does not exist.")


def _range(parameters: Parameters, name: str, member: str, low: int, high: int) -> None:
    value = parameters.get(name)
    if value is None or low <= value <= high:
        return
    bound = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
    raise ApiRefusal(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )


#: What a role must be allowed for a configuration to be accepted: (action, in Lambda's words).
_DEAD_LETTER_ACTIONS = {
    "sqs": ("sqs:SendMessage", "SendMessage on SQS"),
    "sns": ("sns:Publish", "Publish on SNS"),
}
_NETWORK_ACTIONS = (
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DeleteNetworkInterface",
)


def check_role(permissions: Permissions, role: str, parameters: Parameters) -> None:
    """What the execution role must allow before Lambda takes the configuration.

    AWS: "Defining Lambda function permissions with an execution role", "Giving Lambda functions
    access to resources in an Amazon VPC", "Adding a dead-letter queue".
    """
    if not permissions.trusts_lambda(role):
        raise ApiRefusal(INVALID, "The role defined for the function cannot be assumed by Lambda.")
    target = parameters.get("DeadLetterConfig", {}).get("TargetArn")
    if target:
        service = target.split(":")[2] if target.count(":") >= 5 else ""
        if service not in _DEAD_LETTER_ACTIONS:
            raise ApiRefusal(
                INVALID, f"The dead-letter target {target} is neither an SQS queue nor an SNS topic"
            )
        action, words = _DEAD_LETTER_ACTIONS[service]
        if not permissions.role(role, action, target):
            raise ApiRefusal(
                INVALID, f"The provided execution role does not have permissions to call {words}"
            )
    if parameters.get("VpcConfig", {}).get("SubnetIds"):
        for action in _NETWORK_ACTIONS:
            if not permissions.role(role, f"ec2:{action}", "*"):
                raise ApiRefusal(
                    INVALID,
                    "The provided execution role does not have permissions to call "
                    f"{action} on EC2",
                )


def check_network(cloud: LocalCloud, region: str, parameters: Parameters) -> None:
    """Subnets and security groups must exist, and in one VPC."""
    config = parameters.get("VpcConfig") or {}
    subnets, groups = config.get("SubnetIds") or [], config.get("SecurityGroupIds") or []
    if not subnets and not groups:
        return
    from botocore.exceptions import ClientError

    ec2 = cloud.raw("ec2", region=region)
    try:
        found = ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
        described = ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    except ClientError as error:
        given = error.response["Error"]
        raise ApiRefusal(
            INVALID,
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: "
            f"{given['Code']}. EC2 Error Message: {given['Message']}",
        ) from None
    networks = {entry["VpcId"] for entry in (*found, *described)}
    if len(networks) > 1:
        raise ApiRefusal(INVALID, "Security Groups and subnets must be in the same VPC.")


def network_id(cloud: LocalCloud, region: str, config: Parameters) -> str:
    """The VPC of a function's subnets; empty when it is in none."""
    subnets = config.get("SubnetIds") or []
    if not subnets:
        return ""
    ec2 = cloud.raw("ec2", region=region)
    return str(ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"])


# -- moto's object, our answer ------------------------------------------------------------------

#: API parameter -> attribute of moto's function object.
_ATTRIBUTES = {
    "Description": "description",
    "Handler": "handler",
    "MemorySize": "memory_size",
    "Role": "role",
    "Runtime": "run_time",
    "Timeout": "timeout",
    "TracingConfig": "tracing_config",
    "Architectures": "architectures",
}


def apply(function: Any, parameters: Parameters) -> None:
    """Carry changed configuration into moto's object. Values are replaced, never mutated."""
    for name, attribute in _ATTRIBUTES.items():
        if name in parameters:
            setattr(function, attribute, parameters[name])
    if "Environment" in parameters:
        function.environment_vars = dict(parameters["Environment"].get("Variables", {}))
    if "EphemeralStorage" in parameters:
        function.ephemeral_storage = parameters["EphemeralStorage"]["Size"]
    if "VpcConfig" in parameters:
        function._vpc_config = dict(parameters["VpcConfig"])
    if "Layers" in parameters:
        function.layers = function._get_layers_data(list(parameters["Layers"]))
    if "DeadLetterConfig" in parameters:
        target = parameters["DeadLetterConfig"].get("TargetArn") or None
        change_settings(function, dead_letter_arn=target)
    if (logging := parameters.get("LoggingConfig")) is not None:
        change_settings(
            function,
            log_group=logging.get("LogGroup"),
            log_format=logging.get("LogFormat", "Text"),
            application_log_level=logging.get("ApplicationLogLevel"),
        )


def describe(
    cloud: LocalCloud, function: Any, arn: str, *, state: str = "Active", update: str = "Successful"
) -> dict[str, Any]:
    """``FunctionConfiguration`` of moto's function object under the ARN that was asked for."""
    settings = settings_of(function)
    answer: dict[str, Any] = {
        "FunctionName": function.function_name,
        "FunctionArn": arn,
        "Runtime": function.run_time,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": function.code_size,
        "Description": function.description or "",
        "Timeout": int(function.timeout),
        "MemorySize": int(function.memory_size),
        "LastModified": function.last_modified,
        "CodeSha256": function.code_sha_256,
        "Version": str(function.version),
        "TracingConfig": dict(function.tracing_config),
        "RevisionId": settings.revision,
        "State": state,
        "LastUpdateStatus": update,
        "PackageType": "Zip",
        "Architectures": list(function.architectures),
        "EphemeralStorage": {"Size": int(function.ephemeral_storage)},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {
            **settings.logging_config,
            "LogGroup": settings.log_group or f"/aws/lambda/{function.function_name}",
        },
    }
    if state == "Pending":
        answer["StateReason"] = "The function is being created."
        answer["StateReasonCode"] = "Creating"
        del answer["LastUpdateStatus"]
    if update == "InProgress":
        answer["LastUpdateStatusReason"] = "The function is being created."
        answer["LastUpdateStatusReasonCode"] = "Creating"
    if function.environment_vars:
        answer["Environment"] = {"Variables": dict(function.environment_vars)}
    if function.layers:
        answer["Layers"] = [dict(layer) for layer in function.layers]
    if settings.dead_letter_arn:
        answer["DeadLetterConfig"] = {"TargetArn": settings.dead_letter_arn}
    if config := function._vpc_config:
        answer["VpcConfig"] = {
            "SubnetIds": list(config.get("SubnetIds") or ()),
            "SecurityGroupIds": list(config.get("SecurityGroupIds") or ()),
            "VpcId": network_id(cloud, function.region, config),
            "Ipv6AllowedForDualStack": bool(config.get("Ipv6AllowedForDualStack")),
        }
    return answer


def modified(seconds: float) -> str:
    """``LastModified``: ``2026-01-05T09:00:00.000+0000``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
