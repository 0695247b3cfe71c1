"""Cells of rays: their bounds, and the points that represent them.

A ray with negative set N is ``kappa_i = -h_i`` on N (its anchor has h = 1), ``kappa_i = t x_i / w_i``
with ``sum x = 1`` where ``w_i > 0`` off N, and ``kappa_i = z_i >= 0`` where ``w_i <= 0`` off N.
With ``m_s = sum_i x_i c_si / w_i`` type s accepts iff ``t m_s + c_s . z <= c_s . h``, so it pays the designer up to

    v_s = sum_N h_i (c_si / m_s - w_i) - sum_Z z_i (c_si / m_s + |w_i|).

A cell is a simplex of x times intervals of h. On it m_s lies between its values at the vertices, so v_s is bounded in
closed form, and the posted price over these bounds the gain of every ray in the cell. Prices T[a, b] a tree must keep
(``kappa_b >= T[a, b] h_a``) are met at least cost: ``z_b = max_a T[a, b] h_a``, and a lower end of t.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.arrays import (
    BASE,
    BOUND,
    BOUNDED,
    CELLS,
    CHILD,
    HIGH,
    LEN,
    LISTS,
    LOW,
    LOWER,
    OFF,
    SET,
    STAMP,
    STEPS,
    VISITS,
    Pools,
    Problem,
)
from raymenu.solvers.support.kernel import kernel
from raymenu.solvers.support.posted import posted_price

RAISE = 1.0 + 1e-10
"""Representatives keep their prices with this much to spare, so that rounding cannot undo polarization."""
ROUNDING = 1e-13
"""Relative error of a bound, generously: a few dozen units in the last place (2.2e-16)."""
SAMPLE = 64
INF = np.inf
EDGE_SPLIT = 1
INTERVAL_SPLIT = 2


@kernel
def look_at_types(pools: Pools, problem: Problem, tree: int, cell: int) -> float:
    """What each active type could pay at most, and at least, in the cell under the tree's prices.

    Fills ``pools.value`` and ``pools.surely``; returns the lowest price the cell's rays can have, ``inf`` if none keeps
    the tree's prices.
    """
    cost, ratio, w = problem.cost, problem.ratio, problem.w
    tasks = w.shape[0]
    negative = pools.tree_i[tree, SET]
    prices = pools.tree_price[tree]
    X = pools.cell_x[cell]
    H = pools.cell_h[cell]
    off = pools.cell_i[cell, OFF]
    n = pools.cell_i[cell, LEN]
    low = pools.cell_f[cell, LOW]
    high = pools.cell_f[cell, HIGH]
    given = np.empty(tasks, np.int64)
    taken = np.empty(tasks, np.int64)
    paid = np.empty(tasks, np.int64)
    n_given = 0
    n_taken = 0
    n_paid = 0
    for i in range(tasks):
        if (negative >> i) & 1:
            given[n_given] = i
            n_given += 1
        elif w[i] > 0:
            taken[n_taken] = i
            n_taken += 1
    z_low = np.zeros(tasks)
    z_high = np.zeros(tasks)
    offset = 0.0  # the most of w.h + |w|.z: what has to be subtracted from t to get the price
    for k in range(n_given):
        i = given[k]
        offset += max(w[i] * H[0, i], w[i] * H[1, i])
    t_low = 0.0
    for b in range(tasks):
        if (negative >> b) & 1:
            continue
        need_low = 0.0
        need_high = 0.0
        for k in range(n_given):
            a = given[k]
            need_low = max(need_low, prices[a, b] * H[0, a])
            need_high = max(need_high, prices[a, b] * H[1, a])
        if need_high <= 0:
            continue
        if w[b] > 0:
            reach = 0.0
            for p in range(n_taken):
                reach = max(reach, X[p, b])
            if reach > 0:
                t_low = max(t_low, need_low * w[b] / reach)
            elif need_low > 0:
                return INF
        else:
            paid[n_paid] = b
            n_paid += 1
            z_low[b] = need_low
            z_high[b] = need_high
            offset -= w[b] * need_high
    low = max(low, t_low - offset - ROUNDING * (t_low + abs(offset)))
    if low > high:
        return INF
    value, surely, lists = pools.value, pools.surely, pools.lists
    pools.counts[BOUNDED] += 1
    pools.counts[VISITS] += n
    if n_taken == 0:
        worth = 0.0
        for k in range(n_given):
            i = given[k]
            worth -= min(w[i] * H[0, i], w[i] * H[1, i])
        for k in range(n_paid):
            worth += w[paid[k]] * z_low[paid[k]]
        for j in range(n):
            s = lists[off + j]
            surely[j] = -INF
            relief = 0.0
            for k in range(n_given):
                relief += cost[s, given[k]] * H[1, given[k]]
            burden = 0.0
            for k in range(n_paid):
                burden += cost[s, paid[k]] * z_low[paid[k]]
            value[j] = worth if relief * (1 + ROUNDING) >= burden else -INF
    else:
        for j in range(n):
            s = lists[off + j]
            m_low = INF
            m_high = 0.0
            for p in range(n_taken):
                m = 0.0
                for k in range(n_taken):
                    i = taken[k]
                    m += X[p, i] * ratio[s, i]
                m_low = min(m_low, m)
                m_high = max(m_high, m)
            best = 1.0 / m_low
            worst = 1.0 / m_high
            v_most = 0.0
            v_least = 0.0
            for k in range(n_given):
                i = given[k]
                g = cost[s, i] * best - w[i]
                v_most += max(g * H[0, i], g * H[1, i])
                g = cost[s, i] * worst - w[i]
                v_least += min(g * H[0, i], g * H[1, i])
            if n_paid > 0:
                # With z > 0 the value need not rise with 1/m, but it is convex in it: both ends are tried.
                other_most = 0.0
                other_least = 0.0
                relief = 0.0
                burden = 0.0
                for k in range(n_given):
                    i = given[k]
                    relief += cost[s, i] * H[1, i]
                    g = cost[s, i] * worst - w[i]
                    other_most += max(g * H[0, i], g * H[1, i])
                    g = cost[s, i] * best - w[i]
                    other_least += min(g * H[0, i], g * H[1, i])
                for k in range(n_paid):
                    b = paid[k]
                    burden += cost[s, b] * z_low[b]
                    v_most -= z_low[b] * (cost[s, b] * best - w[b])
                    other_most -= z_low[b] * (cost[s, b] * worst - w[b])
                    v_least -= z_high[b] * (cost[s, b] * worst - w[b])
                    other_least -= z_high[b] * (cost[s, b] * best - w[b])
                v_most = max(v_most, other_most)
                v_least = min(v_least, other_least)
                if relief * (1 + ROUNDING) < burden:
                    v_most = -INF
            value[j] = v_most
            surely[j] = v_least
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
        if value[j] >= low and surely[j] < sure:
            active += 1
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
def least_price(pools: Pools, problem: Problem, tree: int, cell: int) -> float:
    """The least w . kappa a ray of the cell can have under the tree's prices; ``inf`` if none keeps them."""
    w = problem.w
    tasks = w.shape[0]
    negative = pools.tree_i[tree, SET]
    t_low = 0.0
    offset = 0.0
    for a in range(tasks):
        if (negative >> a) & 1:
            offset += max(w[a] * pools.cell_h[cell, 0, a], w[a] * pools.cell_h[cell, 1, a])
    for b in range(tasks):
        if (negative >> b) & 1:
            continue
        need = 0.0
        most = 0.0
        for a in range(tasks):
            if (negative >> a) & 1:
                need = max(need, pools.tree_price[tree, a, b] * pools.cell_h[cell, 0, a])
                most = max(most, pools.tree_price[tree, a, b] * pools.cell_h[cell, 1, a])
        if w[b] <= 0:
            offset -= w[b] * most
        elif need > 0:
            reach = 0.0
            for p in range(tasks):
                reach = max(reach, pools.cell_x[cell, p, b])
            if reach <= 0:
                return INF
            t_low = max(t_low, need * w[b] / reach)
    return t_low - offset - ROUNDING * (t_low + abs(offset))


