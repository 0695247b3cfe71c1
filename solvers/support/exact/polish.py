"""From a solver's rays, right within its tolerances, to the best exact menu near them.

A global or local solver returns rays that break polarization, or that the types it counts on just reject, by 1e-6 or
so; repairing polarization alone would lose those types. Keep instead who takes which ray and which tasks each ray
gives up, and solve for the rays again: acceptance is linear then, and polarization is linearised where the last point
was. Where rows pin the rays down the steps converge like Newton's; where the best menu lies inside a curve of prices
whose product is 1, a linear program overshoots it, so steps shrink until what is linearised is right to rounding.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from raymenu.mechanisms import Menu
from raymenu.solvers.support.exact.exact_menu import hand_out
from raymenu.solvers.support.question import SupportQuestion

Floats = NDArray[np.float64]
ROUNDS = 8
STEPS = (0.1, 0.01, 1e-3)
"""Largest moves of a ray in the first round, as shares of its largest entry; several are tried."""
SHRINK = 0.2
"""How much smaller each round's moves are than those before; the last ones err by less than ``MARGIN``."""
MARGIN = 1e-10
"""Slack asked of acceptance and polarization, so that rounding breaks neither."""
SLACKS = (1e-5, 1e-7)
"""Types that accept within this share of their workload count as taking a ray; several are tried."""


class Polisher:
    """Collects the best exact menu around the points a solver visits; each pattern of takers is solved once.

    Attributes
    ----------
    menu, value
        The best menu so far, at first the endowment alone, and its exact value w . y.
    """

    def __init__(self, task: SupportQuestion) -> None:
        self.task = task
        self.menu = Menu(task.endowment)
        self.value = task.endowment_value
        workload = task.costs @ task.endowment
        self._costs = task.costs / np.where(workload > 0, workload, task.costs.max(axis=1))[:, None]
        self._seen: set[tuple[bytes, bytes]] = set()

    def visit(self, rays: Floats, slacks: Sequence[float] = SLACKS, deadline: float = math.inf) -> None:
        """Try the exact menus at and around a solver's rays (K, I), until the deadline (of ``time.perf_counter``).

        A type that accepts a ray within one of ``slacks``, shares of its workload, is counted among its takers.
        """
        task = self.task
        rays = np.maximum(rays.reshape(-1, task.w.size), -task.endowment)
        rays = np.where(np.abs(rays) <= 1e-6 * task.endowment, 0.0, rays)
        if task.region is not None:
            rays = task.region.within(rays)
        self._hand_out(rays)
        rays = rays[(rays @ task.w > 0) & (rays < 0).any(axis=1)]
        if not rays.size:
            return
        for slack in slacks:
            takes = self._costs @ rays.T <= slack
            taker = np.where(takes.any(axis=1), np.argmax(np.where(takes, rays @ task.w, -np.inf), axis=1), -1)
            pattern = (rays < 0).tobytes(), taker.tobytes()
            if pattern in self._seen:
                continue
            self._seen.add(pattern)
            for step in STEPS:
                if time.perf_counter() > deadline:
                    return
                moved, promised, settled = self._polished(rays, taker, step)
                if promised <= float(self.value - task.endowment_value):
                    break
                if self._hand_out(moved) >= promised * (1 - 1e-8) and settled:
                    break

    def _hand_out(self, rays: Floats) -> float:
        """The gain of the exact menu for some rays, which is kept if it is the best."""
        menu, value = hand_out(self.task, rays, self.task.first_bound)
        if value > self.value:
            self.menu, self.value = menu, value
        return float(value - self.task.endowment_value)

    def _polished(self, rays: Floats, taker: NDArray[np.int64], first_step: float) -> tuple[Floats, float, bool]:
        """Rays of most value to the same takers, giving up the same tasks, polarized up to rounding; their gain.

        Also whether the last linear program left them where they were: then smaller steps have nothing to add.
        """
        task, tasks = self.task, rays.shape[1]
        members = [np.flatnonzero(taker == k) for k in range(rays.shape[0])]
        accepting = [_row(rays.shape, k, self._costs[s]) for k, taken in enumerate(members) for s in taken]
        gain = np.array([task.weights[taken].sum() * task.w for taken in members]).ravel()
        negative = rays < 0
        settled = False
        for step in first_step * SHRINK ** np.arange(ROUNDS):
            rows, limits = list(accepting), [-MARGIN] * len(accepting)
            for k, ruled in enumerate(self._ruled(negative)):
                rows += [_row(rays.shape, k, slope) for slope, _ in ruled]
                limits += [room for _, room in ruled]
            for k, m, a, b in _edges(negative):
                # kappa^k_b kappa^m_a - kappa^k_a kappa^m_b >= 0, linearised at the last rays.
                u, v, g, h = rays[k, b], rays[m, a], rays[k, a], rays[m, b]
                row = np.zeros(rays.size)
                row[k * tasks + b], row[m * tasks + a] = -v, -u
                row[k * tasks + a], row[m * tasks + b] = h, g
                rows.append(row)
                limits.append(-(u * v - g * h) - MARGIN * max(abs(u * v), abs(g * h)))
            reach = step * np.abs(rays).max(axis=1, keepdims=True)
            low = np.maximum(np.where(negative, -task.endowment, 0.0), rays - reach)
            high = np.minimum(np.where(negative, 0.0, np.inf), rays + reach)
            found = linprog(
                -gain,
                A_ub=np.array(rows) if rows else None,
                b_ub=np.array(limits) if rows else None,
                bounds=np.column_stack([low.ravel(), np.maximum(high, low).ravel()]),
                method="highs",
                options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
            )
            if found.x is None:
                break
            moved = found.x.reshape(rays.shape)
            settled = np.abs(moved - rays).max() <= 1e-13 * np.abs(rays).max()
            rays = moved
            if settled:
                break
        return rays, float(gain @ rays.ravel()), settled

    def _ruled(self, negative: NDArray[np.bool_]) -> list[list[tuple[Floats, float]]]:
        """Rows of the agent's rules for each ray."""
        region = self.task.region
        if region is None:
            return []
        rows = []
        for signs in negative:
            slopes = region.slopes(signs)
            own = list(zip(slopes, region.room.tolist()))
            rows.append(own + [(-slopes[r], 0.0) for r in np.flatnonzero(region.equal)])
        return rows


def _edges(negative: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """(k, m, a, b): ray k gives up a, ray m gives up b."""
    count = negative.shape[0]
    return [
        (k, m, a, b)
        for k in range(count)
        for m in range(k)
        for a in np.flatnonzero(negative[k]).tolist()
        for b in np.flatnonzero(negative[m]).tolist()
    ]


def _row(shape: tuple[int, ...], k: int, coefficients: Floats) -> Floats:
    row = np.zeros(shape)
    row[k] = coefficients
    return row.ravel()
