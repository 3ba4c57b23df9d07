"""A function's configuration: what is accepted, what is refused, what is answered.

AWS: "CreateFunction", "UpdateFunctionConfiguration" and "FunctionConfiguration" (API
reference), "Configuring Lambda function memory", "... timeout", "... ephemeral storage",
"Working with Lambda environment variables".
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.functions import limits
from archlib.local.functions.package import check_zip
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.registry import change_settings, settings_of
from archlib.local.functions.spec import RESERVED, RUNTIMES
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

Parameters = Mapping[str, Any]

INVALID = "InvalidParameterValueException"


# -- what the local cloud cannot honour -------------------------------------------------------


def _always(_: Any) -> bool:
    return True


#: Property path -> when it cannot be honoured. Everything else in the API is either in
#: :data:`_KEPT` or unknown, and unknown is refused as well.
_REFUSED: dict[str, Callable[[Any], bool]] = {
    "PackageType": lambda value: value != "Zip",
    "Runtime": lambda value: value not in RUNTIMES,
    "SnapStart": lambda value: value.get("ApplyOn", "None") != "None",
    "FileSystemConfigs": bool,
    "ImageConfig": bool,
    "CodeSigningConfigArn": bool,
    "KMSKeyArn": bool,
    "ImageUri": bool,
    "SourceKMSKeyArn": bool,
}

_KEPT = frozenset(
    {
        "Architectures", "Code", "CodeSha256", "DeadLetterConfig", "Description", "DryRun",
        "Environment", "EphemeralStorage", "FunctionName", "Handler", "Layers", "LoggingConfig",
        "MemorySize", "Publish", "RevisionId", "Role", "S3Bucket", "S3Key", "S3ObjectVersion",
        "Tags", "Timeout", "TracingConfig", "VpcConfig", "ZipFile",
    }
)  # fmt: skip

_HINTS = {
    "Runtime": f"Python runtimes only: {RUNTIMES[0]} to {RUNTIMES[-1]}",
    "PackageType": "container images are not run; use a .zip package",
    "ImageUri": "container images are not run; use a .zip package",
}


def refuse_unsupported(parameters: Parameters) -> None:
    """Raise :class:`Unsupported`, naming the property, for what the runtime cannot honour."""
    for name, value in parameters.items():
        if name in _KEPT:
            continue
        if _REFUSED.get(name, _always)(value):
            raise Unsupported(
                f"the local cloud cannot honour {name} = {value!r} of a Lambda function",
                where=name,
                hint=_HINTS.get(name),
            )
    refuse_unsupported_code(parameters.get("Code", {}))
    level = parameters.get("LoggingConfig", {}).get("SystemLogLevel", "INFO")
    if level != "INFO":
        raise Unsupported(
            f"the local cloud cannot honour system log level {level} of a Lambda function",
            where="LoggingConfig.SystemLogLevel",
        )


def refuse_unsupported_code(code: Parameters) -> None:
    """The same for the members of ``Code``."""
    for name, value in code.items():
        if _REFUSED.get(name, lambda _: False)(value):
            raise Unsupported(
                f"the local cloud cannot honour Code.{name} of a Lambda function",
                where=f"Code.{name}",
                hint=_HINTS.get(name),
            )


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


# -- code ---------------------------------------------------------------------------------------


def fetch_code(cloud: LocalCloud, region: str, code: Parameters) -> bytes:
    """The bytes of the deployment package, from the request or from its bucket.

    Raises:
        ApiRefusal: there is no such object, or Lambda would not take the archive.
    """
    if (archive := code.get("ZipFile")) is not None:
        data = archive.read() if hasattr(archive, "read") else archive
        data = data.encode() if isinstance(data, str) else bytes(data)
    elif code.get("S3Bucket") and code.get("S3Key"):
        data = _from_bucket(cloud, region, code)
    else:
        raise ApiRefusal(INVALID, "Please provide a source for function code.")
    check_zip(data)
    return data


def _from_bucket(cloud: LocalCloud, region: str, code: Parameters) -> bytes:
    from botocore.exceptions import ClientError

    request = {"Bucket": code["S3Bucket"], "Key": code["S3Key"]}
    if code.get("S3ObjectVersion"):
        request["VersionId"] = code["S3ObjectVersion"]
    try:
        return bytes(cloud.raw("s3", region=region).get_object(**request)["Body"].read())
    except ClientError as error:
        given = error.response["Error"]
        raise ApiRefusal(
            INVALID,
            f"Error occurred while GetObject. S3 Error Code: {given['Code']}. "
            f"S3 Error Message: {given['Message']}",
        ) from None


def set_code(function: Any, data: bytes) -> None:
    """Put another package into moto's function object."""
    digest = hashlib.sha256(data)
    function.code_bytes = data
    function.code_size = len(data)
    function.code_sha_256 = base64.b64encode(digest.digest()).decode()
    function.code_digest = digest.hexdigest()


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
