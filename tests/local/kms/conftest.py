"""A cloud with KMS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from key_roles import KMS

from archlib.local.cloud import LocalCloud


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=KMS) as running:
        yield running


@pytest.fixture
def kms(cloud: LocalCloud) -> Any:
    return cloud.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])
