"""Two tasks: S(w) in closed form, by one pass of buckets and one small sort.

With theta = c_A/c_B a ray that gives up all of B pays the designer ``eta_B (w_A/p - w_B)``, accepted iff theta <= p:

    S = w.eta + max_p eta_B (w_A/p - w_B) Pr[theta <= p] + max_p eta_A (w_B p - w_A) Pr[theta >= p],

maxima over prices with a positive gain. For w > 0 the first needs p <= w_A/w_B, the second p >= w_A/w_B, so the two
rays are polarized by themselves; where w has other signs at most one of them gains, and w <= 0 is the remedial menu.
With one task there is nothing to trade: S = max(w, 0) eta.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.finish import finish
from raymenu.solvers.support.kernel import kernel
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult
from raymenu.solvers.support.task import SupportTask

Floats = NDArray[np.float64]
BUCKETS = 8192
SAMPLE = 1024
"""Types that the width of a bucket is taken from."""
BLOCK = 1024
"""Types whose buckets are found before they are counted: each of the two loops alone is the faster one."""
MANY = 200_000
"""Types from which the two ways to trade are looked at side by side."""


@kernel
def best_posted_price(
    costs: Floats, give: int, take: int, w_give: float, w_take: float, weight: Floats
) -> tuple[float, float]:
    """max over v of v Pr[value_s >= v] with value_s = w_take c_give/c_take - w_give, and the v that attains it.

    (0, 0) if no value is positive. A price at the lower edge of a bucket earns at least its share of what the best in
    the bucket can: buckets that can't beat the best of these are left out, the types of the others are sorted. Bucket 0
    is for values that are not positive, the last one for those above the sample that the buckets' width is taken from.
    """
    size = costs.shape[0]
    top = 0.0
    for s in range(0, size, max(1, size // SAMPLE)):
        top = max(top, w_take * (costs[s, give] / costs[s, take]) - w_give)
    scale = (BUCKETS - 2) / top if top > 0 else 1.0
    mass = np.zeros(BUCKETS + 1)
    bucket = np.empty(size, np.int16)
    for start in range(0, size, BLOCK):
        m = min(BLOCK, size - start)
        for s in range(start, start + m):
            value = w_take * (costs[s, give] / costs[s, take]) - w_give
            bucket[s] = np.int32(min(max(value * scale + 1.0, 0.0), BUCKETS - 1.0))
        for s in range(start, start + m):
            mass[bucket[s]] += weight[s]
    attained = 0.0
    for k in range(BUCKETS - 1, 0, -1):
        mass[k] += mass[k + 1]
        attained = max(attained, (k - 1 - 1e-6) / scale * mass[k])
    useful = np.zeros(BUCKETS, np.bool_)
    for k in range(1, BUCKETS - 1):
        useful[k] = (k + 1e-6) / scale * mass[k] >= attained
    useful[BUCKETS - 1] = True
    picked = np.empty(size, np.int64)
    n = 0
    for s in range(size):
        if useful[bucket[s]]:
            picked[n] = s
            n += 1
    picked = picked[:n]
    chosen = np.empty(n)
    for j in range(n):
        chosen[j] = w_take * (costs[picked[j], give] / costs[picked[j], take]) - w_give
    best, price = 0.0, 0.0
    at = BUCKETS
    total = 0.0
    for j in np.argsort(-chosen):
        k = bucket[picked[j]]
        if k < at:
            at = k
            total = mass[k + 1]
        total += weight[picked[j]]
        if chosen[j] * total > best:
            best = chosen[j] * total
            price = chosen[j]
    return best, price


def solve_closed_form(task: SupportTask, limits: Limits) -> SupportResult:
    """S(w) for one or two tasks."""
    start = time.perf_counter()
    eta, w, costs = task.endowment, task.w, task.costs
    rays: list[list[float]] = []
    gain = 0.0
    if w.size == 2:
        ways = [(give, take) for give, take in ((1, 0), (0, 1)) if eta[give] > 0 and w[take] > 0]

        def posted(way: tuple[int, int]) -> tuple[float, float]:
            give, take = way
            return best_posted_price(costs, give, take, w[give], w[take], task.weights)

        if len(costs) >= MANY:
            with ThreadPoolExecutor(len(ways) or 1) as threads:
                found = list(threads.map(posted, ways))
        else:
            found = [posted(way) for way in ways]
        for (give, take), (best, price) in zip(ways, found):
            if best > 0:
                ray = [0.0, 0.0]
                ray[give] = -eta[give]
                ray[take] = eta[give] * (price + w[give]) / w[take]
                rays.append(ray)
                gain += eta[give] * best
    gain = max(gain, float(-np.minimum(w, 0.0) @ eta))
    rounding = 1e-14 * float(np.abs(w) @ eta)
    return finish(task, limits, "closed-form", np.array(rays), gain, gain * (1 + 1e-13) + rounding, True, start, {})


def unfit(task: SupportTask) -> str | None:
    return None if task.w.size <= 2 else f"needs at most two tasks, here are {task.w.size}"