@kernel
def bound_under(pools: Pools, problem: Problem, tree: int, cell: int) -> float:
    """The cell's bound under the prices of a tree that shares it: no look at the types is needed.

    Prices on tasks with w > 0 only ask for a scale t, and so for a price w . kappa, of at least so much.
    """
    asked = least_price(pools, problem, tree, cell)
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
        for p in range(pools.cell_x.shape[1]):
            for i in range(pools.cell_x.shape[1]):
                pools.cell_x[cell, p, i] = pools.cell_x[source, p, i]
        for i in range(pools.cell_x.shape[1]):
            pools.cell_h[cell, 0, i] = pools.cell_h[source, 0, i]
            pools.cell_h[cell, 1, i] = pools.cell_h[source, 1, i]
        for k in range(4):
            pools.cell_f[cell, k] = pools.cell_f[source, k]
        pools.cell_i[cell, OFF] = pools.cell_i[source, OFF]
        pools.cell_i[cell, LEN] = pools.cell_i[source, LEN]
    pools.cell_i[cell, STAMP] = stamp
    pools.cell_i[cell, CHILD] = -1
    return cell


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
    for s in range(cost.shape[0]):
        d = 0.0
        for i in range(w.shape[0]):
            d += cost[s, i] * ray[i]
        if d <= 0:
            accepted += problem.weight[s]
    return worth * accepted


