"""The program of one profile, or of many that differ in how many agents are in each group of steps.

    min v.z   s.t.   D z = 0,   R z <= room,   0 <= z <= u

A row of a rule has a column of either sign that takes up what it leaves free, so that the program keeps the form of
``boxed_simplex``; a total that may miss its count on one side has such a column too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu import models
from raymenu.solvers import backends
from raymenu.solvers.backends import Backend, Feature, solve_to_optimality
from raymenu.solvers.eopr.boxed_simplex import certified, dual_bound, solve_boxed

Floats = NDArray[np.float64]
GAP = 1e-9
"""Certified gap of a profile, relative to the size of the endowment's cost, sum_j |pi_j| . eta_j."""
CLEARING = 1e-9
"""Net trade of a task that market clearing tolerates, relative to the tasks that menus could move."""
COMPILED = "highs"
"""The backend before which the compiled simplex is asked."""
RULES = 1e-10
"""The same for a row of a rule, relative to its numbers."""


@dataclass(frozen=True)
class RuleLine:
    """One row of rules over the groups, in "at most" form.

    Attributes
    ----------
    row
        Its number in ``inst.compiled_rules``.
    body
        (G,), what a full step of each group adds.
    room
        What the endowment leaves free; for a bundle that of one agent.
    agents
        The group that counts the agents of a bundle; -1 for a joint row.
    equal
        Whether it must stay exactly where it is.
    tolerance
        What rounding may break it by.
    """

    row: int
    body: Floats
    room: float
    agents: int
    equal: bool
    tolerance: float

    def rooms(self, traders: Floats) -> Floats:
        """(P,), what it leaves free in each profile."""
        agents: Floats = traders[:, self.agents] if self.agents >= 0 else np.ones(len(traders))
        return self.room * agents

    def may_bind(self, traders: Floats) -> bool:
        """Whether some profile could bring it to its limit."""
        if self.equal:
            return bool(self.body.any())
        return bool((traders @ np.maximum(self.body, 0.0) > self.rooms(traders)).any())


class Program:
    """The program of several profiles over the same groups.

    Parameters
    ----------
    columns, values
        D, (I, G), and v, (G,).
    open_ended
        (I, E), one column for each total that may miss its count on one side.
    lines
        The rows of rules.
    traders
        u, (P, G).
    scale
        What the gap is relative to.
    backend
        "highs": the compiled simplex, and HiGHS for what that does not certify. Another: every profile by that one.
    """

    def __init__(
        self,
        columns: Floats,
        values: Floats,
        open_ended: Floats,
        lines: Sequence[RuleLine],
        traders: Floats,
        scale: float,
        backend: str = COMPILED,
    ) -> None:
        self._backend = backend
        self._size, self._own_values, self._gap = values.size, values, GAP * scale
        # A row that no profile can bring to its limit is left out.
        self.lines = [line for line in lines if line.may_bind(traders)]
        self._traders = traders
        net = np.abs(columns) @ traders.max(axis=0)
        fill, upper = self._fillings(open_ended, net)
        body = np.array([line.body for line in self.lines]).reshape(-1, values.size)
        self.columns = np.hstack([np.vstack([columns, body]), fill])
        self.values = np.append(values, np.zeros(fill.shape[1]))
        self.upper = np.hstack([traders, upper])
        self.tolerance = np.append(CLEARING * (1.0 + net), [line.tolerance for line in self.lines])

    def _fillings(self, open_ended: Floats, net: Floats) -> tuple[Floats, Floats]:
        """Columns of no value for what rows leave free, and how far each may go in each profile (P, ...)."""
        tasks, first = open_ended.shape
        free = [k for k, line in enumerate(self.lines) if not line.equal]
        fill = np.zeros((tasks + len(self.lines), first + 2 * len(free)))
        upper = np.empty((len(self._traders), fill.shape[1]))
        fill[:tasks, :first] = open_ended
        upper[:, :first] = np.abs(open_ended.T) @ net
        for above, k in zip(range(first, fill.shape[1], 2), free):
            line = self.lines[k]
            fill[tasks + k, above : above + 2] = -1.0, 1.0
            upper[:, above] = line.rooms(self._traders)
            upper[:, above + 1] = self._traders @ np.maximum(-line.body, 0.0)
        return fill, upper

    def solve(self) -> tuple[Floats, Floats, Floats]:
        """Executed steps (P, G), proven bounds on the change of cost (P,), and multipliers (P, I + rows)."""
        z, prices = np.zeros(self.upper.shape), np.zeros((len(self.upper), len(self.columns)))
        fine = np.zeros(len(self.upper), dtype=bool)
        if self._backend == COMPILED:
            found = solve_boxed(self.columns, self.values, self.upper)
            z, prices = found.z, found.prices
            fine = certified(self.columns, self.values, self.upper, found, clearing=self.tolerance, gap=self._gap)
        if not fine.all():
            solver = backends.backend(self._backend, needs=Feature.LINEAR)
            for p in np.flatnonzero(~fine):
                z[p], prices[p] = reference(self.columns, self.values, self.upper[p], self.tolerance, solver)
        # Keeping all endowments is feasible: a change of cost that is not below 0 is none.
        z[z @ self.values >= 0] = 0.0
        executed = self._kept(z[:, : self._size])
        bounds = dual_bound(self.columns, self.values, self.upper, prices)
        return executed, np.minimum(bounds, executed @ self._own_values), prices

    def _kept(self, executed: Floats) -> Floats:
        """Where rounding took too much of a rule all steps are drawn back alike, which keeps every row."""
        share = np.ones(len(executed))
        for line in self.lines:
            taken, room = executed @ line.body, line.rooms(self._traders)
            over = (taken > room) & (room > 0) & (not line.equal)
            share[over] = np.minimum(share[over], room[over] / taken[over])
        return executed * share[:, None]

    def reduced_costs(self, prices: Floats) -> Floats:
        """(P, G), of the groups."""
        reduced: Floats = self._own_values - prices @ self.columns[:, : self._size]
        return reduced


def reference(
    columns: Floats, values: Floats, upper: Floats, clearing: Floats, solver: Backend
) -> tuple[Floats, Floats]:
    """One profile by a general solver, for those the fast one did not certify: executed (G,) and prices (I,)."""
    m = models.boxed_eopr(columns, values, upper)
    solve_to_optimality(m, solver, "EOPR")
    duals = solver.duals()
    prices = np.array([duals[m.clearing[i]] for i in m.clearing])
    executed = np.clip([pyo.value(m.step[g]) for g in m.step], 0.0, upper)
    clears = (np.abs(columns @ executed) <= clearing).all()
    return (executed if clears else np.zeros(upper.size)), prices
