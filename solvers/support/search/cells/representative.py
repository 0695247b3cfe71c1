"""Rays that represent cells: priced exactly, lifted to the prices of their tree; and where to split a cell."""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import (
    BASE,
    GIVEN,
    HIGH,
    HIGH_END,
    LEN,
    LOW,
    LOW_END,
    LOWER,
    OFF,
    PAID,
    PRICED,
    SET,
    TAKEN,
    Pools,
    Problem,
)
from raymenu.solvers.support.search.cells.cells import asked_of
from raymenu.solvers.support.search.cells.fixed_direction import order_growing, pay_along, ray_gain, scale_of
from raymenu.solvers.support.search.cells.posted_price import posted_price
from raymenu.solvers.support.search.cells.willingness import INF, ROUNDING, sort_tasks
from raymenu.solvers.support.search.kernel import NONE, kernel

RAISE = 1.0 + 4.0 * ROUNDING
"""Rays of a menu keep their prices with this much to spare, so that rounding cannot undo polarization."""
EASE = 1.0 - 4.0 * ROUNDING
"""Representatives fall short of their tree's prices by this much. Where a gain jumps within rounding of a price, the
bound sees the side that gains more; so must the ray, or nothing would be left to refine or to branch on."""
SAMPLE = 64
"""Types asked where to split."""


@kernel
def lift_ray(pools: Pools, problem: Problem, ray: np.ndarray, prices: np.ndarray, spare: float) -> float:
    """Lift a ray, in place, until it keeps the prices times ``spare``, at the scale that then gains most; its gain.

    What it gives up stays; what it takes up is ``max(t x, what the prices ask)`` for the best t.
    """
    w = problem.w
    tasks = w.shape[0]
    size = problem.cost.shape[1]
    negative = 0
    h = np.zeros(tasks)
    for i in range(tasks):
        if ray[i] < 0:
            negative |= 1 << i
            h[i] = -ray[i]
    given, taken, paid = sort_tasks(pools.work, problem, negative)
    pools.counts[PRICED] += 2 * size
    z = np.zeros(tasks)
    x = np.zeros(tasks)
    least = np.zeros(tasks)
    offset = 0.0
    total = 0.0
    for k in range(given):
        offset += w[pools.work.role[GIVEN, k]] * h[pools.work.role[GIVEN, k]]
    for k in range(paid):
        b = pools.work.role[PAID, k]
        ray[b] = max(ray[b], asked_of(prices, h, b) * spare)
        z[b] = ray[b]
        offset -= w[b] * ray[b]
    for k in range(taken):
        b = pools.work.role[TAKEN, k]
        x[b] = ray[b] * w[b]
        total += x[b]
        least[b] = asked_of(prices, h, b) * spare * w[b]
    if total > 0:
        x /= total
        order_growing(x, least, pools.work.role[TAKEN], taken)
        pay_along(pools.work, pools.lists, problem, h, z, x, least, 0, size, given, taken, paid)
        highest = 0.0
        for s in range(size):
            highest = max(highest, pools.work.value[s])
        if highest <= 0:
            return 0.0
        _, _, _, price, _ = posted_price(pools.work, pools.lists, problem, 0, size, 0.0, 0.0, highest, 0.0)
        scale = scale_of(price + offset, x, least, pools.work.role[TAKEN], taken)
        for k in range(taken):
            i = pools.work.role[TAKEN, k]
            ray[i] = max(scale * x[i] * (1.0 - ROUNDING), least[i]) / w[i]
    else:
        # It takes up nothing that is worth something: there is no direction to scale, only what prices ask for.
        for k in range(taken):
            i = pools.work.role[TAKEN, k]
            ray[i] = least[i] / w[i]
    return ray_gain(problem, ray)


