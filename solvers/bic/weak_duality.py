"""A lower bound on program (1) from multipliers of its rows, by weak duality and with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.conditions import demanded_workloads
from raymenu.models.program_1.cut_form import Cut
from raymenu.models.program_1.incentive import Misreport

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BicDuals:
    """Multipliers of program (1) in its large-market or cut form.

    Attributes
    ----------
    clearing
        lambda, (I,): what one more of each task to assign costs.
    participation
        One (T_j,) array a row, nonnegative: what the social cost falls by when type t insists on one unit of workload
        less.
    incentive
        By misreport (j, t, s), nonnegative; costs scaled to a largest entry of 1, as in the model.
    cuts
        Border's cuts with their multipliers, nonnegative.
    """

    clearing: Floats
    participation: list[Floats]
    incentive: Mapping[Misreport, float]
    cuts: Sequence[tuple[Cut, float]]


def dual_bound(inst: Instance, types: list[FiniteTypes], duals: BicDuals, most: Floats | None = None) -> float:
    """A lower bound on the social cost of every mechanism the program admits, whatever the multipliers are.

    Clearing, incentives and cuts are priced into the cost of x_j(t), which leaves for every type
    ``min r . x`` over ``0 <= x <= most, c_t . x <= beta_j c_t . sigma_j``: a fractional knapsack.

    Parameters
    ----------
    most
        (I,), the most of each task a type can expect: the counts in the finite market; None where there is no limit.
    """
    limit = np.full(inst.n_tasks, np.inf) if most is None else most
    reduced = [
        inst.copies[j] * made.weights[:, None] * (inst.performance[j] - duals.clearing) for j, made in enumerate(types)
    ]
    scaled = [made.costs / made.costs.max(axis=1, keepdims=True) for made in types]
    for (j, t, s), multiplier in duals.incentive.items():
        if multiplier > 0:
            reduced[j][t] += multiplier * scaled[j][t]
            reduced[j][s] -= multiplier * scaled[j][t]
    bound = float(duals.clearing @ inst.counts)
    for cut, multiplier in duals.cuts:
        if multiplier > 0:
            for j, t in cut.members:
                reduced[j][t, cut.task] += multiplier * inst.copies[j] * types[j].weights[t]
            bound -= multiplier * inst.counts[cut.task] * cut.capacity
    for j, made in enumerate(types):
        bound -= _knapsacks(-reduced[j], made.costs, demanded_workloads(inst, types, j), limit)
    return bound


def _knapsacks(value: Floats, weight: Floats, budget: Floats, limit: Floats) -> float:
    """``sum_t max value_t . x`` over ``0 <= x <= limit, weight_t . x <= budget_t``; value, weight (T, I)."""
    worth = value / weight
    order = np.argsort(-worth, axis=1, kind="stable")
    sizes = np.take_along_axis(np.minimum(weight * limit, budget[:, None]), order, axis=1)
    room = np.maximum(budget[:, None] - (np.cumsum(sizes, axis=1) - sizes), 0.0)
    gains = np.maximum(np.take_along_axis(worth, order, axis=1), 0.0)
    return float((gains * np.minimum(sizes, room)).sum())
