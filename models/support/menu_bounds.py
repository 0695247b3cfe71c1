"""What the menu programs know beforehand: how large a ray's entries, and what types pay, can become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import FiniteTypes
from raymenu.instances.task_vector import endowment_vector, task_vector

Floats = NDArray[np.float64]

# Bounds are computed in floating point: this turns their rounding outward.
OUTWARD = 1.0 + 1e-9


@dataclass(frozen=True)
class MenuData:
    """The data of one support-function program.

    Attributes
    ----------
    costs
        (S, I), each type scaled to a workload c_s . eta of 1 (types matter through their direction only).
    weights
        (S,) probabilities.
    endowment, w
        eta and w, (I,).
    most_taken
        (I,), the most of task i that a ray taken by some type can hold: ``max_s (c_s . eta - c_si eta_i) / c_si``.
    """

    costs: Floats
    weights: Floats
    endowment: Floats
    w: Floats
    most_taken: Floats

    @classmethod
    def of(cls, types: FiniteTypes, endowment: ArrayLike, w: ArrayLike) -> MenuData:
        """Check and scale the given data.

        Raises
        ------
        InputError
            Where a vector has the wrong length, a number is not finite, or an endowment is negative.
        """
        eta = endowment_vector(endowment, types.n_tasks)
        direction = task_vector(w, "w", types.n_tasks)
        workload = types.costs @ eta
        scale = np.where(workload > 0, workload, types.costs.max(axis=1))
        costs = types.costs / scale[:, None]
        taken = ((costs @ eta)[:, None] - costs * eta) / costs
        return cls(costs, types.weights, eta, direction, np.maximum(taken.max(axis=0), 0.0) * OUTWARD)

    @property
    def n_tasks(self) -> int:
        """I."""
        return int(self.costs.shape[1])

    @property
    def n_types(self) -> int:
        """S."""
        return int(self.costs.shape[0])

    def largest_gain(self, anchor: int | None = None) -> Floats:
        """(S,), the largest ``w . kappa`` of a ray type s accepts; with an anchor a, of those with kappa_a = -eta_a.

        A fractional knapsack: from -eta, buy tasks in the order of w_i / c_si for the workload c_s . eta.
        """
        buys = (self.w > 0) & (np.arange(self.n_tasks) != anchor)
        ratio = np.where(buys, self.w / self.costs, -np.inf)
        order = np.argsort(-ratio, axis=1, kind="stable")
        budget = self.costs @ self.endowment
        gain = np.full(self.n_types, -float(self.w @ self.endowment))
        rows = np.arange(self.n_types)
        for place in range(self.n_tasks):
            i = order[:, place]
            room = np.minimum(self.most_taken[i] + self.endowment[i], budget / self.costs[rows, i])
            amount = np.where(buys[i], room, 0.0)
            gain += amount * self.w[i]
            budget = np.maximum(budget - amount * self.costs[rows, i], 0.0)
        largest: Floats = np.maximum(gain + 1e-9 * np.abs(gain), 0.0)
        return largest

    def largest_load(self, anchor: int) -> Floats:
        """(S,), the largest ``c_s . kappa`` of a ray anchored at a, turned outward."""
        most = np.where(np.arange(self.n_tasks) == anchor, -self.endowment, self.most_taken)
        load = self.costs @ most
        return load + (OUTWARD - 1.0) * (1.0 + np.abs(load))
