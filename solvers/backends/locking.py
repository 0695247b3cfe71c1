"""One lock around what is not safe in threads.

Pyomo's solver interfaces redirect the whole process's output while they run, and end out of order, or never, where two
threads do so at once; its linear expressions share a cache. Whoever calls them holds this lock. HiGHS runs on arrays
outside of it, so programs it solves run side by side.
"""

from __future__ import annotations

from threading import RLock

PYOMO = RLock()
"""Held while Pyomo reads expressions or runs a solver; a thread may take it again."""
