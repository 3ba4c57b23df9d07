from __future__ import annotations

from collections.abc import Iterator

import pytest
from edge_site import PLANES

from archlib.local import LocalCloud


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def shared_cloud() -> Iterator[LocalCloud]:
    """One cloud for a module whose tests make distributions of their own."""
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud
