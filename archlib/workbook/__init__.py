"""What a notebook shows: rich displays of a scenario, each with a static form.

:class:`Workbook` is the way in; :mod:`.exhibit` and :mod:`.table` are how anything is shown,
:mod:`.looks` how a trace is, :mod:`.judgements` how verdicts are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlib.workbook.book import Workbook
    from archlib.workbook.wire import overhear

__all__ = ["Workbook", "overhear"]

_HOMES = {"Workbook": "archlib.workbook.book", "overhear": "archlib.workbook.wire"}


def __getattr__(name: str) -> Any:
    # Drawing and judging import much; who only looks up what is here should not wait.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
