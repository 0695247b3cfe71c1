"""Coordinate ascent on menus: one coordinate of one ray after the other, each at its exact best, always polarized.

With the rest of a menu fixed, type s accepts a ray iff ``kappa_i <= b_s``: the best value of one coordinate is one of
the b_s where w_i > 0, and the least polarization allows where w_i <= 0 (less is accepted by more types and pays more).
What a ray takes up is scaled in the same way, and a task is given up, or no longer given up, together with such a
scaling. Tasks are scaled so that the endowment is 1 where it is positive.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.kernel import kernel

SLACK = 1e-12
"""Share by which coordinates stay clear of what polarization allows, for rounding."""
INF = np.inf


@kernel
def ray_worth(cost: np.ndarray, weight: np.ndarray, w: np.ndarray, ray: np.ndarray) -> float:
    """``Pr[c . kappa <= 0] (w . kappa)^+`` of one ray; what is accepted to within rounding counts."""
    worth = 0.0
    for i in range(w.shape[0]):
        worth += w[i] * ray[i]
    if worth <= 0:
        return 0.0
    accepted = 0.0
    for s in range(cost.shape[1]):
        burden = 0.0
        size = 0.0
        for i in range(w.shape[0]):
            burden += cost[i, s] * ray[i]
            size += cost[i, s] * abs(ray[i])
        if burden <= 1e-13 * size:
            accepted += weight[s]
    return worth * accepted


@kernel
def least_coordinate(rays: np.ndarray, k: int, i: int, endowed: np.ndarray) -> float:
    """The least coordinate i of ray k may be: minus the endowment, and what keeps it polarized with the others."""
    least = -1.0 if endowed[i] else 0.0
    for m in range(rays.shape[0]):
        if m == k:
            continue
        if rays[m, i] < 0:
            least = max(least, 0.0)
            for a in range(rays.shape[1]):
                if a != i and rays[k, a] < 0 and rays[m, a] > 0:
                    least = max(least, rays[k, a] * rays[m, i] / rays[m, a] * (1 + SLACK))
        else:
            for b in range(rays.shape[1]):
                if b != i and rays[m, b] < 0:
                    least = max(least, max(rays[k, b], 0.0) * rays[m, i] / rays[m, b] * (1 - SLACK))
    return least


@kernel
def least_scale(rays: np.ndarray, k: int) -> float:
    """The least factor for what ray k takes up that keeps it polarized with the others."""
    least = 0.0
    for m in range(rays.shape[0]):
        if m == k:
            continue
        for a in range(rays.shape[1]):
            for b in range(rays.shape[1]):
                if rays[k, a] < 0 and rays[m, b] < 0 and rays[k, b] > 0 and rays[m, a] > 0:
                    least = max(least, rays[k, a] * rays[m, b] / rays[m, a] / rays[k, b] * (1 + SLACK))
    return least


@kernel
def best_limit(limit: np.ndarray, weight: np.ndarray, base: float, slope: float, least: float) -> tuple[float, float]:
    """The x >= least that maximises ``(base + slope x) Pr[limit_s >= x]``, slope > 0, and what it earns; -1 if none."""
    order = np.argsort(-limit)
    accepted = 0.0
    best = -1.0
    at = 0.0
    for s in order:
        if limit[s] < least:
            break
        accepted += weight[s]
        earned = (base + slope * limit[s]) * accepted
        if earned > best:
            best = earned
            at = limit[s]
    return at, best


@kernel
def scaled_up(
    cost: np.ndarray, weight: np.ndarray, w: np.ndarray, rays: np.ndarray, k: int, limit: np.ndarray
) -> tuple[float, float]:
    """The best factor for what ray k takes up, and what the ray then earns; -1 where there is nothing to scale."""
    slope = 0.0
    base = 0.0
    for i in range(w.shape[0]):
        if rays[k, i] > 0:
            slope += w[i] * rays[k, i]
        else:
            base += w[i] * rays[k, i]
    if slope <= 0:
        return 1.0, -1.0
    for s in range(cost.shape[1]):
        up = 0.0
        down = 0.0
        for i in range(w.shape[0]):
            if rays[k, i] > 0:
                up += cost[i, s] * rays[k, i]
            else:
                down -= cost[i, s] * rays[k, i]
        limit[s] = down / up
    return best_limit(limit, weight, base, slope, least_scale(rays, k))


@kernel
def scale_ray(rays: np.ndarray, k: int, factor: float) -> None:
    """Scale what ray k takes up."""
    for i in range(rays.shape[1]):
        if rays[k, i] > 0:
            rays[k, i] *= factor


@kernel
def move_coordinate(
    cost: np.ndarray,
    weight: np.ndarray,
    w: np.ndarray,
    endowed: np.ndarray,
    rays: np.ndarray,
    k: int,
    i: int,
    earned: float,
    limit: np.ndarray,
) -> float:
    """Put coordinate i of ray k at its best, or give it up (or no longer) and rescale; what the ray then earns."""
    tasks = w.shape[0]
    least = least_coordinate(rays, k, i, endowed)
    old = rays[k].copy()
    kept = rays[k].copy()
    if w[i] > 0:
        base = 0.0
        for m in range(tasks):
            if m != i:
                base += w[m] * old[m]
        for s in range(cost.shape[1]):
            rest = 0.0
            for m in range(tasks):
                if m != i:
                    rest += cost[m, s] * old[m]
            limit[s] = -rest / cost[i, s]
        at, best = best_limit(limit, weight, base, w[i], least)
        if best > earned:
            earned = best
            kept[i] = at
    # Given up as far as may be, and not given up at all, each with its best scale.
    for target in (least, max(least, 0.0)):
        if target == old[i]:
            continue
        for m in range(tasks):
            rays[k, m] = old[m]
        rays[k, i] = target
        best = ray_worth(cost, weight, w, rays[k])
        factor, scaled = scaled_up(cost, weight, w, rays, k, limit)
        if scaled > best:
            best = scaled
            scale_ray(rays, k, factor)
        if best > earned:
            earned = best
            for m in range(tasks):
                kept[m] = rays[k, m]
    for m in range(tasks):
        rays[k, m] = kept[m]
    return earned


@kernel
def climb(
    cost: np.ndarray, weight: np.ndarray, w: np.ndarray, endowed: np.ndarray, rays: np.ndarray, sweeps: int
) -> float:
    """Improve a polarized menu, in place, until a sweep over all coordinates gains nothing; its gain.

    Parameters
    ----------
    cost
        c_si eta_i, (I, S).
    endowed
        (I,), whether task i can be given up.
    rays
        (K, I), polarized, at least -1 where endowed and nonnegative elsewhere.
    """
    limit = np.empty(cost.shape[1])
    earned = np.empty(rays.shape[0])
    total = 0.0
    for k in range(rays.shape[0]):
        earned[k] = ray_worth(cost, weight, w, rays[k])
        total += earned[k]
    for _ in range(sweeps):
        before = total
        total = 0.0
        for k in range(rays.shape[0]):
            factor, scaled = scaled_up(cost, weight, w, rays, k, limit)
            if scaled > earned[k]:
                earned[k] = scaled
                scale_ray(rays, k, factor)
            for i in range(w.shape[0]):
                earned[k] = move_coordinate(cost, weight, w, endowed, rays, k, i, earned[k], limit)
            total += earned[k]
        if total <= before * (1 + 1e-9):
            break
    return total
