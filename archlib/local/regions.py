"""The regions that exist, by the endpoint data of the SDK ("Regions and Zones", AWS General
Reference). What is asked of any other is a slip of the pen, and nothing would be found there.
"""

from __future__ import annotations

import difflib
from functools import cache

from archlib.errors import Unsupported, UsageError
from archlib.local.moto_backend import loader


@cache
def regions() -> frozenset[str]:
    """The regions of all partitions."""
    told = loader().load_data("endpoints")
    return frozenset(region for part in told["partitions"] for region in part["regions"])


def check_region(name: str) -> None:
    """Raises :class:`UsageError` for a region that does not exist, with the nearest that does.

    :class:`Unsupported` for one of another partition (China, GovCloud): its names of services,
    principals and hosts are others.
    """
    if name not in regions():
        near = difflib.get_close_matches(name.lower(), sorted(regions()), n=1)
        hint = f"perhaps {near[0]}" if near else "they are named as us-east-1 is"
        raise UsageError(f"AWS has no region {name!r}", hint=hint)
    partition = next(
        part["partition"]
        for part in loader().load_data("endpoints")["partitions"]
        if name in part["regions"]
    )
    if partition != "aws":
        raise Unsupported(
            f"the local cloud has no regions of the partition {partition}",
            where=f"region {name}",
            hint="the partition aws has us-east-1, eu-central-1, ap-northeast-1 and others",
        )
