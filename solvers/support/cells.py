"""Cells of rays and their bounds.

A cell is a box: intervals for h on the tasks given up (its anchor's is 1) and for y on those taken up (its reference's
is 1, so that every direction x = y / sum y has y in [0, 1] for the reference it takes up most of). The scale t is not
branched on. In the cell type s pays at most ``value_s``; everyone who accepts a ray pays the same, so no ray of the
cell gains more than the posted price over these values. Prices T[a, b] a tree must keep (``kappa_b >= T[a, b] h_a``)
are met at least cost: ``z_b = max_a T[a, b] h_a``, and a lower end of t.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.arrays import (
    BASE,
    BOUND,
    BOUNDED,
    CELLS,
    CHILD,
    GIVEN,
    HIGH,
    HIGH_END,
    LEN,
    LISTS,
    LOW,
    LOW_END,
    OFF,
    PAID,
    SET,
    SPLITS,
    STAMP,
    STEPS,
    TAKEN,
    Pools,
    Problem,
)
from raymenu.solvers.support.kernel import kernel
from raymenu.solvers.support.posted import posted_price
from raymenu.solvers.support.willingness import INF, ROUNDING, pay_between, pay_without, sort_tasks


@kernel
def asked_of(prices: np.ndarray, ends: np.ndarray, b: int, role: np.ndarray, given: int) -> float:
    """What the tree's prices ask of kappa_b when h stands at these ends: ``max_a T[a, b] h_a``."""
    need = 0.0
    for k in range(given):
        need = max(need, prices[role[k], b] * ends[role[k]])
    return need


@kernel
def least_price(pools: Pools, problem: Problem, tree: int, cell: int, given: int, taken: int, paid: int) -> float:
    """The least w . kappa a ray of the cell can have under the tree's prices; ``inf`` if none keeps them."""
    w, role = problem.w, pools.role
    prices = pools.tree_price[tree]
    low, high = pools.cell_box[cell, LOW_END], pools.cell_box[cell, HIGH_END]
    offset = 0.0  # the most of w.h + |w|.z: what has to be subtracted from t to get the price
    for k in range(given):
        i = role[GIVEN, k]
        offset += max(w[i] * low[i], w[i] * high[i])
    for k in range(paid):
        offset -= w[role[PAID, k]] * asked_of(prices, high, role[PAID, k], role[GIVEN], given)
    least = 0.0
    for k in range(taken):
        least += low[role[TAKEN, k]]
    t_low = 0.0
    for k in range(taken):
        b = role[TAKEN, k]
        need = asked_of(prices, low, b, role[GIVEN], given)
        if need > 0:
            # x_b is at most high_b / (high_b + the others' lows); the reference keeps the sum of lows at 1 or more.
            rest = least - low[b]
            if high[b] <= 0:
                return INF
            t_low = max(t_low, need * w[b] * (high[b] + rest) / high[b])
    return t_low - offset - ROUNDING * (t_low + abs(offset))


@kernel
def look_at_types(pools: Pools, problem: Problem, tree: int, cell: int) -> float:
    """What each active type could pay at most, and at least, in the cell under the tree's prices.

    Fills ``pools.value`` and ``pools.surely``; returns the lowest price the cell's rays can have, ``inf`` if none keeps
    the tree's prices.
    """
    given, taken, paid = sort_tasks(pools, problem, pools.tree_i[tree, SET])
    low = max(pools.cell_f[cell, LOW], least_price(pools, problem, tree, cell, given, taken, paid))
    if low > pools.cell_f[cell, HIGH]:
        return INF
    prices = pools.tree_price[tree]
    box = pools.cell_box[cell]
    z_low = np.zeros(problem.w.shape[0])
    z_high = np.zeros(problem.w.shape[0])
    for k in range(paid):
        b = pools.role[PAID, k]
        z_low[b] = asked_of(prices, box[LOW_END], b, pools.role[GIVEN], given)
        z_high[b] = asked_of(prices, box[HIGH_END], b, pools.role[GIVEN], given)
    pools.counts[BOUNDED] += 1
    off = pools.cell_i[cell, OFF]
    n = pools.cell_i[cell, LEN]
    if taken == 0:
        pay_without(pools, problem, box, z_low, off, n, given, paid)
    else:
        pay_between(pools, problem, box, z_low, z_high, off, n, given, taken, paid)
    return low


