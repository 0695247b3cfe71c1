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
    if task.region is not None:
        return _solve_ruled(task, limits)
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


def _solve_ruled(task: SupportQuestion, limits: Limits) -> SupportResult:
    """The same with rules of the agent's own, which bound how far rays of each price lead.

    With w > 0 the two best rays are polarized by themselves; else at most one of two polarized rays gains.
    """
    start = time.perf_counter()
    found = [best_ruled_ray(task, give, take) for give, take in ((1, 0), (0, 1))] if task.w.size == 2 else []
    rays = [ray for gain, ray in found if gain > 0]
    gains = [gain for gain, _ in found if gain > 0]
    if len(rays) == 2 and not (task.w > 0).all():
        best = int(np.argmax(gains))
        rays, gains = [rays[best]], [gains[best]]
    gain = max(sum(gains), task.remedial_gain)
    rounding = 1e-13 * float(np.abs(task.w) @ task.endowment)
    return finish(task, limits, "closed-form", np.array(rays), gain, gain * (1 + 1e-11) + rounding, True, start, {})


def best_ruled_ray(task: SupportQuestion, give: int, take: int) -> tuple[float, Floats]:
    """The most one ray that gives up a task for the other can gain within the rules, and that ray.

    A ray takes up r of one task for each it gives up of the other; it is accepted iff ``r <= c_give / c_take``. How
    much it gives up, L(r), is the least of the endowment and ``room / (a_take r - a_give)`` over the rules' rows. Among
    rays accepted down to some type the best is that type's r or the one where (w_take r - w_give) L(r) is largest,
    which lies where two rows meet.
    """
    region, w, e = task.region, task.w, float(task.endowment[give])
    ray = np.zeros(2)
    if region is None or e <= 0:
        return 0.0, ray
    slopes = region.slopes(np.arange(2) == give)
    up, down = slopes[:, take], -slopes[:, give]
    theta = task.costs[:, give] / task.costs[:, take]
    moved, fixed = up[~region.equal], down[~region.equal]
    room = region.room[~region.equal]
    # Every row as ``(moved r + fixed) L <= room``, the endowment among them.
    rows = np.array([np.append(moved, 0.0), np.append(fixed, 1.0), np.append(room, e)])
    ratios = np.concatenate([theta, _meeting_ratios(rows)])
    pinned = [(-b / a) for a, b in zip(up[region.equal], down[region.equal]) if a != 0]
    if region.equal.any():
        ratios = np.array([r for r in pinned if np.allclose(up[region.equal] * r, -down[region.equal], atol=1e-12)])
    ratios = np.unique(ratios[np.isfinite(ratios) & (ratios > 0)])
    if not ratios.size:
        return 0.0, ray
    growth = rows[0][:, None] * ratios + rows[1][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(growth > 0, rows[2][:, None] / growth, np.inf).min(axis=0)
    order = np.argsort(theta, kind="stable")
    mass = np.append(np.cumsum(task.weights[order][::-1])[::-1], 0.0)
    chance = mass[np.searchsorted(theta[order], ratios, side="left")]
    gains = (w[take] * ratios - w[give]) * length * chance
    best = int(np.argmax(gains))
    ray[give], ray[take] = -length[best], ratios[best] * length[best]
    return float(gains[best]), ray


def _meeting_ratios(rows: Floats) -> Floats:
    """The r at which two rows allow the same length, or one stops to bind."""
    moved, fixed, room = rows
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.outer(room, moved) - np.outer(moved, room)
        meets = (np.outer(fixed, room) - np.outer(room, fixed)) / across
        return np.concatenate([meets.ravel(), -fixed / moved])


def unfit(task: SupportQuestion) -> str | None:
    return None if task.w.size <= 2 else f"needs at most two tasks, here are {task.w.size}"
