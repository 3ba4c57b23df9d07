"""One API operation on a key: what it takes to name the key, and in which state it must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.kms import refusals
from archlib.local.kms.keys import Key
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

T = TypeVar("T")

KeyHandler = Callable[[ApiCall, Key], Result]

Needs = Literal["any", "kept", "usable"]
"""A key in any state, one that is not pending deletion, or one that is enabled."""

_PAGE = 100


@dataclass(frozen=True)
class OnKey:
    """An operation whose ``KeyId`` names a key.

    ``by_alias`` tells operations that take an alias from those that go by id and ARN; ``manages``
    those that only AWS may do to an AWS managed key.
    """

    handler: KeyHandler
    needs: Needs = "any"
    by_alias: bool = False
    manages: bool = False

    def bound(self, keys: Keys) -> Handler:
        """The handler as the API calls it."""

        def handle(call: ApiCall) -> Result:
            key = keys.named(call.region, call.params["KeyId"], by_alias=self.by_alias)
            call.hop.target = key.arn
            if self.manages and key.manager == "AWS":
                raise refusals.not_for_managed(key.arn)
            if self.needs != "any":
                key.require_kept()
            if self.needs == "usable":
                key.require_usable()
            return self.handler(call, key)

        return handle


def page(call: ApiCall, items: Sequence[T], name: str, told: Callable[[T], Any]) -> Result:
    """A page of ``items`` at the call's marker, as KMS answers lists."""
    marker = call.params.get("Marker")
    if marker is not None and not marker.isdecimal():
        raise ApiRefusal("InvalidMarkerException", "Invalid marker")
    begin = int(marker or 0)
    end = begin + int(call.params.get("Limit") or _PAGE)
    more = {"NextMarker": str(end)} if end < len(items) else {}
    return {name: [told(one) for one in items[begin:end]], "Truncated": bool(more), **more}