@kernel
def middle_of(
    low: np.ndarray, high: np.ndarray, role: np.ndarray, given: int, taken: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """The cell's middle: h and the shares x, (I,) each, and what the y there sum to."""
    h = np.zeros(low.shape[0])
    x = np.zeros(low.shape[0])
    total = 0.0
    for k in range(given):
        i = role[GIVEN, k]
        h[i] = 0.5 * (low[i] + high[i])
    for k in range(taken):
        i = role[TAKEN, k]
        x[i] = 0.5 * (low[i] + high[i])
        total += x[i]
    for k in range(taken):
        x[role[TAKEN, k]] /= total
    return h, x, total


@kernel
def disagreement(
    pools: Pools, problem: Problem, cell: int, h: np.ndarray, x: np.ndarray, total: float, given: int, taken: int
) -> tuple[np.ndarray, np.ndarray]:
    """How much some active types would pay more, and others less, along each interval: (I,) and (I,)."""
    w, role = problem.w, pools.work.role
    tasks = w.shape[0]
    low, high = pools.cells.box[cell, LOW_END], pools.cells.box[cell, HIGH_END]
    up = np.zeros(tasks)
    down = np.zeros(tasks)
    n = pools.cells.i[cell, LEN]
    off = pools.cells.i[cell, OFF]
    for j in range(0, n, n // SAMPLE + 1):
        s = pools.lists[off + j]
        m = 0.0
        for k in range(taken):
            m += x[role[TAKEN, k]] * problem.ratio[role[TAKEN, k], s]
        rate = 1.0 / m if taken > 0 else 0.0
        relief = 0.0
        for k in range(given):
            i = role[GIVEN, k]
            relief += problem.cost[i, s] * h[i]
            g = (high[i] - low[i]) * (problem.cost[i, s] * rate - w[i])
            if g > 0:
                up[i] += g
            else:
                down[i] -= g
        for k in range(taken):
            i = role[TAKEN, k]
            g = (high[i] - low[i]) * (m - problem.ratio[i, s]) * relief * rate * rate / total
            if g > 0:
                up[i] += g
            else:
                down[i] -= g
    return up, down


@kernel
def move_to_ends(
    h: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    prices: np.ndarray,
    up: np.ndarray,
    down: np.ndarray,
    role: np.ndarray,
    given: int,
    at_ends: bool,
) -> None:
    """From the middle to the end of an interval that nearly all types agree is the better one, if ``at_ends``."""
    for k in range(given):
        i = role[k]
        priced = False
        for b in range(h.shape[0]):
            if prices[i, b] > 0:
                priced = True
        if not priced and at_ends:
            if up[i] >= 4 * down[i]:
                h[i] = high[i]
            elif down[i] >= 4 * up[i]:
                h[i] = low[i]
        elif priced and low[i] == 0.0:
            # A price on a task hardly given up can ask for more than any type accepts; giving up none of it asks
            # for nothing, and is in the cell.
            h[i] = 0.0


@kernel
def probe_cell(pools: Pools, problem: Problem, tree: int, cell: int) -> int:
    """Price a ray inside the cell exactly, keep it if it is the tree's best, and say which task's interval to split.

    The interval is the one along which the types disagree most about the better end: where all agree the bound loses
    nothing. -1 where nothing is left to split.
    """
    w = problem.w
    tasks = w.shape[0]
    prices = pools.trees.price[tree]
    low, high = pools.cells.box[cell, LOW_END], pools.cells.box[cell, HIGH_END]
    given, taken, paid = sort_tasks(pools.work, problem, pools.trees.i[tree, SET])
    role = pools.work.role
    h, x, total = middle_of(low, high, role, given, taken)
    up, down = disagreement(pools, problem, cell, h, x, total, given, taken)
    # Every fourth cell is represented at its middle: where a price holds the scale another end may be the better one.
    move_to_ends(h, low, high, prices, up, down, role[GIVEN], given, cell % 4 > 0)
    # The tree's own prices at that point: z, or the least each task taken up for its worth must be worth.
    z = np.zeros(tasks)
    least = np.zeros(tasks)
    offset = 0.0
    for k in range(given):
        offset += w[role[GIVEN, k]] * h[role[GIVEN, k]]
    for k in range(paid):
        b = role[PAID, k]
        z[b] = asked_of(prices, h, b) * EASE
        offset -= w[b] * z[b]
    for k in range(taken):
        b = role[TAKEN, k]
        least[b] = asked_of(prices, h, b) * EASE * w[b]
    gain, scale, lifted = price_ray(pools, problem, tree, cell, h, z, x, least, offset, given, taken, paid)
    if gain > pools.trees.f[tree, LOWER]:
        ray = z - h
        for k in range(taken):
            i = role[TAKEN, k]
            ray[i] = max(scale * x[i], least[i]) / w[i]
        keep_ray(pools, problem, tree, ray, gain, lifted)
    n = pools.cells.i[cell, LEN]
    asked = float(max(1, n // (n // SAMPLE + 1)))
    for k in range(paid):
        b = role[PAID, k]
        a = binding(prices, h, b, role[GIVEN], given)
        if a >= 0:
            down[a] += asked * (high[a] - low[a]) * prices[a, b] * (1.0 + abs(w[b]))
    # Where the tree's prices bind at the representative, widths also count by what they do to them.
    pull = np.zeros(tasks)
    for k in range(taken):
        b = role[TAKEN, k]
        if least[b] > scale * x[b] * (1 - 1e-9):
            a = binding(prices, h, b, role[GIVEN], given)
            more = asked * prices[a, b] * w[b] * (high[a] - low[a])
            up[a] += more
            down[a] += more
            for m in range(taken):
                i = role[TAKEN, m]
                share = (1.0 - x[b] if i == b else x[b]) / total
                pull[i] += 0.5 * asked * max(scale, 1e-3) * share * (high[i] - low[i])
    return widest(low, high, up, down, pull)


@kernel
def keep_ray(pools: Pools, problem: Problem, tree: int, ray: np.ndarray, gain: float, lifted: bool) -> None:
    """Keep a ray as the tree's best if it is; one lifted out of its cell is priced over all types first."""
    if lifted:
        # Types that accept everywhere in the cell may reject it.
        for i in range(ray.shape[0]):
            if ray[i] > 0:
                ray[i] *= 1.0 - ROUNDING
        pools.counts[PRICED] += problem.cost.shape[1]
        gain = ray_gain(problem, ray)
    if gain > pools.trees.f[tree, LOWER]:
        pools.trees.f[tree, LOWER] = gain
        for i in range(ray.shape[0]):
            pools.trees.ray[tree, i] = ray[i]


@kernel
def widest(low: np.ndarray, high: np.ndarray, up: np.ndarray, down: np.ndarray, pull: np.ndarray) -> int:
    """The interval along which the bound loses most: by what types disagree on, and by the pull of prices; or -1."""
    split = NONE
    worst = 0.0
    for i in range(low.shape[0]):
        width = high[i] - low[i]
        if width <= 1e-14:
            continue
        score = min(up[i], down[i]) + 0.05 * (up[i] + down[i]) + pull[i] + 1e-9 * width
        if score > worst:
            worst = score
            split = i
    return split


@kernel
def binding(prices: np.ndarray, h: np.ndarray, b: int, role: np.ndarray, given: int) -> int:
    """The task whose price asks most of kappa_b; -1 if none asks anything."""
    a = NONE
    need = 0.0
    for k in range(given):
        if prices[role[k], b] * h[role[k]] > need:
            need = prices[role[k], b] * h[role[k]]
            a = role[k]
    return a


@kernel
def price_ray(
    pools: Pools,
    problem: Problem,
    tree: int,
    cell: int,
    h: np.ndarray,
    z: np.ndarray,
    x: np.ndarray,
    least: np.ndarray,
    offset: float,
    given: int,
    taken: int,
    paid: int,
) -> tuple[float, float, bool]:
    """The best gain along a direction of the cell, the scale t that gains it, and whether prices lift it there."""
    role = pools.work.role[TAKEN]
    off = pools.cells.i[cell, OFF]
    n = pools.cells.i[cell, LEN]
    low = pools.cells.f[cell, LOW]
    pools.counts[PRICED] += n
    if taken == 0:
        ray = z - h
        return ray_gain(problem, ray), 0.0, False
    order_growing(x, least, role, taken)
    pay_along(pools.work, pools.lists, problem, h, z, x, least, off, n, given, taken, paid)
    _, _, _, price, gain = posted_price(
        pools.work,
        pools.lists,
        problem,
        off,
        n,
        pools.cells.f[cell, BASE],
        low,
        pools.cells.f[cell, HIGH],
        pools.trees.f[tree, LOWER],
    )
    scale = scale_of(price + offset, x, least, role, taken)
    lifted = False
    total = 0.0
    for k in range(taken):
        i = role[k]
        total += max(scale * x[i], least[i])
        if least[i] > scale * x[i]:
            lifted = True
    if total > (price + offset) * (1 + 1e-12):
        gain = -INF
    return gain, scale, lifted
