"""Cells of rays and their bounds.

A cell is a box: intervals for h on the tasks given up (its anchor's is 1) and for y on those taken up (its reference's
is 1, so that every direction x = y / sum y has y in [0, 1] for the reference it takes up most of). The scale t is not
branched on. In the cell type s pays at most ``value_s``; everyone who accepts a ray pays the same, so no ray of the
cell gains more than the posted price over these values. Prices T[a, b] a tree must keep (``kappa_b >= T[a, b] h_a``)
are met at least cost: ``z_b = max_a T[a, b] h_a``, and a lower end of t.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import (
    BASE,
    BOUND,
    BOUNDED,
    CELLS,
    CHILD,
    HIGH,
    HIGH_END,
    LEN,
    LISTS,
    LOW,
    LOW_END,
    OFF,
    PAID,
    SET,
    STAMP,
    STEPS,
    VISITS,
    Cells,
    Ints,
    Pools,
    Problem,
)
from raymenu.solvers.support.search.cells.posted_price import posted_price
from raymenu.solvers.support.search.cells.willingness import INF, ROUNDING, pay_between, pay_without, sort_tasks
from raymenu.solvers.support.search.kernel import kernel


@kernel
def asked_of(prices: np.ndarray, ends: np.ndarray, b: int) -> float:
    """What prices ask of kappa_b when h stands at these ends: ``max_a T[a, b] h_a`` (T is 0 where a is not given)."""
    need = 0.0
    for a in range(ends.shape[0]):
        need = max(need, prices[a, b] * ends[a])
    return need


@kernel
def least_price(box: np.ndarray, prices: np.ndarray, w: np.ndarray, negative: int, wanted: int) -> float:
    """The least w . kappa a ray of a box can have under these prices; ``inf`` if none keeps them."""
    low, high = box[LOW_END], box[HIGH_END]
    offset = 0.0  # the most of w.h - w.z: what has to be subtracted from t to get the price
    least = 0.0
    for i in range(w.shape[0]):
        if (negative >> i) & 1:
            offset += max(w[i] * low[i], w[i] * high[i])
        elif (wanted >> i) & 1:
            least += low[i]
        else:
            offset -= w[i] * asked_of(prices, low if w[i] > 0 else high, i)
    t_low = 0.0
    for b in range(w.shape[0]):
        if (negative >> b) & 1 or not (wanted >> b) & 1:
            continue
        need = asked_of(prices, low, b)
        if need > 0:
            if high[b] <= 0:
                return INF
            # x_b is at most high_b / (high_b + the others' lows).
            t_low = max(t_low, need * w[b] * (1.0 + (least - low[b]) / high[b]))
    return t_low - offset - ROUNDING * (t_low + abs(offset))


@kernel
def look_at_types(pools: Pools, problem: Problem, tree: int, cell: int) -> float:
    """What each active type could pay at most, and at least, in the cell under the tree's prices.

    Fills ``pools.work.value`` and ``pools.work.surely``; returns the lowest price the cell's rays can have, ``inf`` if
    none keeps the tree's prices.
    """
    prices = pools.trees.price[tree]
    box = pools.cells.box[cell]
    negative = pools.trees.i[tree, SET]
    low = max(pools.cells.f[cell, LOW], least_price(box, prices, problem.w, negative, problem.wanted))
    if low > pools.cells.f[cell, HIGH]:
        return INF
    given, taken, paid = sort_tasks(pools.work, problem, negative)
    z_low = np.zeros(problem.w.shape[0])
    z_high = np.zeros(problem.w.shape[0])
    for k in range(paid):
        b = pools.work.role[PAID, k]
        z_low[b] = asked_of(prices, box[LOW_END], b)
        z_high[b] = asked_of(prices, box[HIGH_END], b)
    off = pools.cells.i[cell, OFF]
    n = pools.cells.i[cell, LEN]
    pools.counts[BOUNDED] += 1
    pools.counts[VISITS] += n
    if taken == 0:
        pay_without(pools.work, pools.lists, problem, box, z_low, z_high, off, n, given, paid)
    else:
        pay_between(pools.work, pools.lists, problem, box, z_low, z_high, off, n, given, taken, paid)
    return low


@kernel
def bound_cell(pools: Pools, problem: Problem, tree: int, cell: int, level: float) -> float:
    """Bound the gain of the cell's rays and narrow its window and its list of types; the new bound.

    A bound of at most ``level`` is not stored: the cell is of no use.
    """
    low = look_at_types(pools, problem, tree, cell)
    if low == INF:
        return -INF
    value, surely, lists = pools.work.value, pools.work.surely, pools.lists
    off = pools.cells.i[cell, OFF]
    n = pools.cells.i[cell, LEN]
    base = pools.cells.f[cell, BASE]
    high = pools.cells.f[cell, HIGH]
    margin = problem.tolerance[3]
    bound, low, high, _, _ = posted_price(pools.work, pools.lists, problem, off, n, base, low, high, level)
    bound = bound * (1 + ROUNDING) + margin
    if bound <= level:
        return bound
    bound = min(bound, pools.cells.f[cell, BOUND])
    pools.cells.f[cell, BOUND] = bound
    pools.cells.f[cell, LOW] = low
    pools.cells.f[cell, HIGH] = high
    pools.cells.i[cell, STAMP] = tree
    for j in range(STEPS):
        pools.cells.t[cell, j] = min(bound, pools.work.steps[j] * (1 + ROUNDING) + margin)
    sure = high * (1 + ROUNDING) + margin
    active = 0
    for j in range(n):
        active += value[j] >= low and surely[j] < sure
    at = pools.counts[LISTS]
    if active <= 0.85 * n and at + active <= lists.shape[0]:
        pools.cells.i[cell, OFF] = at
        for j in range(n):
            if value[j] >= low:
                if surely[j] < sure:
                    lists[at] = lists[off + j]
                    at += 1
                else:
                    base += problem.weight[lists[off + j]]
        pools.counts[LISTS] = at
        pools.cells.i[cell, LEN] = active
        pools.cells.f[cell, BASE] = base
    return bound


@kernel
def bound_again(pools: Pools, problem: Problem, tree: int, cell: int, level: float) -> float:
    """The cell's bound under the tree's own prices, from its types; where at most ``level``, some bound so low."""
    low = look_at_types(pools, problem, tree, cell)
    if low == INF:
        return -INF
    bound, _, _, _, _ = posted_price(
        pools.work,
        pools.lists,
        problem,
        pools.cells.i[cell, OFF],
        pools.cells.i[cell, LEN],
        pools.cells.f[cell, BASE],
        low,
        pools.cells.f[cell, HIGH],
        level,
    )
    return bound * (1 + ROUNDING) + problem.tolerance[3]


@kernel
def asks_more(pools: Pools, problem: Problem, tree: int, cell: int) -> bool:
    """Whether the tree's prices ask for more than the lowest price of the cell's window."""
    prices, negative = pools.trees.price[tree], pools.trees.i[tree, SET]
    asked = least_price(pools.cells.box[cell], prices, problem.w, negative, problem.wanted)
    return asked > pools.cells.f[cell, LOW]


@kernel
def bound_under(cells: Cells, cell: int, prices: np.ndarray, w: np.ndarray, negative: int, wanted: int) -> float:
    """The cell's bound under the prices of a tree that shares it: no look at the types is needed.

    Prices on tasks taken up for their worth only ask for a scale t, and so for a price w . kappa, of at least so much.
    """
    asked = least_price(cells.box[cell], prices, w, negative, wanted)
    low = cells.f[cell, LOW]
    high = cells.f[cell, HIGH]
    if asked > high:
        return -INF
    if asked <= low:
        return cells.f[cell, BOUND]
    step = int((asked - low) / (high - low) * STEPS * (1 - ROUNDING)) if high > low else 0
    return cells.t[cell, min(step, STEPS - 1)]


@kernel
def new_cell(cells: Cells, counts: Ints, source: int, stamp: int) -> int:
    """A copy of a cell (its list of types is shared), or an empty record where ``source`` is -1."""
    cell = counts[CELLS]
    counts[CELLS] = cell + 1
    if source >= 0:
        for i in range(cells.box.shape[2]):
            cells.box[cell, LOW_END, i] = cells.box[source, LOW_END, i]
            cells.box[cell, HIGH_END, i] = cells.box[source, HIGH_END, i]
        for k in range(4):
            cells.f[cell, k] = cells.f[source, k]
        cells.i[cell, OFF] = cells.i[source, OFF]
        cells.i[cell, LEN] = cells.i[source, LEN]
    cells.i[cell, STAMP] = stamp
    cells.i[cell, CHILD] = -1
    return cell


@kernel
def split_cell(cells: Cells, counts: Ints, cell: int, stamp: int, task: int) -> int:
    """Split a cell in the middle of one task's interval; the first of the two halves."""
    middle = 0.5 * (cells.box[cell, LOW_END, task] + cells.box[cell, HIGH_END, task])
    child = new_cell(cells, counts, cell, stamp)
    other = new_cell(cells, counts, cell, stamp)
    cells.box[child, LOW_END, task] = middle
    cells.box[other, HIGH_END, task] = middle
    cells.i[cell, CHILD] = child
    return child
