"""A bound on every menu's gain for any number of tasks, with nothing to enumerate: rays share tasks and types.

Let ``R_s = max_i (w_i / c_si)^+`` and ``g_si = eta_i (c_si R_s - w_i)^+``. A ray that gives up tasks of N is worth
at most ``X_s(N) = sum_{i in N} g_si`` to the designer if type s accepts it, and everyone who accepts pays the same. The
rays of a menu give up disjoint sets of tasks, and no type takes two of them. So give each task a share ``omega_i > 0``
of one whole, and each type a charge ``mu_s >= 0`` for being taken once. A ray that gives up the share omega of tasks
is worth at most ``kappa_s(omega)``, the best fractional knapsack of that size. Then

    S(w) - w.eta  <=  E[mu] + max over omega_1 + omega_2 + ... <= 1 of sum_k W(omega_k),
    W(omega) = max_v E[(v - mu_s)^+ 1{kappa_s(omega) >= v}].

With ``mu_s = kappa_s(omega_0)`` rays up to the share omega_0 earn nothing, so that few others fit: one dimension is all
that is left of the packing. Each omega_0 of a grid is tried. Without the charges many small rays would count the same
types again and again; without the packing all that is left is ``E[sum_i g_si]``, the first bound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.question import SupportQuestion

Floats = NDArray[np.float64]
GRID = 24
"""Steps of a share."""
CHARGES = (2, 3, 4, 5, 6, 8, 10)
"""Shares omega_0 tried, in steps."""


def packing_bound(task: SupportQuestion) -> float:
    """An upper bound on S(w) - w . eta.

    Examples
    --------
    >>> from raymenu import FiniteTypes
    >>> types = FiniteTypes([[1.0, 2.0, 1.0], [2.0, 1.0, 1.0], [1.0, 1.0, 2.0]])
    >>> task = SupportQuestion.make(types, [1, 1, 1], [1.0, 0.8, 0.9])
    >>> bool(0.5 < packing_bound(task) <= task.first_bound)
    True
    """
    worth = np.maximum((task.w / task.costs).max(axis=1), 0.0)
    gains = np.maximum(task.costs * worth[:, None] - task.w, 0.0) * task.endowment
    mean: Floats = task.weights @ gains
    total = float(mean.sum())
    if total <= 0:
        return 0.0
    kappa = best_shares(gains, mean / total)
    bound = min([total, *(charged_bound(kappa, task.weights, step) for step in CHARGES)])
    return float(np.nextafter(bound + 1e-12 * (total + float(np.abs(task.w) @ task.endowment)), np.inf))


def best_shares(gains: Floats, share: Floats) -> Floats:
    """kappa_s(m / GRID), (S, GRID + 1): the fractional knapsacks of every type over ``gains`` (S, I)."""
    kept = share > 0
    gains, share = gains[:, kept], share[kept]
    order = np.argsort(-gains / share, axis=1, kind="stable")
    value = np.cumsum(np.take_along_axis(gains, order, axis=1), axis=1)
    size = np.cumsum(share[order], axis=1)
    result = np.zeros((gains.shape[0], GRID + 1))
    for s in range(gains.shape[0]):
        # A concave curve through these points; rounded up, for its last point lies at 1 to within rounding.
        result[s] = np.interp(np.arange(GRID + 1) / GRID, [0.0, *size[s]], [0.0, *value[s]])
    result[:, GRID] = value[:, -1]
    return np.maximum.accumulate(result * (1 + 1e-13), axis=1)


def charged_bound(kappa: Floats, weights: Floats, step: int) -> float:
    """The bound with charges ``mu_s = kappa_s(step / GRID)``.

    A ray whose share lies in [m, m + 1) steps earns at most W(m + 1) and takes at least m steps of the whole; below
    ``step`` it earns nothing.
    """
    charge = kappa[:, step]
    earned = np.array([best_price(kappa[:, m], charge, weights) if m > step else 0.0 for m in range(GRID + 1)])
    best = np.zeros(GRID + 1)
    for size in range(1, GRID + 1):
        best[size] = max([best[size - 1], *(earned[min(m + 1, GRID)] + best[size - m] for m in range(step, size + 1))])
    return float(weights @ charge + best[GRID])


def best_price(value: Floats, charge: Floats, weights: Floats) -> float:
    """``max_v E[(v - mu_s)^+ 1{value_s >= v}]`` with ``mu <= value``: types count at prices from mu_s to value_s.

    Between two prices at which a type comes or goes it grows with v, so it is the largest at some type's value.
    """
    up, down = np.argsort(charge, kind="stable"), np.argsort(value, kind="stable")
    prices = value[down]

    def up_to(order: NDArray[np.int64], key: Floats, side: str) -> tuple[Floats, Floats]:
        place = np.searchsorted(key[order], prices, side=side)  # type: ignore[call-overload]
        mass = np.concatenate([[0.0], np.cumsum(weights[order])])
        paid = np.concatenate([[0.0], np.cumsum((weights * charge)[order])])
        return mass[place], paid[place]

    come, come_paid = up_to(up, charge, "right")
    gone, gone_paid = up_to(down, value, "left")
    return float(np.max(prices * (come - gone) - (come_paid - gone_paid), initial=0.0))
