"""Rays of which no type of a support wants two: a random local search for the best menu of them at given prices.

On all of R^I_+ such rays are polarized (Theorem 2). On a box, or on finitely many types, more are allowed: cut-off
parts of the type space that overlap outside the support only, and more than I of them. Raising what a ray takes shrinks
the part of the types that want it, so a ray that clashes with others is raised until it does not.
"""

from __future__ import annotations

from typing import cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MARGIN = 1e-9
"""By how much, as a share of the largest workload, each type must dislike one ray of any two: floats decide here."""
WIDEST = 60.0
"""A ray raised more than this is given up."""
ROUGH, FINE = 0.5, 0.003
"""The size of a step, as a share of what a ray moves, at the start and at the end."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def overlap(u: Floats, v: Floats, low: Floats, high: Floats, finite: Floats) -> bool:
    """Whether some type accepts both rays: of ``finite`` (S, I) where there are any, else of the box [low, high].

    On a box there is none iff max over theta of min_c c.(theta u + (1 - theta) v) is positive; it is attained where a
    coordinate of the mixture vanishes, or at an end.
    """
    tasks = u.size
    if finite.shape[0] > 0:
        for s in range(finite.shape[0]):
            first, second, size = 0.0, 0.0, 0.0
            for i in range(tasks):
                first += finite[s, i] * u[i]
                second += finite[s, i] * v[i]
                size += finite[s, i] * (abs(u[i]) + abs(v[i]))
            if max(first, second) <= MARGIN * size:
                return True
        return False
    for m in range(tasks + 2):
        theta = 0.0 if m == tasks else 1.0
        if m < tasks:
            theta = v[m] / (v[m] - u[m])
            if not 0 < theta < 1:
                continue
        least, size = 0.0, 0.0
        for i in range(tasks):
            mixed = theta * u[i] + (1 - theta) * v[i]
            least += low[i] * mixed if mixed > 0 else high[i] * mixed
            size += high[i] * abs(mixed)
        if least >= MARGIN * size:
            return False
    return True


@numba.njit(cache=True, nogil=True, error_model="numpy")
def worth(ray: Floats, costs: Floats, weights: Floats, w: Floats) -> float:
    """``(w . kappa)^+ Pr[c . kappa <= 0]``."""
    value = 0.0
    for i in range(w.size):
        value += w[i] * ray[i]
    if value <= 0:
        return 0.0
    taken = 0.0
    for s in range(weights.size):
        work = 0.0
        for i in range(w.size):
            work += costs[s, i] * ray[i]
        if work <= 0:
            taken += weights[s]
    return value * taken


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _clashes(
    ray: Floats, rays: Floats, used: int, but: int, low: Floats, high: Floats, finite: Floats
) -> bool:  # fmt: skip
    for k in range(used):  # noqa: SIM110 (compiled)
        if k != but and overlap(ray, rays[k], low, high, finite):
            return True
    return False


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _raised(
    ray: Floats, rays: Floats, used: int, but: int, low: Floats, high: Floats, finite: Floats
) -> tuple[Floats, bool]:
    """The ray with what it takes raised at a common rate, as little as ends the clashes; and whether that worked."""
    if not _clashes(ray, rays, used, but, low, high, finite):
        return ray, True
    given, taken = np.minimum(ray, 0.0), np.maximum(ray, 0.0)
    least, most = 1.0, 1.5
    while _clashes(given + most * taken, rays, used, but, low, high, finite):
        least, most = most, most * 1.5
        if most > WIDEST:
            return ray, False
    for _ in range(30):
        middle = (least + most) / 2
        if _clashes(given + middle * taken, rays, used, but, low, high, finite):
            least = middle
        else:
            most = middle
    return given + most * taken, True


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _climb(
    rays: Floats, used: int, costs: Floats, weights: Floats, w: Floats, eta: Floats,
    low: Floats, high: Floats, finite: Floats, steps: int, rng: np.random.Generator,
) -> tuple[Floats, int]:  # fmt: skip
    tasks, room = eta.size, rays.shape[0]
    now, gains = rays.copy(), np.zeros(room)
    for k in range(used):
        gains[k] = worth(now[k], costs, weights, w)
    best, best_used, best_gain = now.copy(), used, gains[:used].sum()
    for step in range(steps):
        size = ROUGH * (1 - step / steps) ** 2 + FINE
        k = int(rng.integers(0, room))
        allowed = 0.01 * size * gains[:used].sum()
        if k < used and gains[k] <= allowed and rng.random() < 0.3:
            used -= 1
            now[k], gains[k] = now[used], gains[used]
            continue
        k = min(k, used)
        if k < used:
            ray = now[k] + size * rng.normal(0.0, 1.0, tasks) * (np.abs(now[k]) + 0.1 * eta)
        else:
            ray = rng.normal(0.0, 1.0, tasks) * eta
        reach = np.inf
        for i in range(tasks):
            if ray[i] < 0:
                reach = min(reach, eta[i] / -ray[i])
        if reach == np.inf or reach <= 0:
            continue
        ray = np.maximum(ray * reach, -eta)
        ray, fits = _raised(ray, now, used, k, low, high, finite)
        if not fits:
            continue
        gain = worth(ray, costs, weights, w)
        if gain <= 0 or (k < used and gain < gains[k] - allowed):
            continue
        now[k], gains[k] = ray, gain
        used = max(used, k + 1)
        total = gains[:used].sum()
        if total > best_gain:
            best, best_used, best_gain = now.copy(), used, total
    return best, best_used


def climb(
    start: Floats, costs: Floats, weights: Floats, w: Floats, eta: Floats,
    low: Floats, high: Floats, finite: Floats, most_rays: int, steps: int, rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """The best rays found from a start (K, I), the most valuable first, (L, I) with L at most ``most_rays``.

    Parameters
    ----------
    costs, weights
        (S, I) and (S,), the types that what a ray is worth is measured on.
    low, high, finite
        The support: a box, or (T, I) types; an empty ``finite`` means the box.

    Examples
    --------
    A box so narrow that rays giving up the same task need not clash.

    >>> rng = np.random.default_rng(0)
    >>> box = np.full(3, 0.8), np.full(3, 1.25)
    >>> costs = rng.uniform(0.8, 1.25, (50, 3))
    >>> w, eta = np.array([0.2, 0.9, 0.9]), np.ones(3)
    >>> rays = climb(np.empty((0, 3)), costs, np.full(50, 0.02), w, eta, *box, np.empty((0, 3)), 6, 2000, rng)
    >>> any(overlap(u, v, *box, np.empty((0, 3))) for k, u in enumerate(rays) for v in rays[:k])
    False
    """
    rays = np.zeros((most_rays, eta.size))
    used = min(len(start), most_rays)
    rays[:used] = start[:used]
    found, count = _climb(rays, used, costs, weights, w, eta, low, high, finite, steps, rng)
    kept = cast(Floats, found[:count])
    ordered: Floats = kept[np.argsort(-(kept @ w), kind="stable")]
    return ordered[ordered @ w > 0]
