"""From what a search found to a result: the menu handed out, both ends of the interval rounded outwards, the status."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.exact.exact_menu import hand_out
from raymenu.solvers.support.question import SupportQuestion, rounded_down, rounded_up
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult

Floats = NDArray[np.float64]


def finish(
    task: SupportQuestion,
    limits: Limits,
    method: str,
    rays: Floats,
    gain: float,
    bound: float,
    certified: bool,
    start: float,
    work: dict[str, int],
) -> SupportResult:
    """A result from rays, the gain they are thought to have, and a bound on every menu's gain.

    Known menus compete with the rays. "optimal" is said of the numbers handed out, not of the search's.
    """
    menu, value = hand_out(task, rays, gain)
    for known in limits.known:
        reached = task.exact_value(known)
        if reached > value:
            menu, value = known, reached
    lower = rounded_down(value)
    upper = math.inf
    if task.region is None and not (task.w > 0).any():
        upper = lower  # S(w) = 0: everything is handed back
    elif certified:
        upper = max(rounded_up(task.endowment_value + Fraction(bound)), lower)
    won = float(value - task.endowment_value)
    asked = max(limits.abs_gap, limits.rel_gap * won, task.floor)
    closed = certified and upper - lower <= asked
    return SupportResult(
        lower=lower,
        upper=upper,
        status="optimal" if closed else "feasible" if certified else "heuristic",
        method=method,
        seconds=time.perf_counter() - start,
        menu=menu,
        endowment_value=float(task.endowment_value),
        work=work,
    )
