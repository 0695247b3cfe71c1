"""One time limit for a command, divided among its phases."""

from __future__ import annotations

import time

from raymenu import stopping

MOMENT = 0.05
"""Seconds, for the first bounds where no time is left."""


class Budget:
    """What is left of a time limit; what one phase does not use is the next one's.

    Parameters
    ----------
    seconds
        From now; None where there is no limit.

    Examples
    --------
    >>> Budget(None).until(0.5) is None, Budget(100.0).until(0.5) > 49
    (True, True)
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._start = time.perf_counter()

    def until(self, share: float) -> float | None:
        """Seconds until this share of the limit has passed, at least a moment; None where there is no limit."""
        return None if self._seconds is None else max(self._left(share), MOMENT)

    def over(self, share: float) -> bool:
        """Whether this share of the limit has passed, or someone has asked to stop."""
        return stopping.asked() or (self._seconds is not None and self._left(share) <= 0)

    def _left(self, share: float) -> float:
        return share * (self._seconds or 0.0) - (time.perf_counter() - self._start)
