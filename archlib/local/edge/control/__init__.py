"""CloudFront's control plane: one table of operations."""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.edge.control import (
    distributions,
    functions,
    invalidations,
    key_groups,
    public_keys,
    resources,
    tagging,
)
from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation

#: Operation name -> who answers it. Every other operation of CloudFront is refused by name.
OPERATIONS: Mapping[str, Operation] = {
    **distributions.OPERATIONS,
    **invalidations.OPERATIONS,
    **resources.OPERATIONS,
    **functions.OPERATIONS,
    **public_keys.OPERATIONS,
    **key_groups.OPERATIONS,
    **tagging.OPERATIONS,
}

__all__ = ["OPERATIONS", "Estate"]
