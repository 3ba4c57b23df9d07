"""Events that moto's services send to functions: who sent them, by the look of the event.

moto calls the function directly and says nothing about itself. Only events that are true
enough to be delivered are recognised; the rest is refused, because moto makes them up. AWS:
"Process Amazon S3 event notifications with Lambda", "Using Lambda with CloudWatch Logs".
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

from archlib.errors import Unsupported
from archlib.local.functions.service import ServiceInvoker


def _from_bucket(event: Any, account: str, region: str) -> ServiceInvoker | None:
    record = event["Records"][0]
    if record["eventSource"] != "aws:s3":
        return None
    return ServiceInvoker("s3.amazonaws.com", record["s3"]["bucket"]["arn"], source_account=account)


def _from_log_group(event: Any, account: str, region: str) -> ServiceInvoker | None:
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    arn = f"arn:aws:logs:{region}:{account}:log-group:{data['logGroup']}:*"
    return ServiceInvoker("logs.amazonaws.com", arn, source=arn.removesuffix(":*"))


_RECOGNISERS: tuple[Callable[[Any, str, str], ServiceInvoker | None], ...] = (
    _from_bucket,
    _from_log_group,
)


def sender(payload: bytes, account: str, region: str) -> ServiceInvoker:
    """The service behind an event.

    Raises:
        Unsupported: the event is none of those that the local cloud delivers.
    """
    event = json.loads(payload or b"{}")
    for recognise in _RECOGNISERS:
        try:
            found = recognise(event, account, region)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
        if found is not None:
            return found
    raise Unsupported(
        "the local cloud does not deliver this trigger's events to functions",
        where=f"event with {', '.join(sorted(map(str, event))[:3])}",
        hint="S3 notifications and CloudWatch Logs subscriptions are delivered",
    )