@kernel
def bound_cell(pools: Pools, problem: Problem, tree: int, cell: int, level: float) -> float:
    """Bound the gain of the cell's rays and narrow its window and its list of types; the new bound.

    A bound of at most ``level`` is not stored: the cell is of no use.
    """
    low = look_at_types(pools, problem, tree, cell)
    if low == INF:
        return -INF
    value, surely, lists = pools.value, pools.surely, pools.lists
    off = pools.cell_i[cell, OFF]
    n = pools.cell_i[cell, LEN]
    base = pools.cell_f[cell, BASE]
    high = pools.cell_f[cell, HIGH]
    margin = problem.tolerance[3]
    bound, low, high, _, _ = posted_price(pools, problem, off, n, base, low, high, level)
    bound = bound * (1 + ROUNDING) + margin
    if bound <= level:
        return bound
    bound = min(bound, pools.cell_f[cell, BOUND])
    pools.cell_f[cell, BOUND] = bound
    pools.cell_f[cell, LOW] = low
    pools.cell_f[cell, HIGH] = high
    pools.cell_i[cell, STAMP] = tree
    for j in range(STEPS):
        pools.cell_t[cell, j] = min(bound, pools.steps[j] * (1 + ROUNDING) + margin)
    sure = high * (1 + ROUNDING) + margin
    active = 0
    for j in range(n):
        active += value[j] >= low and surely[j] < sure
    at = pools.counts[LISTS]
    if active <= 0.85 * n and at + active <= lists.shape[0]:
        pools.cell_i[cell, OFF] = at
        for j in range(n):
            if value[j] >= low:
                if surely[j] < sure:
                    lists[at] = lists[off + j]
                    at += 1
                else:
                    base += problem.weight[lists[off + j]]
        pools.counts[LISTS] = at
        pools.cell_i[cell, LEN] = active
        pools.cell_f[cell, BASE] = base
    return bound


@kernel
def bound_again(pools: Pools, problem: Problem, tree: int, cell: int, level: float) -> float:
    """The cell's bound under the tree's own prices, from its types; where at most ``level``, some bound so low."""
    low = look_at_types(pools, problem, tree, cell)
    if low == INF:
        return -INF
    bound, _, _, _, _ = posted_price(
        pools,
        problem,
        pools.cell_i[cell, OFF],
        pools.cell_i[cell, LEN],
        pools.cell_f[cell, BASE],
        low,
        pools.cell_f[cell, HIGH],
        level,
    )
    return bound * (1 + ROUNDING) + problem.tolerance[3]


@kernel
def asks_more(pools: Pools, problem: Problem, tree: int, cell: int) -> bool:
    """Whether the tree's prices ask for more than the lowest price of the cell's window."""
    given, taken, paid = sort_tasks(pools, problem, pools.tree_i[tree, SET])
    return least_price(pools, problem, tree, cell, given, taken, paid) > pools.cell_f[cell, LOW]


@kernel
def bound_under(pools: Pools, problem: Problem, tree: int, cell: int) -> float:
    """The cell's bound under the prices of a tree that shares it: no look at the types is needed.

    Prices on tasks with w > 0 only ask for a scale t, and so for a price w . kappa, of at least so much.
    """
    given, taken, paid = sort_tasks(pools, problem, pools.tree_i[tree, SET])
    asked = least_price(pools, problem, tree, cell, given, taken, paid)
    low = pools.cell_f[cell, LOW]
    high = pools.cell_f[cell, HIGH]
    if asked > high:
        return -INF
    if asked <= low:
        return pools.cell_f[cell, BOUND]
    step = int((asked - low) / (high - low) * STEPS * (1 - ROUNDING)) if high > low else 0
    return pools.cell_t[cell, min(step, STEPS - 1)]


@kernel
def new_cell(pools: Pools, source: int, stamp: int) -> int:
    """A copy of a cell (its list of types is shared), or an empty record where ``source`` is -1."""
    cell = pools.counts[CELLS]
    pools.counts[CELLS] = cell + 1
    if source >= 0:
        for i in range(pools.cell_box.shape[2]):
            pools.cell_box[cell, LOW_END, i] = pools.cell_box[source, LOW_END, i]
            pools.cell_box[cell, HIGH_END, i] = pools.cell_box[source, HIGH_END, i]
        for k in range(4):
            pools.cell_f[cell, k] = pools.cell_f[source, k]
        pools.cell_i[cell, OFF] = pools.cell_i[source, OFF]
        pools.cell_i[cell, LEN] = pools.cell_i[source, LEN]
    pools.cell_i[cell, STAMP] = stamp
    pools.cell_i[cell, CHILD] = -1
    return cell


@kernel
def split_cell(pools: Pools, cell: int, stamp: int, task: int) -> int:
    """Split a cell in the middle of one task's interval; the first of the two halves."""
    pools.counts[SPLITS] += 1
    middle = 0.5 * (pools.cell_box[cell, LOW_END, task] + pools.cell_box[cell, HIGH_END, task])
    child = new_cell(pools, cell, stamp)
    other = new_cell(pools, cell, stamp)
    pools.cell_box[child, LOW_END, task] = middle
    pools.cell_box[other, HIGH_END, task] = middle
    pools.cell_i[cell, CHILD] = child
    return child
