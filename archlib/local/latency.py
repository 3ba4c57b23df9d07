"""Modelled latencies, in virtual seconds: what a call costs on the virtual clock.

Nothing here is measured on this machine; the figures are round numbers in the ranges that
AWS publishes, so that traces show which part of a path is slow and caches pay off visibly:
DynamoDB answers in "single-digit milliseconds" and DAX in "microseconds" (Amazon DynamoDB
Developer Guide, "In-memory acceleration with DynamoDB Accelerator (DAX)"); S3 answers small
requests in "roughly 100-200 milliseconds" (Amazon S3 User Guide, "Best practices design
patterns: optimizing Amazon S3 performance"). What a large body takes on its way is in
:mod:`archlib.local.transfer`.
"""

from __future__ import annotations

#: Per service, one API call from a client in the same region.
SERVICE: dict[str, float] = {
    "dynamodb": 0.005,
    "s3": 0.1,
    "cognito-idp": 0.05,
    "cognito-identity": 0.05,
    "sts": 0.03,
    "lambda": 0.005,
    "execute-api": 0.005,
}

#: Every API call whose service has no entry above.
DEFAULT = 0.01


def of(service: str) -> float:
    """Virtual seconds that one API call to ``service`` takes."""
    return SERVICE.get(service, DEFAULT)
