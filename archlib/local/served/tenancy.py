"""Whose a served cloud is: what it holds, and how it is emptied for the next one.

Emptying starts a new cloud in the place of the old one: with the same seed, at the real time, with
nothing in it. The ports stay open, and whoever made the keys keeps them. A cloud that somebody has
used is emptied only when that is asked for in so many words.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from archlib.errors import UsageError
from archlib.local.deploy import CloudFormation
from archlib.local.identity import ADMIN_KEY, LOCAL_SECRET
from archlib.local.trace import CLIENT

if TYPE_CHECKING:
    from pathlib import Path

    from archlib.local.cloud import LocalCloud

_READING = re.compile(
    r"[\w-]+:(Get|List|Describe|Head|BatchGet|Query|Scan|Lookup|Filter|Select|Validate|Estimate)"
)
_SHOWN = 4


def stacks(cloud: LocalCloud) -> dict[str, str]:
    """Name and region of every stack that stands: ``{"todo in us-east-1": "todo"}``."""
    return {
        f"{stack.name} in {region}": stack.name
        for region, engine in cloud.plane(CloudFormation).engines.items()
        for stack in engine.stacks
        if stack.live
    }


def doings(cloud: LocalCloud) -> tuple[str, ...]:
    """What clients did, successfully, besides looking: actions, each once, in order.

    What the trace has dropped counts as done: nobody knows any more that it was only looking.
    """
    dropped = (f"{cloud.trace.first} calls before those that are remembered",)
    found = (
        hop.action
        for hop in cloud.trace.hops
        if hop.source == CLIENT and hop.status < 400 and not _READING.match(hop.action)
    )
    return (*(dropped if cloud.trace.first else ()), *dict.fromkeys(found))


class Tenancy:
    """Answers who may begin, in the listener's event loop.

    ``renew`` puts a new cloud in the place of the old one, unless a look at the old one, in its own
    thread, raises.
    """

    def __init__(
        self,
        cloud: LocalCloud,
        ca_file: Path | None,
        renew: Callable[[Callable[[], None]], Awaitable[None]],
    ) -> None:
        self._cloud = cloud
        self._ca_file = ca_file
        self._renew = renew

    async def access(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """What a client must know to be the administrator; the keys open nothing else."""
        cloud = self._cloud
        return {
            "account": cloud.account,
            "region": cloud.region,
            "seed": cloud.seed,
            "administrator": cloud.administrator,
            "access_key_id": ADMIN_KEY,
            "secret_access_key": LOCAL_SECRET,
            "certificate": None if self._ca_file is None else self._ca_file.read_text(),
        }

    async def reset(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Empty the cloud.

        ``{}`` empties one that nobody has used but to look; ``{"own": [names]}`` one whose stacks
        all have these names; ``{"force": true}`` any. Raises :class:`UsageError` else.
        """
        own = said.get("own")
        if own is not None and not isinstance(own, list):
            raise UsageError('say {"own": [names of stacks]}')
        await self._renew(lambda: None if said.get("force") is True else self._look(own))
        return {"empty": True}

    def _look(self, own: list[str] | None) -> None:
        there = stacks(self._cloud)
        strange = [label for label, name in there.items() if own is None or name not in own]
        if strange:
            raise UsageError(f"the served cloud holds {_few('stack', strange)}", hint=_HINT)
        if own is None and (done := doings(self._cloud)):
            raise UsageError(f"the served cloud has been used: {_few('', done)}", hint=_HINT)


_HINT = "to throw away what is there say --reset"


def _few(kind: str, names: Any) -> str:
    listed = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    plural = f"{kind}s" if kind and len(names) > 1 else kind
    return f"{plural} {listed}{more}".strip()
