"""What differs between two templates, as a list that a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

_SHOWN = 100
_LABELS = ("Sid", "PolicyName", "Key", "Name", "AttributeName", "ResourcePath", "Id")
"""Properties that name an item of a list, such as a statement or a tag."""


@dataclass(frozen=True)
class Change:
    """One difference: ``kind`` is added, removed or changed; values are JSON text."""

    kind: str
    path: tuple[str | int, ...]
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        where = ".".join(str(part) for part in self.path)
        if self.kind == "added":
            return f"added {where}: {_short(self.after)}"
        if self.kind == "removed":
            return f"removed {where}: {_short(self.before)}"
        return f"changed {where}: {_short(self.before)} -> {_short(self.after)}"


def changes(before: object, after: object) -> Iterator[Change]:
    """Differences from one document to another, in the order of the first, then the second."""
    return _compare(before, after, ())


def _compare(before: Any, after: Any, path: tuple[str | int, ...]) -> Iterator[Change]:
    # JSON tells 1 from True and from 1.0; Python's equality does not.
    if _text(before) == _text(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            if key in after:
                yield from _compare(before[key], after[key], (*path, key))
            else:
                yield Change("removed", (*path, key), before=_text(before[key]))
        for key in after:
            if key not in before:
                yield Change("added", (*path, key), after=_text(after[key]))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, path)
    else:
        yield Change("changed", path, _text(before), _text(after))


def _compare_lists(
    before: list[Any], after: list[Any], path: tuple[str | int, ...]
) -> Iterator[Change]:
    label = _label_key(before, after)
    old, new = (
        [_text(item[label] if label else item) for item in items] for items in (before, after)
    )
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        # Items that bear different labels are different things; unlabelled ones were changed.
        common = 0 if label and tag != "equal" else min(stop - start, new_stop - new_start)
        for offset in range(common):
            yield from _compare(
                before[start + offset], after[new_start + offset], (*path, start + offset)
            )
        for index in range(start + common, stop):
            yield Change("removed", (*path, index), before=_text(before[index]))
        for index in range(new_start + common, new_stop):
            yield Change("added", (*path, index), after=_text(after[index]))


def _label_key(before: list[Any], after: list[Any]) -> str | None:
    """The property that tells the items of both lists apart, if there is one."""
    for key in _LABELS:
        if all(
            all(isinstance(item, dict) and key in item for item in items)
            and len({_text(item[key]) for item in items}) == len(items)
            for items in (before, after)
        ):
            return key
    return None


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
