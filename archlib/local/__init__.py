"""The local cloud: a deployed template running in this process."""

from archlib.local.cloud import LocalCloud

__all__ = ["LocalCloud"]