@kernel
def scale_at(rate: np.ndarray, x: np.ndarray, least: np.ndarray, taken: np.ndarray, n: int, budget: float) -> float:
    """The t at which ``sum_i rate_i max(t x_i, least_i)`` reaches the budget; -1 if it exceeds it at t = 0.

    ``taken[:n]`` is in the order in which t x_i outgrows least_i.
    """
    fixed = 0.0
    for k in range(n):
        fixed += rate[taken[k]] * least[taken[k]]
    if fixed > budget:
        return -1.0
    slope = 0.0
    for k in range(n):
        i = taken[k]
        if x[i] <= 0:
            continue
        if slope > 0 and (budget - fixed) * x[i] <= slope * least[i]:
            break
        fixed -= rate[i] * least[i]
        slope += rate[i] * x[i]
    return (budget - fixed) / slope if slope > 0 else 0.0


@kernel
def worth_at(scale: float, x: np.ndarray, least: np.ndarray, taken: np.ndarray, n: int) -> float:
    """``sum_i max(t x_i, least_i)``."""
    total = 0.0
    for k in range(n):
        total += max(scale * x[taken[k]], least[taken[k]])
    return total


@kernel
def lift_ray(pools: Pools, problem: Problem, ray: np.ndarray, prices: np.ndarray) -> float:
    """Lift a ray, in place, until it keeps the prices, at the scale that then gains most; its gain.

    What it gives up stays; what it takes up is ``max(t x, what the prices ask)`` for the best t.
    """
    cost, w = problem.cost, problem.w
    tasks = w.shape[0]
    size = cost.shape[0]
    x = np.zeros(tasks)
    least = np.zeros(tasks)
    taken = np.empty(tasks, np.int64)
    n = 0
    offset = 0.0
    total = 0.0
    for i in range(tasks):
        if ray[i] < 0:
            offset -= w[i] * ray[i]
            continue
        need = 0.0
        for a in range(tasks):
            if ray[a] < 0:
                need = max(need, -prices[a, i] * ray[a] * RAISE)
        if w[i] > 0:
            x[i] = ray[i] * w[i]
            total += x[i]
            least[i] = need * w[i]
            m = n
            n += 1
            while m > 0 and least[taken[m - 1]] * x[i] > least[i] * x[taken[m - 1]]:
                taken[m] = taken[m - 1]
                m -= 1
            taken[m] = i
        else:
            ray[i] = max(ray[i], need)
            offset -= w[i] * ray[i]
    if total > 0:
        highest = 0.0
        for s in range(size):
            relief = 0.0
            for i in range(tasks):
                if w[i] <= 0 or ray[i] < 0:
                    relief -= cost[s, i] * ray[i]
            v = scale_at(problem.ratio[s], x, least, taken, n, relief)
            v = worth_at(v, x, least, taken, n) - offset if v >= 0 else -INF
            pools.value[s] = v
            highest = max(highest, v)
        if highest <= 0:
            return 0.0
        _, _, _, price, _ = posted_price(pools, problem, 0, size, 0.0, 0.0, highest, 0.0)
        scale = scale_at(np.ones(tasks), x, least, taken, n, price + offset)
        for k in range(n):
            i = taken[k]
            ray[i] = max(scale * x[i] * (1.0 - ROUNDING), least[i]) / w[i]
    return ray_gain(problem, ray)


