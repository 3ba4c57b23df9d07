"""The state of a served cloud, kept in a file: a journal of what was asked of it.

Equal seeds and histories make equal clouds. So the state is the history: each act
(:mod:`archlib.local.served.acts`) is written down when it has been done, with the real instant at
which it began and a digest of what came of it. Restoring does the same acts again, at their
instants, in a new cloud, and compares: what comes out otherwise is told, never passed over.

==============  ==================================================================================
``lines``       acts as JSON, and back
``file``        the file: header, one act a line, a sum over all lines before in each; its lock
``digest``      what came of an act, in a few letters
``held_time``   real time that stands still while an act is done
``randomness``  random bytes that come again
``keeper``      acts are done, written down, done again
==============  ==================================================================================
"""

from __future__ import annotations

from archlib.local.served.state.file import StateLost
from archlib.local.served.state.keeper import Keeper, Restored

__all__ = ["Keeper", "Restored", "StateLost"]
