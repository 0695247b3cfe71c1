"""S_j^BIC(w), solved and certified: an upper bound on S_j(w), and the price one agent's obviousness costs."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyomo.common.gc_manager import PauseGC

from raymenu import models
from raymenu.instances import FiniteTypes
from raymenu.models.program_1.incentive import add_incentive
from raymenu.models.support.menu_bounds import MenuData
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature
from raymenu.solvers.backends.cutting_plane import CuttingPlaneLP, solve_by_lazy_rows
from raymenu.solvers.bic.misreports import nearest_misreports, worst_misreports

Floats = NDArray[np.float64]
TOLERANCE = 1e-9
"""Gain from a misreport, as a share of the endowment's workload, below which no more rows are added."""
DISCOUNTS = (0.0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7)
"""Tried when ties the solver left open are settled in the designer's favour; see ``incentive_compatible``."""


@dataclass(frozen=True)
class BicSupport:
    """S^BIC(w) and a mechanism for one agent.

    Attributes
    ----------
    lower
        ``sum_t f(t) w . x(t)`` of ``interim``, computed exactly and rounded down.
    upper
        From the multipliers of the program by weak duality, rounded up: no solver's word is taken.
    interim
        (T, I), x(t): nonnegative, incentive compatible and accepted by every type, exactly on these floats.
    rounds, rows
        How often the program was solved, and how many rows of (IC) it ended with.
    seconds
        Wall-clock time.
    """

    lower: float
    upper: float
    interim: Floats
    rounds: int
    rows: int
    seconds: float


def support_function_bic(types: FiniteTypes, endowment: ArrayLike, w: ArrayLike, backend: str = "highs") -> BicSupport:
    """``S^BIC(w) = max E[w . x]`` over x >= 0 with (IC) and participation; (IC) rows are added as they are violated.

    ``S_j(w) <= S_j^BIC(w)``, with equality at two tasks; the difference is the price of obviousness of one agent.

    Parameters
    ----------
    types
        The agent's types, (T, I).
    endowment
        eta, (I,), tasks.
    w
        lambda - pi_j, (I,).
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.

    Raises
    ------
    InputError
        Where a vector does not fit, or the backend cannot solve linear programs.

    Examples
    --------
    >>> found = support_function_bic(FiniteTypes([[1.0, 2.0], [2.0, 1.0]]), [1, 1], [1.0, 1.0])
    >>> round(found.lower, 9), round(found.upper, 9)
    (3.0, 3.0)
    """
    start = time.perf_counter()
    solver = backends.backend(backend, needs=Feature.LINEAR)
    data = MenuData.of(types, endowment, w)
    with PauseGC():
        m = models.support_bic(types, endowment, w, incentive="none")
        add_incentive(m, [types], nearest_misreports([types]))

        def violated(program: CuttingPlaneLP) -> list[Any]:
            workloads = data.costs @ assigned(program).T
            gains = np.diag(workloads)[:, None] - workloads
            return add_incentive(m, [types], [(0, t, s) for t, s in worst_misreports(gains, TOLERANCE)])

        def assigned(program: CuttingPlaneLP) -> Floats:
            return np.maximum(program.values(m.x.values()).reshape(types.costs.shape), 0.0)

        program = solve_by_lazy_rows(m, solver, violated)
        x = assigned(program)
    interim, lower = incentive_compatible(types, data, x)
    upper = math.inf if program.result.bound is None else program.result.bound
    return BicSupport(lower, upper, interim, program.rounds, len(m.incentive), time.perf_counter() - start)


def incentive_compatible(types: FiniteTypes, data: MenuData, x: Floats) -> tuple[Floats, float]:
    """Bundles near x(t), of which every type takes the one it likes best: exactly (IC), and accepted.

    A solver's ties are open by its tolerance, and a type that breaks one the wrong way costs the designer. So bundles
    are lightened a little, the more so the more they are worth to the designer; the discount that earns most is kept.
    """
    bundles = np.unique(np.vstack([x, data.endowment]), axis=0)
    worth = bundles @ data.w
    rank = np.unique(worth, return_inverse=True)[1] / max(1, np.unique(worth).size - 1)

    def settled(discount: float) -> tuple[Fraction, Floats]:
        # The endowment itself stays on offer, whatever is discounted.
        offered = np.vstack([bundles * (1.0 - discount * rank)[:, None], data.endowment])
        taken = offered[favourite(types.costs, offered, offered @ data.w)]
        return expected_value(types, data.w, taken), taken

    earned, taken = max((settled(discount) for discount in DISCOUNTS), key=lambda found: found[0])
    return taken, _round(earned, -math.inf)


def favourite(costs: Floats, bundles: Floats, worth: Floats) -> NDArray[np.int64]:
    """(T,), the bundle of least workload c_t . x for each type, exactly; among equals the one of most worth."""
    workloads = costs @ bundles.T
    # As in ``accepts``: what is farther apart than the rounding of a dot product is decided by it.
    margin = 8 * bundles.shape[1] * np.finfo(np.float64).eps * workloads.max(axis=1) + np.finfo(np.float64).tiny
    close = workloads <= (workloads.min(axis=1) + margin)[:, None]
    chosen = np.argmax(close, axis=1)
    for t in np.flatnonzero(close.sum(axis=1) > 1):
        cost = _exact(costs[t])
        chosen[t] = min((_dot(cost, _exact(bundles[b])), -worth[b], b) for b in np.flatnonzero(close[t]))[2]
    return chosen


def expected_value(types: FiniteTypes, w: Floats, x: Floats) -> Fraction:
    """``sum_t f(t) w . x(t)``, exactly on the given floats."""
    exact_w = _exact(w)
    return _dot(types.exact_weights, [_dot(exact_w, _exact(row)) for row in x])


def _exact(row: Floats) -> list[Fraction]:
    values: list[float] = row.tolist()
    return [Fraction(value) for value in values]


def _dot(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(first, second)), Fraction(0))


def _round(exact: Fraction, towards: float) -> float:
    """The nearest float, or the next one in the safe direction."""
    near = float(exact)
    wrong = Fraction(near) > exact if towards < 0 else Fraction(near) < exact
    return math.nextafter(near, towards) if wrong else near
