"""How many types choose each ray of a menu, exactly and in one pass: ``Menu.acceptance`` for a million types."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.mechanisms import Menu
from raymenu.solvers.support.kernel import kernel

Floats = NDArray[np.float64]


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
    for s in range(size):
        for k in range(rays.shape[0]):
            total = 0.0
            scale = 0.0
            for i in range(tasks):
                term = costs[s, i] * rays[k, i]
                total += term
                scale += abs(term)
            if abs(total) <= share * scale + 2.3e-308:
                near[n] = s
                n += 1
                break
            if total < 0:
                counts[k] += 1
                break
    return counts, near[:n].copy()
