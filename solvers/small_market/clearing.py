"""EOPR over many profiles at once, with prices and the worth of the marginal agent.

A profile says how many agents took each offered ray. With ray g scaled so that an agent may go at most once along it,
agents of one row and one choice are alike and share a variable, and the gain over the endowment is

    V(n) = max sum_g v_g y_g,  sum_g y_g kappa_g = 0,  0 <= y_g <= n_g,        v_g = -pi_g . kappa_g
         = min over prices lambda of  sum_g n_g ((lambda - pi_g) . kappa_g)^+ .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.eopr.boxed_simplex import BoxedSolutions, solve_boxed

Floats = NDArray[np.float64]
TILT = 1e-10
"""Of the values, relative: second attempts break ties by this much."""


def clear(coordinates: Floats, values: Floats, counts: Floats) -> Floats:
    """(P,) the gain over the endowment in each profile.

    Parameters
    ----------
    coordinates
        (G, r): the rays, scaled so that y <= 1, in a basis of the space they span (or the rays themselves, r = I).
    values
        (G,): what the designer gains when one agent goes along the ray in full, ``-pi . kappa``.
    counts
        (P, G): how many agents took each ray.

    Examples
    --------
    Two agents give a task up for another, one takes it back at the same rate: one exchange of the better one.

    >>> rates, values = np.array([[1.0], [1.0], [-1.0]]), np.array([3.0, 2.0, -1.0])
    >>> clear(rates, values, np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    gains: Floats = _solve(coordinates, values, counts).z @ values
    return gains


@dataclass(frozen=True)
class Cleared:
    """Markets cleared: gains (P,), amounts y (P, G), prices lambda (P, r) in the coordinates given, and what the last
    agent on each ray is worth, V(n) - V(n - e_g) (P, G), 0 where there is none."""

    gains: Floats
    amounts: Floats
    prices: Floats
    marginals: Floats


def clear_with_marginals(coordinates: Floats, values: Floats, counts: Floats) -> Cleared:
    """As ``clear``, with all that a gradient needs.

    An agent who is not needed, y_g <= n_g - 1, is worth nothing; the others are taken out one by one.
    """
    whole = _solve(coordinates, values, counts)
    gains = whole.z @ values
    profile, ray = np.nonzero((counts > 0) & (whole.z > counts - 1.0))
    fewer = counts[profile]
    fewer[np.arange(ray.size), ray] -= 1.0
    marginals = np.zeros_like(counts)
    marginals[profile, ray] = gains[profile] - _solve(coordinates, values, fewer).z @ values
    return Cleared(gains, whole.z, whole.prices, np.maximum(marginals, 0.0))


def _solve(coordinates: Floats, values: Floats, counts: Floats) -> BoxedSolutions:
    columns = np.ascontiguousarray(coordinates.T)
    found = solve_boxed(columns, -values, counts)
    failed = found.iterations < 0
    if failed.any():
        spread = TILT * np.abs(values).max(initial=0.0) * np.modf(np.arange(1, values.size + 1) * 0.618034)[0]
        again = solve_boxed(columns, -values - spread, counts[failed])
        # A market that rounding keeps from clearing even so counts as one without trade: feasible, and worth 0.
        found.z[failed] = np.where(again.iterations[:, None] < 0, 0.0, again.z)
        found.prices[failed] = again.prices
    return found
