"""How many types choose each ray of a menu, exactly and in one pass: ``Menu.acceptance`` for a million types."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.mechanisms import Menu
from raymenu.solvers.support.search.kernel import kernel

Floats = NDArray[np.float64]
BLOCK = 512
"""Types looked at together: a loop over types alone is vectorised."""
NOTHING, NEAR = -1, -2


def counted_choices(costs: Floats, menu: Menu) -> list[int]:
    """Types that take each ray, (K,): the first with ``c . kappa <= 0``; near a boundary rationals decide."""
    counts, near = count_clear(costs, menu.rays)
    for s in near.tolist():
        cost = [Fraction(c) for c in costs[s].tolist()]
        for k, ray in enumerate(menu.exact_rays):
            if sum((c * kappa for c, kappa in zip(cost, ray)), Fraction(0)) <= 0:
                counts[k] += 1
                break
    return [int(count) for count in counts]


@kernel
def count_clear(costs: Floats, rays: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts over the types that rounding cannot mislead, and the others' numbers.

    A floating dot product of I terms errs by at most ``gamma_I sum_i |c_i kappa_i|`` (Higham 2002, section 3.1): four
    times that is allowed for.
    """
    size, tasks = costs.shape
    counts = np.zeros(rays.shape[0], np.int64)
    near = np.empty(size, np.int64)
    n = 0
    share = 4.0 * tasks * 2.220446049250313e-16
    total, scale = np.empty(BLOCK), np.empty(BLOCK)
    taken = np.empty(BLOCK, np.int64)
    for start in range(0, size, BLOCK):
        m = min(BLOCK, size - start)
        taken[:] = NOTHING
        for k in range(rays.shape[0]):
            total[:] = 0.0
            scale[:] = 0.0
            for i in range(tasks):
                kappa = rays[k, i]
                for s in range(m):
                    term = costs[start + s, i] * kappa
                    total[s] += term
                    scale[s] += abs(term)
            for s in range(m):
                near_ray = abs(total[s]) <= share * scale[s] + 2.3e-308
                if taken[s] == NOTHING:
                    taken[s] = NEAR if near_ray else (k if total[s] < 0 else NOTHING)
            number = 0
            for s in range(m):
                number += taken[s] == k
            counts[k] += number
        if (taken == NEAR).any():
            for s in range(m):
                if taken[s] == NEAR:
                    near[n] = start + s
                    n += 1
    return counts, near[:n].copy()
