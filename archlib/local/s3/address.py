"""Which bucket and key an HTTP request means: virtual-hosted and path style.

AWS: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from archlib.local.http import HttpRequest

#: ``bucket.s3.region.amazonaws.com``, ``s3.region.amazonaws.com`` and their older spellings;
#: ``bucket.s3-accelerate.amazonaws.com`` ("Getting started with Amazon S3 Transfer Acceleration").
HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.)?"
    r"(?:s3(?P<accelerate>-accelerate)(?:\.dualstack)?"
    r"|s3(?:\.dualstack)?(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?)\.amazonaws\.com"
)


@dataclass(frozen=True)
class Address:
    """``bucket`` and ``key`` are None where the request names none."""

    bucket: str | None
    key: str | None
    region: str | None
    accelerated: bool = False

    @property
    def arn(self) -> str:
        """The bucket's ARN, or the service for a request without a bucket."""
        return f"arn:aws:s3:::{self.bucket}" if self.bucket else "s3.amazonaws.com"


def address(request: HttpRequest) -> Address:
    """Read the address off host and path."""
    matched = HOST.fullmatch(request.host)
    assert matched is not None, request.host
    accelerated = matched["accelerate"] is not None
    path = request.path.lstrip("/") if matched["bucket"] is None else request.path[1:]
    if matched["bucket"] is not None:
        return Address(matched["bucket"], unquote(path) or None, matched["region"], accelerated)
    bucket, _, key = path.partition("/")
    return Address(unquote(bucket) or None, unquote(key) or None, matched["region"], accelerated)
