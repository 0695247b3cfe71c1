"""Program (4): menus of all agents and individual selections, clearing in expectation, no lottery."""

from __future__ import annotations

from typing import Literal

import pyomo.environ as pyo

from raymenu.instances import Instance
from raymenu.models.allocation_terms import indexed_model
from raymenu.models.finite import Types, finite_types, one_of
from raymenu.models.menus_of_all import add_menus


def joint(
    inst: Instance, types: Types = 4, seed: int = 0, formulation: Literal["multiplier"] = "multiplier"
) -> pyo.ConcreteModel:
    """``min sum_j copies_j pi_j . x_j`` over one menu of polarized rays (or the remedial menu) for each row.

    ``x_j = E_j[P_j(s_j(c_j))]``, (LM-MC) ``sum_j copies_j x_j = n``. Rays may be as long as is executed, so the
    individual selection P_j(k) is the end of ray k. Mixed-integer and bilinear: for SCIP or Gurobi, small cases.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | kappa_j^k | ``kappa`` | j, k, i | rays, executed in full; ray k gives up task k |
    | s_j(c) | ``accepts`` | j, k, s | type s of row j takes ray k |
    | | ``remedial``, ``kept`` | j; j, i | the remedial menu, and what is kept of the endowment |
    | | ``moved`` | j, k, s, i | ``kappa`` where type s takes ray k, else 0 |
    | | ``accepted`` | j, k, s | ``c . moved <= 0``: implied, for the relaxation |
    | y', y'' | ``multiplier`` | j, k, l | polarization of two rays |
    | x_j(i) | ``expected`` | j, i | expected assignment |
    | (LM-MC) | ``clearing`` | i | every task is assigned in expectation |
    | | ``social_cost`` | | the objective |

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation.
    formulation
        How polarization is written: "multiplier", as the paper defines it.

    Examples
    --------
    >>> import raymenu
    >>> m = joint(raymenu.load("two_task_finite"))
    >>> len(m.kappa), len(m.clearing)
    (8, 2)
    """
    inst.require_burdens("program (4)")
    one_of(formulation, ("multiplier",), "formulation")
    made = finite_types(inst, types, seed)
    m = indexed_model(inst, "program (4)")
    add_menus(m, inst, made)
    eta = {(j, i): float(inst.endowment[j, i]) for j in m.AGENTS for i in m.TASKS}
    m.kept = pyo.Var(m.AGENTS, m.TASKS, bounds=lambda m, j, i: (0, eta[j, i]))
    m.keeps = pyo.Constraint(m.AGENTS, m.TASKS, rule=lambda m, j, i: m.kept[j, i] >= eta[j, i] * (1 - m.remedial[j]))
    index = [(j, k, s, i) for j, s in m.TYPES for k in m.RAYS for i in m.TASKS]
    m.moved = pyo.Var(index, bounds=lambda m, j, k, s, i: m.kappa[j, k, i].bounds)

    # moved = kappa * accepts, the product of a bounded number and a binary, exactly.
    @m.Constraint(index)
    def moved_up(m: pyo.ConcreteModel, j: int, k: int, s: int, i: int) -> object:
        return m.moved[j, k, s, i] <= m.kappa[j, k, i].ub * m.accepts[j, k, s]

    @m.Constraint(index)
    def moved_down(m: pyo.ConcreteModel, j: int, k: int, s: int, i: int) -> object:
        return m.moved[j, k, s, i] >= m.kappa[j, k, i].lb * m.accepts[j, k, s]

    @m.Constraint(index)
    def moved_at_most(m: pyo.ConcreteModel, j: int, k: int, s: int, i: int) -> object:
        return m.moved[j, k, s, i] <= m.kappa[j, k, i] - m.kappa[j, k, i].lb * (1 - m.accepts[j, k, s])

    @m.Constraint(index)
    def moved_at_least(m: pyo.ConcreteModel, j: int, k: int, s: int, i: int) -> object:
        return m.moved[j, k, s, i] >= m.kappa[j, k, i] - m.kappa[j, k, i].ub * (1 - m.accepts[j, k, s])

    # Implied by acceptance, but linear in what is moved: relaxations know preferences by it.
    @m.Constraint([(j, k, s) for j, s in m.TYPES for k in m.RAYS])
    def accepted(m: pyo.ConcreteModel, j: int, k: int, s: int) -> object:
        costs = made[j].costs[s]
        return sum(float(costs[i] / costs.max()) * m.moved[j, k, s, i] for i in m.TASKS) <= 0

    def expected(m: pyo.ConcreteModel, j: int, i: int) -> object:
        weights = made[j].weights.tolist()
        return m.kept[j, i] + sum(weights[s] * m.moved[j, k, s, i] for s in range(len(weights)) for k in m.RAYS)

    m.expected = pyo.Expression(m.AGENTS, m.TASKS, rule=expected)
    copies = inst.copies.tolist()
    m.clearing = pyo.Constraint(
        m.TASKS, rule=lambda m, i: sum(copies[j] * m.expected[j, i] for j in m.AGENTS) == float(inst.counts[i])
    )
    m.social_cost = pyo.Objective(
        expr=sum(copies[j] * float(inst.performance[j, i]) * m.expected[j, i] for j in m.AGENTS for i in m.TASKS)
    )
    return m
