"""Both ends of the large market's interval from numbers anyone can check, rounded outwards."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms.menus.lotteries import social_cost, total_assignment
from raymenu.solvers.large_market.resources import Resources
from raymenu.solvers.support.question import exact_dot, rounded_down, rounded_up

Floats = NDArray[np.float64]
RECHECK = 4e-12
"""Added to a support bound, as a share of |w| . eta: whoever proves it anew may sum in another order."""


def stated_bound(upper: float, w: Floats, endowment: Floats) -> float:
    """An upper bound of S_j(w), a little above the one proven, so that proving it again does not hang on rounding."""
    return float(np.nextafter(upper + RECHECK * float(np.abs(w) @ endowment), np.inf))


def tilted(tilt: Floats, status_quo: Floats) -> float:
    """``t . sigma``, rounded down: what a bound at tilted prices has too much."""
    return rounded_down(exact_dot(tilt, status_quo)) if tilt.any() else 0.0


def proven_lower(inst: Instance, prices: Floats, support_bounds: Floats) -> float:
    """``lambda . n - sum_j copies_j u_j`` with u_j >= S_j(lambda - pi_j), rounded down: V is at least that.

    Prices may go on with those of joint rules, (I + R,); their limits are added to the counts.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_uniform")
    >>> cheapest = inst.performance.min(axis=0)  # S_j(w) = 0 for w <= 0: the first best
    >>> proven_lower(inst, cheapest, np.zeros(2)) == raymenu.solve_first_best(inst).cost
    True
    """
    if not np.isfinite(support_bounds).all():
        return -np.inf
    given = sum((int(n) * Fraction(u) for n, u in zip(inst.copies, support_bounds.tolist())), Fraction(0))
    limits = inst.counts if prices.size == inst.n_tasks else Resources(inst).limits
    return rounded_down(exact_dot(limits, prices) - given)


def reached_upper(
    inst: Instance, prices: Floats, assignments: Sequence[Sequence[Fraction]], rules: Sequence[Fraction] = ()
) -> float:
    """The cost of expected assignments, rounded up; what they miss of the counts is charged at the prices.

    So is what they exceed limits of joint rules by; ``rules`` (R,) is what they use of these.

    Lotteries of a linear program clear to its tolerance. By weak duality ``proven_lower`` at the same prices is at most
    the cost plus what is missing at these prices, so the interval is never turned around.
    """
    totals = total_assignment(inst, assignments)
    missing = [Fraction(n) - held for n, held in zip(inst.counts.tolist(), totals)]
    charge = sum((Fraction(price) * miss for price, miss in zip(prices.tolist(), missing)), Fraction(0))
    for limit, used, price in zip(Resources(inst).limits[inst.n_tasks :].tolist(), rules, prices[inst.n_tasks :]):
        charge += max(Fraction(float(price)) * (Fraction(limit) - used), Fraction(0))
    return rounded_up(social_cost(inst, assignments) + max(charge, Fraction(0)))
