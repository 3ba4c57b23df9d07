"""Which attributes of an object are asked for.

AWS: Amazon S3 API Reference, "GetObjectAttributes": ``x-amz-object-attributes`` is a list, and
like any header's list (RFC 9110, section 5.6.1) it may have blanks behind its commas; moto
answers for the first of those only.
"""

from __future__ import annotations

import functools
from typing import Any

from archlib.local.patches import Patches


def install(patches: Patches) -> None:
    """Let moto's S3 read the list as SDKs write it."""
    from moto.s3.models import S3Backend

    original = S3Backend.get_object_attributes

    @functools.wraps(original)
    def get_object_attributes(backend: Any, key: Any, attributes_to_get: list[str]) -> Any:
        return original(backend, key, [name.strip() for name in attributes_to_get])

    patches.set(S3Backend, "get_object_attributes", get_object_attributes)
