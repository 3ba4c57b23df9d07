"""Topics and subscriptions as moto holds them."""

from __future__ import annotations

from typing import Any

from archlib.local.refusal import ApiRefusal

PENDING = "PendingConfirmation"


def topic_with_subscriptions(arn: str) -> tuple[Any, list[Any]]:
    """moto's topic (None when it is gone) and the subscriptions to it."""
    from moto.sns.models import sns_backends

    region, account = arn.split(":")[3:5]
    backend = sns_backends[account][region]
    found = [one for one in backend.subscriptions.values() if one.topic.arn == arn]
    return backend.topics.get(arn), found


def subscription(arn: str) -> Any:
    """moto's subscription; None when there is none."""
    from moto.sns.models import sns_backends

    if arn.count(":") < 6:
        return None
    region, account = arn.split(":")[3:5]
    return sns_backends[account][region].subscriptions.get(arn)


def is_true(value: Any) -> bool:
    """An attribute that moto keeps as a boolean or as a text."""
    return str(value).lower() == "true"


def invalid(message: str) -> ApiRefusal:
    """SNS's refusal of a parameter."""
    return ApiRefusal("InvalidParameter", message)
