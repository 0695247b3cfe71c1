"""A bilateral trade that certifies that choice improves upon the status quo."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from raymenu import models
from raymenu.instances import Instance
from raymenu.mechanisms import BilateralTrade
from raymenu.mechanisms.bilateral import acceptance
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature
from raymenu.solvers.backends.results import Quality
from raymenu.solvers.value_of_choice.bilateral import within_limits
from raymenu.solvers.value_of_choice.pairs import ranked_pairs
from raymenu.solvers.value_of_choice.proposition_1 import proposition_1_trade

Floats = NDArray[np.float64]
SEPARATED = 1e-9
"""Distance from a vanishing combination below which extreme types are passed over."""


def certifying_trade(inst: Instance, backend: str = "highs") -> BilateralTrade | None:
    """A trade that meets Lemma 2's conditions, from extreme types alone; None where none is found.

    Where Proposition 1 applies, the one that its proof constructs. Otherwise extreme types of the two supports are
    tried, and of each trade the one that is accepted most strictly (``margin``) is taken.
    """
    proven = proposition_1_trade(inst)
    if proven is not None:
        return proven
    solver = backends.backend(backend, needs=Feature.LINEAR)
    fine = inst.types(4096)
    for _, pair in ranked_pairs(inst):
        extremes = [_extreme_types(inst, j) for j in pair]
        for taker, giver in product(*extremes):
            if not _tradable(inst, pair, taker, giver):
                continue
            m = models.bilateral_trade(inst, pair, [taker], [giver], margin=None)
            if solver.solve(m).quality is not Quality.OPTIMAL:
                continue
            gamma = np.array([v.value for v in m.gamma.values()])
            inside = within_limits(inst, pair, gamma)
            if not inside.any():
                continue  # the rules leave nothing to trade
            trade = BilateralTrade(inst, pair, inside, acceptance(pair, inside, fine))
            if trade.improves():
                return trade
    return None


def _extreme_types(inst: Instance, j: int) -> list[Floats]:
    """Types of row j that differ most: on a box, each task dear with all others cheap, and the reverse."""
    preferences = inst.preferences[j]
    if not preferences.continuous:
        return list(preferences.discretize(1).costs)
    low, high = preferences.lower_bounds, preferences.upper_bounds
    one_dear = [np.where(np.arange(low.size) == i, high, low) for i in range(low.size)]
    one_cheap = [np.where(np.arange(low.size) == i, low, high) for i in range(low.size)]
    return [*one_dear, *one_cheap, (low + high) / 2]


def _tradable(inst: Instance, agents: tuple[int, int], taker: Floats, giver: Floats) -> bool:
    """Whether some gamma saves, is wanted by both types strictly, and moves no task its giver has none of.

    By Farkas' lemma there is none iff a nonnegative combination of ``pi_j'' - pi_j'``, ``-taker``, ``giver`` (not all
    three zero) and of the rows ``gamma_i >= 0`` or ``<= 0`` of empty holdings vanishes.
    """
    first, second = agents
    saving = inst.performance[second] - inst.performance[first]
    unit = np.eye(inst.n_tasks)
    held = [saving / np.abs(saving).max(), -taker / taker.max(), giver / giver.max()]
    blocked = [*unit[inst.status_quo[first] <= 0], *-unit[inst.status_quo[second] <= 0]]
    columns = np.array(held + blocked).T
    weights = np.append(np.ones(len(held)), np.zeros(len(blocked)))
    _, residual = nnls(np.vstack([columns, weights]), np.append(np.zeros(inst.n_tasks), 1.0))
    return bool(residual > SEPARATED)
