"""A bucket's properties as S3's API takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

S3 = "s3"


Convert = Callable[[Any], Any]


def same(value: Any) -> Any:
    """What needs no conversion."""
    return value


def renamed(value: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """``value`` with the keys in ``names`` renamed."""
    return {names.get(key, key): item for key, item in value.items()}


def encryption(value: Any) -> Any:
    """``BucketEncryption``."""
    return {
        "Rules": [
            renamed(rule, ServerSideEncryptionByDefault="ApplyServerSideEncryptionByDefault")
            for rule in value["ServerSideEncryptionConfiguration"]
        ]
    }


def cors(value: Any) -> Any:
    """``CorsConfiguration``."""
    return {
        "CORSRules": [
            renamed(rule, ExposedHeaders="ExposeHeaders", MaxAge="MaxAgeSeconds", Id="ID")
            for rule in value["CorsRules"]
        ]
    }


def notifications(value: Any) -> Any:
    """``NotificationConfiguration``."""
    made: dict[str, Any] = {}
    for ours, theirs, key, target in (
        ("LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"),
    ):
        if value.get(ours):
            made[theirs] = [_notification(entry, key, target) for entry in value[ours]]
    if value.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled"):
        made["EventBridgeConfiguration"] = {}
    return made


def _notification(entry: Mapping[str, Any], key: str, target: str) -> dict[str, Any]:
    made: dict[str, Any] = {target: entry[key], "Events": [entry["Event"]]}
    if "Filter" in entry:
        made["Filter"] = {"Key": {"FilterRules": entry["Filter"]["S3Key"]["Rules"]}}
    return made


def website(value: Any) -> Any:
    """``WebsiteConfiguration``."""
    made: dict[str, Any] = {}
    if "IndexDocument" in value:
        made["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        made["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if "RedirectAllRequestsTo" in value:
        made["RedirectAllRequestsTo"] = value["RedirectAllRequestsTo"]
    if "RoutingRules" in value:
        made["RoutingRules"] = [
            renamed(rule, RedirectRule="Redirect", RoutingRuleCondition="Condition")
            for rule in value["RoutingRules"]
        ]
    return made


def logging(value: Any) -> Any:
    """``LoggingConfiguration``."""
    return {
        "LoggingEnabled": {
            "TargetBucket": value["DestinationBucketName"],
            "TargetPrefix": value.get("LogFilePrefix", ""),
        }
    }


def acceleration(value: Any) -> Any:
    """``AccelerateConfiguration``."""
    return {"Status": value["AccelerationStatus"]}
