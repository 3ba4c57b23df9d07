"""The page at ``/`` of a served cloud: what is deployed, and what happens in it while it does.

:class:`Console` is given to a served cloud (``served.control.pages = Console(served)``); the page
itself is plain HTML, a style sheet and a script beside this file. See ``docs/serving.md``.
"""

from __future__ import annotations

from archlib.console.console import Console

__all__ = ["Console"]
