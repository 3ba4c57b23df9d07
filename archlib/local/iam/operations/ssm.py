"""Systems Manager: Parameter Store. The rest of the service is in no table.

AWS: "Actions, resources, and condition keys for AWS Systems Manager", "Restricting access to
Parameter Store parameters using IAM policies".
"""

from __future__ import annotations

from archlib.local.iam.authorization import Call, Table, and_tags, keys, merged, on, same_name, tags


def _arn(call: Call, name: str) -> str:
    """``parameter/a/b`` for ``/a/b`` and for ``a/b``; version or label selectors fall off."""
    if name.startswith("arn:"):
        return name
    return call.arn("ssm", f"parameter/{name.lstrip('/').partition(':')[0]}")


def parameter_arns(call: Call) -> tuple[str, ...]:
    """The ARN of each parameter named by ``Name``, ``Names`` or ``Path``."""
    names = call.params.get("Names") or [call.params.get("Name") or call.params["Path"]]
    return tuple(_arn(call, name) for name in names)


_KEYS = keys({"Recursive": "ssm:Recursive", "Overwrite": "ssm:Overwrite"})

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
    "DescribeParameters": on("ssm:DescribeParameters"),
}
