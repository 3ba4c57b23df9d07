"""Systems Manager: Parameter Store. The rest of the service is in no table.

AWS: "Actions, resources, and condition keys for AWS Systems Manager", "Restricting access to
Parameter Store parameters using IAM policies". Reading below a path is judged on the path alone.
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Table,
    and_tags,
    keys,
    merged,
    on,
    same_name,
    tag_keys,
    tags,
    unsupported,
    when_is,
)


def _arn(call: Call, name: str) -> str:
    """``parameter/a/b`` for ``/a/b`` and for ``a/b``; version or label selectors fall off."""
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:6])
    bare = name.strip().lstrip("/").partition(":")[0]
    return call.arn("ssm", f"parameter/{bare}")


def parameter_arns(call: Call) -> tuple[str, ...]:
    """The ARN of each parameter named by ``Name``, ``Names`` or ``Path``."""
    names = call.params.get("Names") or [call.params.get("Name") or call.params["Path"]]
    return tuple(_arn(call, name.rstrip("/") or "/") for name in names)


def _tagged(call: Call) -> str:
    return _arn(call, str(call.params["ResourceId"]))


_KEYS = keys(
    {
        "Recursive": "ssm:Recursive",
        "Overwrite": "ssm:Overwrite",
        "Policies": "ssm:Policies",
    }
)
_ONLY_PARAMETERS = unsupported("only parameters can be tagged")

SSM: Table = {
    **same_name(
        "ssm",
        "DeleteParameter DeleteParameters GetParameter GetParameterHistory GetParameters "
        "GetParametersByPath LabelParameterVersion UnlabelParameterVersion",
        parameter_arns,
        _KEYS,
    ),
    "PutParameter": and_tags(
        on("ssm:PutParameter", parameter_arns, merged(_KEYS, tags())),
        "ssm:AddTagsToResource",
        parameter_arns,
    ),
    "AddTagsToResource": when_is(
        "ResourceType", "Parameter", on("ssm:AddTagsToResource", _tagged, tags()), _ONLY_PARAMETERS
    ),
    "RemoveTagsFromResource": when_is(
        "ResourceType",
        "Parameter",
        on("ssm:RemoveTagsFromResource", _tagged, tag_keys()),
        _ONLY_PARAMETERS,
    ),
    "ListTagsForResource": when_is(
        "ResourceType", "Parameter", on("ssm:ListTagsForResource", _tagged), _ONLY_PARAMETERS
    ),
    "DescribeParameters": on("ssm:DescribeParameters"),
}
