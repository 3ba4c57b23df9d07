"""Which resources there are to be, and the order in which they are made."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from archlib.local.deploy.anatomy import ResourceEntry
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import Evaluator
from archlib.local.deploy.references import references


def dependencies(live: Mapping[str, ResourceEntry], scope: Evaluator) -> dict[str, frozenset[str]]:
    """For each resource, the resources that must exist before it."""
    result = {}
    for name, entry in live.items():
        needed = {r.name for r in references(entry.properties, scope)} | set(entry.depends_on)
        result[name] = frozenset(needed & set(live))
    return result


def creation_order(needs: Mapping[str, frozenset[str]]) -> list[str]:
    """Dependencies first, otherwise as written; raises :class:`StackError` for a circle."""
    place = {name: index for index, name in enumerate(needs)}
    waiting = {name: set(needed) for name, needed in needs.items()}
    dependants: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for other in needed:
            dependants[other].append(name)
    ready = [place[name] for name, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    names = list(needs)
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for dependant in dependants[name]:
            waiting[dependant].discard(name)
            if not waiting[dependant]:
                heapq.heappush(ready, place[dependant])
    if len(order) < len(names):
        circle = _circle({name: waiting[name] for name in names if name not in set(order)})
        raise StackError(f"Circular dependency between resources: [{', '.join(circle)}]")
    return order


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """The members of one circle, sorted: what waits only for a circle is not named."""
    trail: list[str] = []
    name = sorted(waiting)[0]
    while name not in trail:
        trail.append(name)
        name = sorted(other for other in waiting[name] if other in waiting)[0]
    return sorted(trail[trail.index(name) :])
