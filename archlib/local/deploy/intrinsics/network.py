"""Functions on a network's geography: address blocks and availability zones."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.values import Unknown, known

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator


def cidr(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Cidr``."""
    argument = scope.value(argument)
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        raise StackError(
            "Template error: Fn::Cidr takes an IP block, a count and optionally cidrBits"
        )
    unknown = known(argument)
    if unknown:
        return unknown
    try:
        network = ipaddress.ip_network(argument[0])
        count = int(argument[1])
        bits = int(argument[2]) if len(argument) == 3 else 8
        prefix = network.max_prefixlen - bits
        if not 1 <= count <= 256:
            raise ValueError("the count must be between 1 and 256")
        blocks = []
        for block in network.subnets(new_prefix=prefix):
            blocks.append(str(block))
            if len(blocks) == count:
                return blocks
        raise ValueError(f"{network} holds only {len(blocks)} blocks of /{prefix}")
    except (ValueError, TypeError) as problem:
        raise StackError(f"Template error: Fn::Cidr: {problem}") from None


def get_azs(scope: Evaluator, argument: Any) -> Any:
    """``Fn::GetAZs``."""
    region = scope.text(argument, "Fn::GetAZs")
    if isinstance(region, Unknown):
        return region
    return scope.zones(region or str(scope.names["AWS::Region"]))
