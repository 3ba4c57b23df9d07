"""What of CloudFront is not imitated, by the path of the property that asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archlib.errors import Unsupported

_BEHAVIOR = {
    "LambdaFunctionAssociations": "Lambda@Edge",
    "FunctionAssociations": "running CloudFront Functions (no engine here is cloudfront-js)",
    "FieldLevelEncryptionId": "field-level encryption",
    "RealtimeLogConfigArn": "real-time logs",
    "TrustedSigners": "trusted signers, whose keys are an account's root user's (name a key group "
    "in TrustedKeyGroups instead)",
    "GrpcConfig": "gRPC",
    "SmoothStreaming": "Microsoft Smooth Streaming",
}
_ORIGIN = {
    "VpcOriginConfig": "VPC origins",
    "OriginShield": "Origin Shield",
    "CustomOriginConfig.OriginMtlsConfig": "mutual TLS with origins",
    "ResponseCompletionTimeout": "response completion timeouts",
}

#: Path in a DistributionConfig -> what it would be. ``[]`` stands for each item of a list.
REFUSED: Mapping[str, str] = {
    **{f"DefaultCacheBehavior.{name}": what for name, what in _BEHAVIOR.items()},
    **{f"CacheBehaviors.Items[].{name}": what for name, what in _BEHAVIOR.items()},
    **{f"Origins.Items[].{name}": what for name, what in _ORIGIN.items()},
    "WebACLId": "AWS WAF web ACLs",
    "Logging": "standard logs",
    "ContinuousDeploymentPolicyId": "continuous deployment",
    "Staging": "continuous deployment",
    "AnycastIpListId": "Anycast static IP lists",
    "TenantConfig": "multi-tenant distributions",
    "ViewerMtlsConfig": "mutual TLS with viewers",
    "ConnectionFunctionAssociation": "connection functions",
    "CacheTagConfig": "invalidation by cache tag",
    "ViewerCertificate.IAMCertificateId": "certificates of IAM",
}


def check(config: Mapping[str, Any]) -> None:
    """Raise :class:`Unsupported` for the first property that asks for something not imitated."""
    for path, what in REFUSED.items():
        for where, value in _at(config, path.split("."), ""):
            if _asks(value):
                raise Unsupported(
                    f"the local CloudFront does not imitate {what}",
                    where=f"DistributionConfig{where}",
                )
    if config.get("ConnectionMode", "direct") != "direct":
        raise Unsupported(
            "the local CloudFront does not imitate multi-tenant distributions",
            where="DistributionConfig.ConnectionMode",
        )
    for number, group in enumerate((config.get("OriginGroups") or {}).get("Items", ())):
        if group.get("SelectionCriteria", "default") != "default":
            raise Unsupported(
                "the local CloudFront does not imitate media quality-based origin selection",
                where=f"DistributionConfig.OriginGroups.Items[{number}].SelectionCriteria",
            )


def _at(node: Any, path: list[str], where: str) -> Iterator[tuple[str, Any]]:
    if not path:
        yield where, node
        return
    name, each = path[0].removesuffix("[]"), path[0].endswith("[]")
    below = node.get(name) if isinstance(node, Mapping) else None
    if below is None:
        return
    if not each:
        yield from _at(below, path[1:], f"{where}.{name}")
        return
    for number, item in enumerate(below):
        yield from _at(item, path[1:], f"{where}.{name}[{number}]")


def _asks(value: Any) -> bool:
    """Whether a value switches its feature on: empty, zero and disabled ones do not."""
    if isinstance(value, Mapping):
        if "Enabled" in value:
            return bool(value["Enabled"])
        if "Quantity" in value:
            return bool(value["Quantity"])
        return bool(value)
    return bool(value)
