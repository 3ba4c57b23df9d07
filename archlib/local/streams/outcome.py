"""What a function's answer means for a batch.

AWS: AWS Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda",
"Implementing partial batch responses" (SQS).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """``failed`` are the items that were not processed: None means the whole batch."""

    failed: frozenset[str] | None = frozenset()

    @property
    def succeeded(self) -> bool:
        """Whether every item was processed."""
        return self.failed == frozenset()


SUCCESS = Outcome()
FAILURE = Outcome(None)


def outcome(
    payload: bytes, error: str | None, items: Sequence[str], *, reports_items: bool
) -> Outcome:
    """Read a function's answer; ``items`` are the batch's identifiers.

    With ReportBatchItemFailures, an empty or null list (or answer) is a success; an empty, null
    or unknown identifier, or a bad key name, is a failure of the whole batch.
    """
    if error is not None:
        return FAILURE
    if not reports_items:
        return SUCCESS
    try:
        answer = json.loads(payload or b"null")
    except ValueError:
        return FAILURE
    if not isinstance(answer, dict):
        return SUCCESS if not answer else FAILURE
    listed = answer.get("batchItemFailures")
    if not listed:
        return SUCCESS
    if not isinstance(listed, list):
        return FAILURE
    failed = set()
    for entry in listed:
        identifier = entry.get("itemIdentifier") if isinstance(entry, dict) else None
        if not identifier or identifier not in items:
            return FAILURE
        failed.add(str(identifier))
    return Outcome(frozenset(failed))
