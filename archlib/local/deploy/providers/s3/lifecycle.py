"""Lifecycle rules as S3's API takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archlib.local.deploy.providers.s3.conversions import renamed


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _transition(value: Mapping[str, Any]) -> dict[str, Any]:
    made = renamed(value, TransitionInDays="Days", TransitionDate="Date")
    if "Date" in made:
        made["Date"] = _date(made["Date"])
    return made


def _noncurrent(value: Mapping[str, Any]) -> dict[str, Any]:
    return renamed(value, TransitionInDays="NoncurrentDays")


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"Status": rule["Status"]}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiry: dict[str, Any] = {}
    if "ExpirationInDays" in rule:
        expiry["Days"] = rule["ExpirationInDays"]
    if "ExpirationDate" in rule:
        expiry["Date"] = _date(rule["ExpirationDate"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiry["ExpiredObjectDeleteMarker"] = rule["ExpiredObjectDeleteMarker"]
    if expiry:
        made["Expiration"] = expiry
    moves = [*rule.get("Transitions", ()), *([rule["Transition"]] if "Transition" in rule else ())]
    if moves:
        made["Transitions"] = [_transition(move) for move in moves]
    older = [
        *rule.get("NoncurrentVersionTransitions", ()),
        *([rule["NoncurrentVersionTransition"]] if "NoncurrentVersionTransition" in rule else ()),
    ]
    if older:
        made["NoncurrentVersionTransitions"] = [_noncurrent(move) for move in older]
    if "NoncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    elif "NoncurrentVersionExpirationInDays" in rule:
        days = rule["NoncurrentVersionExpirationInDays"]
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    made["Filter"] = _lifecycle_filter(rule)
    return made


def _lifecycle_filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {
        key: int(rule[key])
        for key in ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
        if key in rule
    }
    if "Prefix" in rule:
        parts["Prefix"] = rule["Prefix"]
    tags = rule.get("TagFilters", ())
    if len(parts) + len(tags) <= 1:
        return {"Tag": tags[0]} if tags else parts or {"Prefix": ""}
    return {"And": {**parts, **({"Tags": list(tags)} if tags else {})}}


def lifecycle(value: Any) -> Any:
    """``LifecycleConfiguration``."""
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}