@kernel
def probe_cell(pools: Pools, problem: Problem, tree: int, cell: int) -> tuple[int, int, int]:
    """Price a ray inside the cell exactly, keep it if it is the tree's best, and say how to split the cell.

    The split is along the direction in which the types disagree most about the better end: where all agree the bound
    loses nothing. Returns (EDGE_SPLIT, vertex, vertex), (INTERVAL_SPLIT, task, 0) or (0, 0, 0) where nothing is left.
    """
    cost, ratio, w = problem.cost, problem.ratio, problem.w
    tasks = w.shape[0]
    negative = pools.tree_i[tree, SET]
    prices = pools.tree_price[tree]
    X = pools.cell_x[cell]
    H = pools.cell_h[cell]
    off = pools.cell_i[cell, OFF]
    n = pools.cell_i[cell, LEN]
    lists = pools.lists
    given = np.empty(tasks, np.int64)
    taken = np.empty(tasks, np.int64)
    n_given = 0
    n_taken = 0
    for i in range(tasks):
        if (negative >> i) & 1:
            given[n_given] = i
            n_given += 1
        elif w[i] > 0:
            taken[n_taken] = i
            n_taken += 1
    x = np.zeros(tasks)
    h = np.zeros(tasks)
    for k in range(n_taken):
        i = taken[k]
        for p in range(n_taken):
            x[i] += X[p, i] / n_taken
    for k in range(n_given):
        i = given[k]
        h[i] = 0.5 * (H[0, i] + H[1, i])
    # Slopes of what a few active types could pay, along every edge of the simplex and every interval.
    up = np.zeros((tasks, tasks))
    down = np.zeros((tasks, tasks))
    h_up = np.zeros(tasks)
    h_down = np.zeros(tasks)
    m_at = np.empty(tasks)
    step = n // SAMPLE + 1
    sampled = 0
    for j in range(0, n, step):
        s = lists[off + j]
        sampled += 1
        m = 0.0
        for p in range(n_taken):
            at = 0.0
            for k in range(n_taken):
                at += X[p, taken[k]] * ratio[s, taken[k]]
            m_at[p] = at
            m += at / n_taken
        rate = 1.0 / m if n_taken > 0 else 0.0
        relief = 0.0
        for k in range(n_given):
            i = given[k]
            relief += cost[s, i] * h[i]
            g = (H[1, i] - H[0, i]) * (cost[s, i] * rate - w[i])
            if g > 0:
                h_up[i] += g
            else:
                h_down[i] -= g
        for p in range(n_taken):
            for r in range(p):
                g = (m_at[p] - m_at[r]) * relief * rate * rate
                if g > 0:
                    up[p, r] += g
                else:
                    down[p, r] -= g
    for k in range(n_given):
        i = given[k]
        priced = False
        for b in range(tasks):
            if prices[i, b] > 0:
                priced = True
        if not priced:
            # Where nearly all types agree on the better end, represent the cell there.
            if h_up[i] >= 4 * h_down[i]:
                h[i] = H[1, i]
            elif h_down[i] >= 4 * h_up[i]:
                h[i] = H[0, i]
        elif H[0, i] == 0.0:
            # A price on a task hardly given up can ask for more than any type accepts; giving up none of it asks
            # for nothing, and is in the cell.
            h[i] = 0.0
    # The tree's own prices at that point: z where w <= 0, else the least each task taken up must be worth.
    z = np.zeros(tasks)
    least = np.zeros(tasks)
    binds = np.full(tasks, -1, np.int64)
    offset = 0.0
    for k in range(n_given):
        offset += w[given[k]] * h[given[k]]
    for b in range(tasks):
        if (negative >> b) & 1:
            continue
        need = 0.0
        for k in range(n_given):
            i = given[k]
            if prices[i, b] * h[i] * RAISE > need:
                need = prices[i, b] * h[i] * RAISE
                binds[b] = i
        if need <= 0:
            continue
        if w[b] > 0:
            least[b] = need * w[b]
        else:
            a = binds[b]
            z[b] = need
            offset -= w[b] * need
            h_down[a] += sampled * (H[1, a] - H[0, a]) * prices[a, b] * (1.0 - w[b])
    # In the order in which a growing scale t outgrows what they must be worth.
    for k in range(1, n_taken):
        i = taken[k]
        m = k
        while m > 0 and least[taken[m - 1]] * x[i] > least[i] * x[taken[m - 1]]:
            taken[m] = taken[m - 1]
            m -= 1
        taken[m] = i
    low = pools.cell_f[cell, LOW]
    high = pools.cell_f[cell, HIGH]
    gain = 0.0
    price = low
    scale = 0.0
    lifted = False
    if n_taken == 0:
        price = -offset
        for s in range(cost.shape[0]):
            d = 0.0
            for i in range(tasks):
                d += cost[s, i] * (z[i] - h[i])
            if d <= 0:
                gain += problem.weight[s]
        gain *= price
    else:
        value = pools.value
        asked = False
        for k in range(n_taken):
            if least[taken[k]] > 0:
                asked = True
        for j in range(n):
            s = lists[off + j]
            relief = 0.0
            for i in range(tasks):
                relief += cost[s, i] * (h[i] - z[i])
            if asked:
                t = scale_at(ratio[s], x, least, taken, n_taken, relief)
                value[j] = worth_at(t, x, least, taken, n_taken) - offset if t >= 0 else -INF
            else:
                m = 0.0
                for k in range(n_taken):
                    m += x[taken[k]] * ratio[s, taken[k]]
                value[j] = relief / m - offset
        _, _, _, price, gain = posted_price(
            pools, problem, off, n, pools.cell_f[cell, BASE], low, high, pools.tree_f[tree, LOWER]
        )
        scale = scale_at(np.ones(tasks), x, least, taken, n_taken, price + offset)
        for k in range(n_taken):
            i = taken[k]
            if least[i] > scale * x[i]:
                lifted = True
    if gain > pools.tree_f[tree, LOWER] and scale >= 0:
        ray = z - h
        for k in range(n_taken):
            i = taken[k]
            ray[i] = max(scale * x[i], least[i]) / w[i]
        if lifted:
            # The ray left the cell: types that accept everywhere in it may reject it.
            for i in range(tasks):
                if ray[i] > 0:
                    ray[i] *= 1.0 - ROUNDING
            gain = ray_gain(problem, ray)
        if gain > pools.tree_f[tree, LOWER]:
            pools.tree_f[tree, LOWER] = gain
            for i in range(tasks):
                pools.tree_ray[tree, i] = ray[i]
    scale = max(scale, 0.0)
    # Where the tree's prices bind at the representative, widths also count by what they do to them.
    pull = np.zeros(tasks)
    for k in range(n_taken):
        b = taken[k]
        if least[b] > scale * x[b] * (1 - 1e-9):
            a = binds[b]
            pull[b] = 0.5 * max(sampled, 1) * max(scale, 1e-3)
            h_down[a] += max(sampled, 1) * prices[a, b] * w[b] * (H[1, a] - H[0, a])
            h_up[a] += max(sampled, 1) * prices[a, b] * w[b] * (H[1, a] - H[0, a])
    kind = 0
    first = 0
    second = 0
    worst = 0.0
    for k in range(n_given):
        i = given[k]
        width = H[1, i] - H[0, i]
        if width <= 1e-14:
            continue
        score = min(h_up[i], h_down[i]) + 0.05 * (h_up[i] + h_down[i]) + 1e-9 * width
        if score > worst:
            worst = score
            kind = INTERVAL_SPLIT
            first = i
    for p in range(n_taken):
        for r in range(p):
            width = 0.0
            for k in range(n_taken):
                width = max(width, abs(X[p, taken[k]] - X[r, taken[k]]))
            if width <= 1e-14:
                continue
            score = min(up[p, r], down[p, r]) + 0.05 * (up[p, r] + down[p, r]) + 1e-9 * width
            for k in range(n_taken):
                score += pull[taken[k]] * abs(X[p, taken[k]] - X[r, taken[k]])
            if score > worst:
                worst = score
                kind = EDGE_SPLIT
                first = p
                second = r
    return kind, first, second
