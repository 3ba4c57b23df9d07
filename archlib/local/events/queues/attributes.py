"""A queue's attributes: which there are, what they may be, how they are told.

moto takes any name and nearly any value, loses the queue's policy when something else is set, and
tells times with fractions. AWS: Amazon SQS API Reference, "CreateQueue", "SetQueueAttributes",
"GetQueueAttributes".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.events.queues.refusals import invalid
from archlib.local.patches import Patches, as_method

#: Whether a text is a value of an attribute.
Check = Callable[[str], bool]


def _between(least: int, most: int) -> Check:
    return lambda text: text.isascii() and text.isdigit() and least <= int(text) <= most


def _one_of(*texts: str) -> Check:
    return lambda text: text.lower() in {one.lower() for one in texts}


def _document(text: str) -> bool:
    """A JSON object, or nothing: that takes the document away."""
    return not text or isinstance(_parsed(text), dict)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _any(_: str) -> bool:
    return True


_BOOLEAN = _one_of("true", "false")
#: What every queue can be given; redrive policies are looked at more closely below.
_SETTABLE: Mapping[str, Check] = {
    "DelaySeconds": _between(0, 900),
    "KmsDataKeyReusePeriodSeconds": _between(60, 86_400),
    "KmsMasterKeyId": _any,
    "MaximumMessageSize": _between(1024, 1_048_576),
    "MessageRetentionPeriod": _between(60, 1_209_600),
    "Policy": _document,
    "ReceiveMessageWaitTimeSeconds": _between(0, 20),
    "RedriveAllowPolicy": _document,
    "RedrivePolicy": _any,
    "SqsManagedSseEnabled": _BOOLEAN,
    "VisibilityTimeout": _between(0, 43_200),
}
_FIFO: Mapping[str, Check] = {
    "ContentBasedDeduplication": _BOOLEAN,
    "DeduplicationScope": _one_of("messageGroup", "queue"),
    "FifoThroughputLimit": _one_of("perQueue", "perMessageGroupId"),
}
#: "FIFO queue ... You can provide this attribute only during queue creation".
_FIFO_QUEUE = "FifoQueue"
_TOLD = ("CreatedTimestamp", "LastModifiedTimestamp", "QueueArn", "ApproximateNumberOfMessages",
         "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible")  # fmt: skip
_READABLE = frozenset({*_SETTABLE, *_FIFO, _FIFO_QUEUE, *_TOLD, "All"})
_SECONDS = ("CreatedTimestamp", "LastModifiedTimestamp")


@dataclass(frozen=True)
class Attributes:
    """What stands in for moto's three operations on attributes."""

    create: Callable[..., Any]
    change: Callable[..., Any]

    @classmethod
    def install(cls, patches: Patches) -> None:
        """Take the operations over from moto."""
        from moto.sqs.models import SQSBackend

        own = cls(SQSBackend.create_queue, SQSBackend.set_queue_attributes)
        patches.set(SQSBackend, "create_queue", as_method(own._create))
        patches.set(SQSBackend, "set_queue_attributes", as_method(own._set))
        patches.set(SQSBackend, "get_queue_attributes", as_method(own._get))

    def _create(
        self, backend: Any, name: str, tags: dict[str, str] | None = None, **given: Any
    ) -> Any:
        from moto.sqs.exceptions import QueueAlreadyExists

        region = given.pop("region", None)
        wanted = {key: str(value) for key, value in given.items() if value is not None}
        _check(wanted, fifo=_is_true(wanted.get(_FIFO_QUEUE, "")), new=True)
        _check_redrive(backend, f"{_arn_prefix(backend)}{name}", name.endswith(".fifo"), wanted)
        if (there := backend.queues.get(name)) is not None:
            held = _told(there)
            for key, value in wanted.items():
                if not _alike(held.get(key, ""), value):
                    raise QueueAlreadyExists(
                        "A queue already exists with the same name and a different value for "
                        f"attribute {key}"
                    )
            return there
        extra = {} if region is None else {"region": region}
        return self.create(backend, name, tags, **_kept(wanted), **extra)

    def _set(self, backend: Any, queue_name: str, attributes: Mapping[str, Any]) -> Any:
        queue = backend.get_queue(queue_name)
        wanted = {key: str(value) for key, value in attributes.items()}
        _check(wanted, fifo=bool(queue.fifo_queue), new=False)
        _check_redrive(backend, str(queue.queue_arn), bool(queue.fifo_queue), wanted)
        return self.change(backend, queue_name, {"Policy": queue.policy, **_kept(wanted)})

    @staticmethod
    def _get(backend: Any, queue_name: str, attribute_names: Iterable[str]) -> dict[str, Any]:
        from moto.sqs.exceptions import InvalidAttributeName

        queue, names = backend.get_queue(queue_name), list(attribute_names)
        for name in names:
            if name not in _READABLE:
                raise InvalidAttributeName(name)
        told = _told(queue)
        return told if "All" in names else {name: told[name] for name in names if name in told}


