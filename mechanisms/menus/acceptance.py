"""Which types accept a ray: c . kappa <= 0, decided exactly on the given floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def accepts(costs: Floats, ray: Floats) -> NDArray[np.bool_]:
    """(n,) whether each type accepts the ray, as exact arithmetic on the given floats would say.

    A floating dot product of I terms errs by at most ``gamma_I sum_i |c_i kappa_i|`` (Higham 2002, section 3.1); types
    farther than that from the boundary are decided by it, the few others in rationals.

    Parameters
    ----------
    costs
        (n, I), private costs.
    ray
        kappa, (I,), tasks.

    Examples
    --------
    >>> accepts(np.array([[1.0, 2.0], [0.1, 0.3], [2.0, 0.5]]), np.array([-3.0, 1.0])).tolist()
    [True, True, True]
    """
    value = costs @ ray
    # Twice Higham's constant also covers the rounding of the bound itself; the last term covers underflow.
    margin = 4 * ray.size * np.finfo(np.float64).eps * (costs @ np.abs(ray)) + np.finfo(np.float64).tiny
    accepted: NDArray[np.bool_] = value < 0
    exact_ray = [Fraction(k) for k in ray.tolist()]
    for s in np.flatnonzero(np.abs(value) <= margin):
        accepted[s] = sum((Fraction(c) * k for c, k in zip(costs[s].tolist(), exact_ray)), Fraction(0)) <= 0
    return accepted
