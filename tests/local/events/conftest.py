"""A cloud with event delivery."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud

PLANES = (
    "archlib.local.iam:IamEnforcement",
    "archlib.local.sts:SecurityTokens",
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.s3:S3Plane",
    "archlib.local.events:EventDelivery",
)


@pytest.fixture
def lab(event_lab: Any) -> Iterator[Any]:
    with LocalCloud(planes=PLANES) as cloud:
        yield event_lab(cloud)
