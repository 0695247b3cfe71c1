"""Bounds on variables that the rows of a linear program imply, turned outward."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.backends.linear.program import Floats, LinearProgram, Mask

SWEEPS = 40
WORTH_IT = 0.5
"""A finite bound is replaced only by one at most this share of its size: what is wanted are bounds, not tight ones."""
EPS = float(np.finfo(np.float64).eps)


def implied_bounds(program: LinearProgram) -> tuple[Floats, Floats]:
    """(n,) lower and upper bounds that every feasible point keeps; infinite where the rows imply none.

    In a row ``sum_k a_k x_k <= b`` each term is at most b less the least the others can be. Sweeps over all rows go on
    while they bound a variable that had no bound.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> none, free = np.zeros(2), np.full(2, np.inf)
    >>> row = csr_array(np.array([[2.0, 4.0]]))
    >>> program = LinearProgram(none, 0.0, row, np.array([-np.inf]), np.array([8.0]), none, free, none > 0)
    >>> implied_bounds(program)[1].round(9).tolist()
    [4.0, 2.0]
    """
    matrix = program.matrix
    sizes = np.diff(matrix.indptr)
    row, column, entry = np.repeat(np.arange(sizes.size), sizes), matrix.indices, matrix.data
    lower, upper = program.lower.copy(), program.upper.copy()
    sides = [(entry, program.row_upper), (-entry, -program.row_lower)]
    for _ in range(SWEEPS):
        open_before = np.isinf(lower).sum() + np.isinf(upper).sum()
        for signed, limit in sides:
            rising = signed > 0
            with np.errstate(invalid="ignore"):
                least = np.where(signed == 0, 0.0, signed * np.where(rising, lower[column], upper[column]))
            endless = np.isinf(least)
            finite = np.where(endless, 0.0, least)
            total = np.bincount(row, finite, sizes.size)
            size = np.bincount(row, np.abs(finite), sizes.size) + np.where(np.isfinite(limit), np.abs(limit), 0.0)
            endless_others = np.bincount(row, endless, sizes.size)[row] - endless
            others = total[row] - finite
            pad = (4 * EPS) * (sizes + 2)[row] * size[row]
            usable = (endless_others == 0) & np.isfinite(limit)[row] & (signed != 0)
            reach = np.full(entry.size, np.inf)
            np.divide(limit[row] - others + pad, signed, out=reach, where=usable)
            _tighten(upper, column, reach, usable & rising, lower, 1.0)
            _tighten(lower, column, reach, usable & ~rising, upper, -1.0)
        if np.isinf(lower).sum() + np.isinf(upper).sum() == open_before:
            break
    return lower, upper


def _tighten(bound: Floats, column: NDArray[np.int32], reach: Floats, where: Mask, other: Floats, side: float) -> None:
    """Lower ``bound`` (raise it, with ``side`` -1) to what entries reach, where that is worth it."""
    best = np.full(bound.size, np.inf)
    np.minimum.at(best, column[where], side * reach[where] + np.abs(reach[where]) * (2 * EPS))
    # Bounds that cross say the program is infeasible: that is for the solver to find.
    best = np.maximum(best, side * other)
    better = np.isfinite(best) & (np.isinf(bound) | (best - side * other < WORTH_IT * np.abs(bound - other)))
    bound[better] = side * best[better]
