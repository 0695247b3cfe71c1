"""What the types would pay along one direction, exactly: the scale t is all that is left to choose.

As in ``willingness`` a ray takes up ``t x_i / w_i``, here at least what prices ask for: ``max(t x_i, least_i) / w_i``.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import BLOCK, GIVEN, PAID, TAKEN, Lists, Problem, Work
from raymenu.solvers.support.search.cells.willingness import INF, load_block
from raymenu.solvers.support.search.kernel import kernel


@kernel
def order_growing(x: np.ndarray, least: np.ndarray, role: np.ndarray, taken: int) -> None:
    """Sort the tasks taken up in the order in which t x_i outgrows least_i."""
    for k in range(1, taken):
        i = role[k]
        m = k
        while m > 0 and least[role[m - 1]] * x[i] > least[i] * x[role[m - 1]]:
            role[m] = role[m - 1]
            m -= 1
        role[m] = i


@kernel
def pay_along(
    work: Work,
    lists: Lists,
    problem: Problem,
    h: np.ndarray,
    z: np.ndarray,
    x: np.ndarray,
    least: np.ndarray,
    off: int,
    n: int,
    given: int,
    taken: int,
    paid: int,
) -> None:
    """What each type of a list pays at most for a ray ``max(t x, least)`` with h given up and z taken up besides.

    ``sum_i r_i max(t x_i, least_i)`` is the largest of its linear pieces, one for each number of tasks that have
    outgrown their least (``work.role`` is in that order); so the type's t is the smallest of their roots.
    """
    w, role, block, rate = problem.w, work.role, work.block, work.rate
    offset = 0.0
    for k in range(given):
        offset += w[role[GIVEN, k]] * h[role[GIVEN, k]]
    for k in range(paid):
        offset -= w[role[PAID, k]] * z[role[PAID, k]]
    lifted = False
    for k in range(taken):
        if least[role[TAKEN, k]] > 0:
            lifted = True
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        load_block(work, lists, problem, off + start, size, given, taken, paid)
        value = work.value[start : start + size]
        relief, fixed, slope, scale = rate[0, :size], rate[1, :size], rate[2, :size], rate[3, :size]
        for j in range(size):
            relief[j] = 0.0
            fixed[j] = 0.0
            slope[j] = 0.0
            scale[j] = INF
            value[j] = -offset
        for k in range(given):
            row = block[taken + k]
            rest = h[role[GIVEN, k]]
            for j in range(size):
                relief[j] += row[j] * rest
        for k in range(paid):
            rest = z[role[PAID, k]]
            if rest > 0:
                row = block[taken + given + k]
                for j in range(size):
                    relief[j] -= row[j] * rest
        if not lifted:
            for k in range(taken):
                row = block[k]
                share = x[role[TAKEN, k]]
                for j in range(size):
                    slope[j] += row[j] * share
            for j in range(size):
                value[j] += relief[j] / slope[j]
            continue
        for k in range(taken):
            row = block[k]
            floor = least[role[TAKEN, k]]
            for j in range(size):
                fixed[j] += row[j] * floor
        for j in range(size):
            if fixed[j] > relief[j]:
                value[j] = -INF
        for k in range(taken):
            row = block[k]
            share = x[role[TAKEN, k]]
            floor = least[role[TAKEN, k]]
            if share <= 0:
                continue
            for j in range(size):
                fixed[j] -= row[j] * floor
                slope[j] += row[j] * share
            for j in range(size):
                t = (relief[j] - fixed[j]) / slope[j]
                scale[j] = t if t < scale[j] else scale[j]
        for k in range(taken):
            share = x[role[TAKEN, k]]
            floor = least[role[TAKEN, k]]
            for j in range(size):
                kept = scale[j] * share
                value[j] += kept if kept > floor else floor


@kernel
def scale_of(price: float, x: np.ndarray, least: np.ndarray, role: np.ndarray, taken: int) -> float:
    """The t at which ``sum_i max(t x_i, least_i)`` reaches a price; at least 0."""
    fixed = 0.0
    for k in range(taken):
        fixed += least[role[k]]
    slope = 0.0
    scale = INF
    for k in range(taken):
        i = role[k]
        if x[i] <= 0:
            continue
        fixed -= least[i]
        slope += x[i]
        scale = min(scale, (price - fixed) / slope)
    return max(scale, 0.0) if slope > 0 else 0.0


@kernel
def ray_gain(problem: Problem, ray: np.ndarray) -> float:
    """Gain of one ray over all types."""
    cost, w = problem.cost, problem.w
    worth = 0.0
    for i in range(w.shape[0]):
        worth += w[i] * ray[i]
    if worth <= 0:
        return 0.0
    accepted = 0.0
    size = cost.shape[1]
    burden = np.empty(BLOCK)
    for start in range(0, size, BLOCK):
        stop = min(size, start + BLOCK)
        burden[:] = 0.0
        for i in range(w.shape[0]):
            row = cost[i]
            kappa = ray[i]
            for s in range(start, stop):
                burden[s - start] += row[s] * kappa
        for s in range(start, stop):
            accepted += problem.weight[s] if burden[s - start] <= 0 else 0.0
    return worth * accepted
