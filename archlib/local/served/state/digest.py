"""What came of an act, in a few letters: enough to see that it has come out otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from archlib.local.content import CHUNK, Content
from archlib.local.deploy.deployment import Deployment
from archlib.local.http import HttpResponse

#: Bytes of a body that are looked at; of a longer one the beginning and the length.
_LOOKED_AT = 16 * CHUNK


def digest(outcome: Any) -> str:
    """The same for the same outcome; an error counts as what it says."""
    sum_ = hashlib.blake2b(digest_size=8)
    for piece in _pieces(outcome):
        sum_.update(len(piece).to_bytes(8, "big"))
        sum_.update(piece)
    return sum_.hexdigest()


def summary(outcome: Any) -> str:
    """The same in a word for people: a status, a kind of error."""
    if isinstance(outcome, HttpResponse):
        return str(outcome.status)
    if isinstance(outcome, list):
        return ", ".join(map(summary, outcome))
    if isinstance(outcome, BaseException):
        return type(outcome).__name__
    return "done"


def _pieces(outcome: Any) -> Iterable[bytes]:
    if isinstance(outcome, HttpResponse):
        yield str(outcome.status).encode()
        for name, value in outcome.headers:
            yield f"{name}: {value}".encode("utf-8", "surrogatepass")
        yield str(len(outcome.content)).encode()
        looked_at = outcome.content[:_LOOKED_AT]
        yield from looked_at.chunks() if isinstance(looked_at, Content) else (looked_at,)
    elif isinstance(outcome, list):
        for one in outcome:
            yield from _pieces(one)
    elif isinstance(outcome, Deployment):
        yield outcome.stack_id.encode()
        yield repr(sorted(outcome.outputs.items())).encode()
        yield repr([(r.logical_id, r.physical_id) for r in outcome.resources.values()]).encode()
    elif isinstance(outcome, bytes):
        yield outcome
    else:
        yield f"{type(outcome).__name__} {outcome}".encode("utf-8", "surrogatepass")
