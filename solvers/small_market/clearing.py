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

from raymenu.solvers.eopr.boxed_simplex import BoxedSolutions, solve_boxed, solve_with_marginals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_TAKEN_OUT = 40
"""Agents of a profile whose worth is found exactly."""
TILT = 1e-10
"""Of the values, relative: second attempts break ties by this much."""


def clear(coordinates: Floats, values: Floats, counts: Floats, bases: Ints | None = None) -> Floats:
    """(P,) the gain over the endowment in each profile.

    Parameters
    ----------
    coordinates
        (G, r): the rays, scaled so that y <= 1, in a basis of the space they span (or the rays themselves, r = I).
    values
        (G,): what the designer gains when one agent goes along the ray in full, ``-pi . kappa``.
    counts
        (P, G): how many agents took each ray.
    bases
        (P, r), where to start in each profile, and on return where it ended: the next market alike clears faster.

    Examples
    --------
    Two agents give a task up for another, one takes it back at the same rate: one exchange of the better one.

    >>> rates, values = np.array([[1.0], [1.0], [-1.0]]), np.array([3.0, 2.0, -1.0])
    >>> clear(rates, values, np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    found = solve_boxed(np.ascontiguousarray(coordinates.T), -values, counts, bases)
    gains: Floats = _again(coordinates, values, counts, found).z @ values
    return gains


@dataclass(frozen=True)
class Cleared:
    """Markets cleared: gains (P,), amounts y (P, G), prices lambda (P, r) in the coordinates given, and what the last
    agent on each ray is worth, V(n) - V(n - e_g) (P, G), 0 where there is none."""

    gains: Floats
    amounts: Floats
    prices: Floats
    marginals: Floats


def clear_with_marginals(coordinates: Floats, values: Floats, counts: Floats, most: int = MOST_TAKEN_OUT) -> Cleared:
    """As ``clear``, with all that a gradient needs.

    An agent who is not needed, y_g <= n_g - 1, is worth nothing; the others are taken out one by one, or ``most`` of
    them in each profile, who stand for the others.
    """
    whole, marginals = solve_with_marginals(np.ascontiguousarray(coordinates.T), -values, counts, most)
    whole = _again(coordinates, values, counts, whole)
    return Cleared(whole.z @ values, whole.z, whole.prices, marginals)


def _again(coordinates: Floats, values: Floats, counts: Floats, found: BoxedSolutions) -> BoxedSolutions:
    """The solutions, with a second attempt where the first one failed."""
    failed = found.iterations < 0
    if failed.any():
        columns = np.ascontiguousarray(coordinates.T)
        spread = TILT * np.abs(values).max(initial=0.0) * np.modf(np.arange(1, values.size + 1) * 0.618034)[0]
        again = solve_boxed(columns, -values - spread, counts[failed])
        # A market that rounding keeps from clearing even so counts as one without trade: feasible, and worth 0.
        found.z[failed] = np.where(again.iterations[:, None] < 0, 0.0, again.z)
        found.prices[failed] = again.prices
    return found
