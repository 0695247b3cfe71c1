"""A request to stop, seen by every search of this process at its next look at the clock.

The command line asks when it is interrupted or its time is up. Searches then hand back their best so far; nothing is
broken off halfway.
"""

from __future__ import annotations

import threading
import time
from math import inf

_ASKED = threading.Event()


def ask() -> None:
    """From now on all searches end at their next step."""
    _ASKED.set()


def forget() -> None:
    """A new command begins."""
    _ASKED.clear()


def asked() -> bool:
    """Whether someone has asked."""
    return _ASKED.is_set()


def over(deadline: float = inf) -> bool:
    """Whether to stop: someone has asked, or the deadline, a time of ``time.perf_counter``, has passed.

    Examples
    --------
    >>> over(), over(time.perf_counter() - 1)
    (False, True)
    """
    return _ASKED.is_set() or time.perf_counter() > deadline
