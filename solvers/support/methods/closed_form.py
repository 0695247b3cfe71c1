"""Two tasks: S(w) in closed form, by one pass of buckets and one small sort.

With theta = c_A/c_B a ray that gives up all of B pays the designer ``eta_B (w_A/p - w_B)``, accepted iff theta <= p:

    S = w.eta + max_p eta_B (w_A/p - w_B) Pr[theta <= p] + max_p eta_A (w_B p - w_A) Pr[theta >= p],

maxima over prices with a positive gain. For w > 0 the first needs p <= w_A/w_B, the second p >= w_A/w_B, so the two
rays are polarized by themselves; where w has other signs at most one of them gains, and w <= 0 is the remedial menu.
With one task there is nothing to trade: S = max(w, 0) eta.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.exact.certify import finish
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult
from raymenu.solvers.support.search.kernel import kernel

Floats = NDArray[np.float64]
BUCKETS = 8192
SAMPLE = 1024
"""Types that the width of a bucket is taken from."""
BLOCK = 1024
"""Types whose buckets are found before they are counted: each of the two loops alone is the faster one."""


@kernel
def best_posted_price(
    costs: Floats, give: int, take: int, w_give: float, w_take: float, weight: Floats, equal: bool
) -> tuple[float, float]:
    """max over v of v Pr[value_s >= v] with value_s = w_take c_give/c_take - w_give, and the v that attains it.

    (0, 0) if no value is positive. A price at the lower edge of a bucket earns at least its share of what the best in
    the bucket can: buckets that can't beat the best of these are left out, the types of the others are sorted. Bucket 0
    is for values that are not positive, the last one for those above the sample that the buckets' width is taken from.
    ``equal`` says that all weights are.
    """
    size = costs.shape[0]
    top = 0.0
    for s in range(0, size, max(1, size // SAMPLE)):
        top = max(top, w_take * (costs[s, give] / costs[s, take]) - w_give)
    scale = (BUCKETS - 2) / top if top > 0 else 1.0
    number = np.zeros(BUCKETS, np.int32)
    mass = np.zeros(BUCKETS + 1)
    bucket = np.empty(size, np.int16)
    for start in range(0, size, BLOCK):
        m = min(BLOCK, size - start)
        for s in range(start, start + m):
            value = w_take * (costs[s, give] / costs[s, take]) - w_give
            bucket[s] = np.int32(min(max(value * scale + 1.0, 0.0), BUCKETS - 1.0))
        for s in range(start, start + m):
            number[bucket[s]] += 1
        if not equal:
            for s in range(start, start + m):
                mass[bucket[s]] += weight[s]
    attained = 0.0
    for k in range(BUCKETS - 1, 0, -1):
        mass[k] = mass[k + 1] + (number[k] * weight[0] if equal else mass[k])
        attained = max(attained, (k - 1 - 1e-6) / scale * mass[k])
    useful = np.zeros(BUCKETS, np.bool_)
    for k in range(1, BUCKETS - 1):
        useful[k] = (k + 1e-6) / scale * mass[k] >= attained
    useful[BUCKETS - 1] = True
    # The useful types in falling order of their buckets: room for each bucket behind those above it.
    end = np.zeros(BUCKETS + 1, np.int64)
    for k in range(BUCKETS - 1, 0, -1):
        end[k] = end[k + 1] + (number[k] if useful[k] else 0)
    picked = np.empty(end[1], np.int64)
    room = end[1:].copy()
    for s in range(size):
        if useful[bucket[s]]:
            k = bucket[s]
            picked[room[k]] = s
            room[k] += 1
    best, price = 0.0, 0.0
    for k in range(BUCKETS - 1, 0, -1):
        if not useful[k]:
            continue
        members = picked[end[k + 1] : end[k]]
        chosen = np.empty(members.size)
        for j in range(members.size):
            chosen[j] = w_take * (costs[members[j], give] / costs[members[j], take]) - w_give
        total = mass[k + 1]
        for j in np.argsort(-chosen):
            total += weight[0] if equal else weight[members[j]]
            if chosen[j] * total > best:
                best = chosen[j] * total
                price = chosen[j]
    return best, price


def solve_closed_form(task: SupportQuestion, limits: Limits) -> SupportResult:
    """S(w) for one or two tasks."""
    start = time.perf_counter()
    eta, w, costs = task.endowment, task.w, task.costs
    rays: list[list[float]] = []
    gain = 0.0
    if w.size == 2:
        for give, take in ((1, 0), (0, 1)):
            if eta[give] <= 0 or w[take] <= 0:
                continue
            equal = task.types.equally_weighted
            best, price = best_posted_price(costs, give, take, w[give], w[take], task.weights, equal)
            if best > 0:
                ray = [0.0, 0.0]
                ray[give] = -eta[give]
                ray[take] = eta[give] * (price + w[give]) / w[take]
                rays.append(ray)
                gain += eta[give] * best
    gain = max(gain, float(-np.minimum(w, 0.0) @ eta))
    rounding = 1e-14 * float(np.abs(w) @ eta)
    return finish(task, limits, "closed-form", np.array(rays), gain, gain * (1 + 1e-13) + rounding, True, start, {})


def unfit(task: SupportQuestion) -> str | None:
    return None if task.w.size <= 2 else f"needs at most two tasks, here are {task.w.size}"