def _check(wanted: Mapping[str, str], *, fifo: bool, new: bool) -> None:
    from moto.sqs.exceptions import InvalidAttributeName, InvalidAttributeValue

    known = {**_SETTABLE, **(_FIFO if fifo else {})}
    if fifo and new:
        known[_FIFO_QUEUE] = _BOOLEAN
    for name, text in wanted.items():
        if name not in known:
            raise InvalidAttributeName(name)
        if not known[name](text):
            raise InvalidAttributeValue(name)


def _check_redrive(backend: Any, arn: str, fifo: bool, wanted: Mapping[str, str]) -> None:
    """What a redrive policy must say, and whether its dead-letter queue lets this queue use it."""
    text = wanted.get("RedrivePolicy", "")
    if not text or _parsed(text) == {}:
        return
    policy = _parsed(text)

    def refuse(reason: str) -> Exception:
        return invalid(f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}")

    if not isinstance(policy, dict):
        raise refuse("Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in policy:
            raise refuse(f"Redrive policy does not contain mandatory attribute: {name}.")
    count = str(policy["maxReceiveCount"])
    if not _between(1, 1000)(count):
        raise refuse(
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both "
            "inclusive."
        )
    target = str(policy["deadLetterTargetArn"])
    queue = next((one for one in backend.queues.values() if one.queue_arn == target), None)
    if queue is None:
        raise refuse("Dead letter target does not exist.")
    if bool(queue.fifo_queue) != fifo:
        raise refuse("Dead-letter queue must be same type of queue as the source.")
    if not _admits(queue, arn):
        raise refuse(f"The RedriveAllowPolicy of {target} does not admit {arn}.")


def _admits(queue: Any, source: str) -> bool:
    """Whether a dead-letter queue may be used by a source ("allowAll" by default)."""
    allowed = _parsed(getattr(queue, "redrive_allow_policy", None) or "{}") or {}
    permission = allowed.get("redrivePermission", "allowAll")
    if permission == "byQueue":
        return source in (allowed.get("sourceQueueArns") or ())
    return bool(permission == "allowAll")


def _kept(wanted: Mapping[str, str]) -> dict[str, str]:
    """As moto shall keep it: a customer's key takes the place of SQS's own ("you can only use one
    server-side encryption option at a time")."""
    if wanted.get("KmsMasterKeyId"):
        return {**wanted, "SqsManagedSseEnabled": "false"}
    if _is_true(wanted.get("SqsManagedSseEnabled", "")):
        return {**wanted, "KmsMasterKeyId": ""}
    return dict(wanted)


def _told(queue: Any) -> dict[str, Any]:
    """All attributes that a queue has now."""
    told = {name: value for name, value in queue.attributes.items() if value is not None}
    for name in _SECONDS:
        told[name] = int(float(told[name]))
    if policy := getattr(queue, "redrive_allow_policy", None):
        told["RedriveAllowPolicy"] = policy
    return told


def _alike(held: Any, wanted: str) -> bool:
    document, other = _parsed(wanted), _parsed(str(held))
    if isinstance(document, dict) and isinstance(other, dict):
        # A count may be a number or a text.
        return document == other or _texts(document) == _texts(other)
    return str(held).lower() == wanted.lower()


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in document.items()}


def _is_true(text: str) -> bool:
    return text.lower() == "true"


def _arn_prefix(backend: Any) -> str:
    return f"arn:aws:sqs:{backend.region_name}:{backend.account_id}:"
