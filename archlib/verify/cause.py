"""Behind a failed answer: which hop inside the cloud it came from.

A client that gets a 502 is told nothing more. The trace knows: somewhere below that hop another
one was refused or broke, and its hop says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from archlib.local.trace import Hop

#: Where a hop says, in words, why it failed: a policy, a network without a way, a service.
_REASONS = ("iam", "network", "reason")


def cause(hops: Iterable[Hop], trace: Sequence[Hop], name: Callable[[str], str]) -> str | None:
    """What broke below the first of ``hops`` by which a client got 500 or more; None without one.

    It is the last failed hop below it, in ``trace``, that has no failed hop below itself. ``name``
    turns an end of a hop into what readers call it.
    """
    broken = next((hop for hop in hops if hop.parent is None and hop.status >= 500), None)
    if broken is None:
        return None
    inside = {broken.number}
    failed: list[Hop] = []
    for hop in trace:
        if hop.parent in inside:
            inside.add(hop.number)
            if hop.error is not None:
                failed.append(hop)
    above = {_above(hop, failed, trace) for hop in failed}
    deepest = [hop for hop in failed if hop.number not in above]
    last = deepest[-1] if deepest else broken
    why = next((str(last.detail[key]) for key in _REASONS if last.detail.get(key)), None)
    said = f"{last.error}: {why}" if why else str(last.error)
    return f"{name(last.source)} → {name(last.target)}: {last.action} failed with {said}"


def _above(hop: Hop, failed: Sequence[Hop], trace: Sequence[Hop]) -> int | None:
    """The nearest failed hop above a hop."""
    parents, wanted = {h.number: h.parent for h in trace}, {h.number for h in failed}
    above = hop.parent
    while above is not None and above not in wanted:
        above = parents.get(above)
    return above
