"""A cloud with Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from key_roles import KMS

from archlib.local.cloud import LocalCloud

PLANES = (*KMS, "archlib.local.secretsmanager:SecretsManagerPlane")


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as running:
        yield running


@pytest.fixture
def secrets(cloud: LocalCloud) -> Any:
    return cloud.client("secretsmanager")
