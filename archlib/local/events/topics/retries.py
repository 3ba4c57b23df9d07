"""When SNS tries again: delivery policies.

AWS: Amazon SNS Developer Guide, "Amazon SNS message delivery retries". AWS applies jitter; here
the waits are exact. Waits are virtual seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: "The total policy retry time for an HTTP/S endpoint cannot be greater than 3,600 seconds."
LONGEST_HTTP = 3600.0


@dataclass(frozen=True)
class RetryPolicy:
    """Four phases: at once, at the least delay, backing off, at the greatest delay."""

    immediate: int
    least: int
    backoff: int
    greatest: int
    shortest: float
    longest: float
    function: str = "exponential"

    def wait(self, attempt: int) -> float | None:
        """Seconds before retry ``attempt`` (1, 2 …); None when the policy is exhausted."""
        if attempt <= self.immediate:
            return 0.0
        attempt -= self.immediate
        if attempt <= self.least:
            return self.shortest
        attempt -= self.least
        if attempt <= self.backoff:
            share = 1.0 if self.backoff == 1 else (attempt - 1) / (self.backoff - 1)
            return _BACKOFFS[self.function](self.shortest, self.longest, share)
        attempt -= self.backoff
        return self.longest if attempt <= self.greatest else None


def _geometric(low: float, high: float, share: float) -> float:
    return low * (high / low) ** share if low else high * share


_BACKOFFS: Mapping[str, Callable[[float, float, float], float]] = {
    "linear": lambda low, high, share: low + (high - low) * share,
    "arithmetic": lambda low, high, share: low + (high - low) * share * (share + 1) / 2,
    "geometric": _geometric,
    "exponential": _geometric,
}

AWS_MANAGED = RetryPolicy(3, 2, 10, 100_000, 1.0, 20.0)
CUSTOMER_MANAGED = RetryPolicy(0, 2, 10, 38, 10.0, 600.0)
HTTP = RetryPolicy(0, 0, 3, 0, 20.0, 20.0, "linear")

#: Protocol -> policy when nobody configured one.
DEFAULTS: Mapping[str, RetryPolicy] = {
    "sqs": AWS_MANAGED,
    "lambda": AWS_MANAGED,
    "http": HTTP,
    "https": HTTP,
    "email": CUSTOMER_MANAGED,
    "email-json": CUSTOMER_MANAGED,
    "sms": CUSTOMER_MANAGED,
}


def policy(protocol: str, subscription: str | None, topic: str | None) -> RetryPolicy:
    """The policy in force: the subscription's, the topic's (both HTTP/S only), the default."""
    default = DEFAULTS[protocol]
    if protocol not in ("http", "https"):
        return default
    own = _healthy(subscription, "healthyRetryPolicy")
    shared = _healthy(topic, "http", "defaultHealthyRetryPolicy")
    wanted = own or shared
    if not wanted:
        return default
    total = int(wanted.get("numRetries", 3))
    immediate = int(wanted.get("numNoDelayRetries", 0))
    least = int(wanted.get("numMinDelayRetries", 0))
    greatest = int(wanted.get("numMaxDelayRetries", 0))
    return RetryPolicy(
        immediate, least, max(total - immediate - least - greatest, 0), greatest,
        float(wanted.get("minDelayTarget", 20)), float(wanted.get("maxDelayTarget", 20)),
        str(wanted.get("backoffFunction", "linear")),
    )  # fmt: skip


def _healthy(text: str | None, *path: str) -> Mapping[str, Any] | None:
    found: Any = json.loads(text) if text else {}
    for name in path:
        found = (found or {}).get(name)
    return found if isinstance(found, dict) else None
