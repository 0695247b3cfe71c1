"""Constant mechanisms: the first best and the best mechanism without choice."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms.conditions import Check, Checker
from raymenu.models.finite import Types, finite_types
from raymenu.solvers import backends
from raymenu.solvers.backends import Backend, Feature, solve_to_optimality
from raymenu.solvers.backends.results import SolverResult
from raymenu.solvers.bic.lemma_1 import lemma_1, supports_intersect
from raymenu.solvers.bic.rule_prices import solved_rule_prices

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ConstantMechanism(Shown):
    """One assignment an agent, whatever the types.

    Attributes
    ----------
    assignment
        m, (J, I): expected tasks of each copy of row j.
    result
        What the solver said.
    types
        The types (SQ) was asked of; None for the whole support.
    participates
        Whether (SQ) was asked at all (not in the first best).
    rule_prices
        By rule, what the social cost would fall by, at the margin, if each of its limits were one task wider.
    """

    inst: Instance
    assignment: Floats
    result: SolverResult
    participates: bool
    types: list[FiniteTypes] | None = None
    rule_prices: dict[str, float] = field(default_factory=dict)

    def summary(self) -> str:
        """Its cost beside the status quo's."""
        kind = "best constant mechanism" if self.participates else "first best"
        return f"{self.inst.name}, {kind}: cost {self.cost:.6g}; the status quo costs {self.inst.status_quo_cost:.6g}"

    def to_frame(self) -> pd.DataFrame:
        """Expected tasks of one copy of each row, agents by tasks."""
        import pandas as pd

        frame = pd.DataFrame(self.assignment, columns=self.inst.tasks)
        frame.insert(0, "agent", self.inst.agents, allow_duplicates=True)
        return frame

    @property
    def cost(self) -> float:
        """``sum_j copies_j pi_j . m_j``, recomputed."""
        return float(self.inst.copies @ (self.inst.performance * self.assignment).sum(axis=1))

    @property
    def lower(self) -> float:
        """A lower bound on the program's optimum, recomputed from the multipliers where the backend gives them."""
        return min(self.cost, -math.inf if self.result.bound is None else self.result.bound)

    def as_status_quo(self) -> Instance:
        """The instance with this assignment as its status quo (footnote 14): what is left is whether choice improves.

        Tasks are made to add up to their counts, which the solver's rounding may miss; menus start there.
        """
        held = np.maximum(self.assignment, 0.0)
        held *= self.inst.counts / (self.inst.copies @ held)
        rows = zip(self.inst.record.agents, held.tolist())
        agents = tuple(agent.model_copy(update={"status_quo": tuple(row), "endowment": None}) for agent, row in rows)
        return replace(self.inst, record=self.inst.record.model_copy(update={"agents": agents}))

    def check(self) -> Check:
        """Market clearing, nonnegativity, rules and participation (with slack), recomputed.

        Where (SQ) is asked on boxes that intersect, Lemma 1's bound as well, as a share of the workload all insist on.
        """
        checker = Checker(self.inst)
        checker.clearing(self.inst.copies @ self.assignment)
        checker.nonnegative(list(self.assignment))
        checker.rules(self.inst.compiled_rules.broken(self.assignment))
        for j in range(self.inst.n_agents if self.participates else 0):
            costs = self._hardest_types(j)
            checker.participation(j, costs @ self.assignment[j], self.inst.slack[j] * costs @ self.inst.status_quo[j])
        if self.participates and self.types is None and supports_intersect(self.inst):
            gained, allowed = lemma_1(self.inst, self.assignment)
            held = (
                self.inst.copies
                @ self.inst.status_quo
                @ np.max([p.lower_bounds for p in self.inst.preferences], axis=0)
            )
            checker.note("Lemma 1", (gained - allowed) / held, "all agents together")
        return checker.done()

    def _hardest_types(self, j: int) -> Floats:
        """The types of row j that (SQ) can fail for: on a box, the corner that weighs gains most and losses least."""
        preferences = self.inst.preferences[j]
        if self.types is not None:
            return self.types[j].costs
        if not preferences.continuous:
            return preferences.discretize(1).costs
        gains = self.assignment[j] > self.inst.slack[j] * self.inst.status_quo[j]
        return np.where(gains, preferences.upper_bounds, preferences.lower_bounds)[None, :]


def solve_first_best(inst: Instance, backend: str = "highs") -> ConstantMechanism:
    """The cheapest allocation, ignoring the agents: a lower bound on everything.

    Parameters
    ----------
    backend
        Who solves the linear program: see ``raymenu.solvers.backends``.

    Raises
    ------
    InputError
        Where the backend cannot solve it.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> best = solve_first_best(inst)
    >>> bool(np.isclose(best.cost, inst.counts @ inst.performance.min(axis=0))), best.check().ok()
    (True, True)
    """
    solver = backends.backend(backend, needs=Feature.LINEAR)
    return _solve_constant(inst, models.first_best(inst), solver, participates=False)


def solve_no_choice(
    inst: Instance, types: Types | None = None, seed: int = 0, backend: str = "highs"
) -> ConstantMechanism:
    """The best constant mechanism that every type accepts (SQ).

    Parameters
    ----------
    types
        None: every type of the support. Otherwise a number of types a row, or ``FiniteTypes``.
    seed
        Of the discretisation.
    backend
        Who solves the linear program: see ``raymenu.solvers.backends``.

    Raises
    ------
    InputError
        Where the types do not fit the instance, or the backend cannot solve it.

    Examples
    --------
    By Corollary 1 the status quo is the only constant mechanism of this instance.

    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> bool(np.allclose(solve_no_choice(inst).assignment, inst.status_quo))
    True
    """
    solver = backends.backend(backend, needs=Feature.LINEAR)
    made = None if types is None else finite_types(inst, types, seed)
    return _solve_constant(inst, models.no_choice(inst, made), solver, participates=True, types=made)


def _solve_constant(
    inst: Instance,
    m: pyo.ConcreteModel,
    solver: Backend,
    *,
    participates: bool,
    types: list[FiniteTypes] | None = None,
) -> ConstantMechanism:
    result = solve_to_optimality(m, solver, m.name)
    values = [m.assignment[j, i].value for j in m.AGENTS for i in m.TASKS]
    assignment = np.array(values).reshape(inst.n_agents, inst.n_tasks)
    prices = solved_rule_prices(inst, m, solver)
    return ConstantMechanism(inst, assignment, result, participates, types, prices)
