"""Kernels made ready before a clock starts: compiled on a machine's first use, later loaded from the cache on disk.

A time limit is meant for searching. Compiling all kernels of branch and bound takes the better part of a minute of
processor time, once; counted inside a limit it would leave nothing for the search.
"""

from __future__ import annotations

from functools import cache

from raymenu.instances import FiniteTypes
from raymenu.solvers.support.methods.branch_and_bound import solve_branch_and_bound
from raymenu.solvers.support.methods.closed_form import solve_closed_form
from raymenu.solvers.support.methods.local_search import solve_local_search
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits, Method

COSTS = [[0.5, 2.0, 1.0], [2.0, 0.6, 1.1], [1.2, 1.0, 0.5], [0.7, 1.5, 1.9]]
W = [0.9, 0.7, -0.1]


@cache
def load_closed_form() -> None:
    """Make the kernels of two tasks ready; returns at once when called again in the same process."""
    _solve_small(solve_closed_form, 2)


@cache
def load_search() -> None:
    """Make the kernels of branch and bound ready; returns at once when called again in the same process."""
    _solve_small(solve_branch_and_bound, 3)


@cache
def load_ascent() -> None:
    """Make the kernels of coordinate ascent ready; returns at once when called again in the same process."""
    _solve_small(solve_local_search, 3)


def _solve_small(method: Method, tasks: int) -> None:
    """Solve small problems, one with equal weights, whose choices are counted, and one without."""
    costs = [row[:tasks] for row in COSTS]
    for weights in (None, [0.1, 0.2, 0.3, 0.4]):
        method(SupportQuestion.make(FiniteTypes(costs, weights), [1.0] * tasks, W[:tasks]), Limits())
