"""ClientRequestToken: the same transaction twice is one transaction.

Source: Amazon DynamoDB API Reference, "TransactWriteItems": a token is valid for ten minutes
after the request that used it first; a repeat with the same parameters succeeds without
changing anything and consumes read units; other parameters with the same token are refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from archlib.local.api import ApiRefusal

WINDOW: Final = 600.0


@dataclass(frozen=True)
class _Used:
    parameters: str
    until: float


class Tokens:
    """Tokens of one cloud, per region."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], _Used] = {}

    def seen(self, region: str, token: str, parameters: Any, now: float) -> bool:
        """Whether this is a repeat; raises :class:`ApiRefusal` if the parameters differ."""
        used = self._used.get((region, token))
        if used is None or now >= used.until:
            return False
        if used.parameters != _canonical(parameters):
            raise ApiRefusal(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical "
                "request. Do not reuse a client token with different requests, unless the "
                "requests are identical",
            )
        return True

    def keep(self, region: str, token: str, parameters: Any, now: float) -> None:
        """Remember a token that has been used with success."""
        self._used[region, token] = _Used(_canonical(parameters), now + WINDOW)


def _canonical(parameters: Any) -> str:
    return json.dumps(parameters, sort_keys=True, default=repr)
