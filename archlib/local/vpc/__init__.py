"""VPCs as far as calls go: whether a function in a private network reaches a service at all."""

from archlib.local.vpc.plane import VpcReach

__all__ = ["VpcReach"]
