"""What the full-information and the BIC programs share: interim assignments, their cost, participation, clearing.

Rows with copies stand for agents alike in all but their drawn types; a solution symmetric among them is without
loss, so one interim assignment serves all copies of a row.
"""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.allocation_terms import amounts, cleared, indexed_model, linear


def interim_model(inst: Instance, types: list[FiniteTypes], name: str) -> pyo.ConcreteModel:
    """Variables ``x[j, t, i] >= 0``, tasks i that type t of row j expects, and the expected social cost.

    ``sum_j copies_j sum_t f_j(t) pi_j . x_j(t)`` is the objective ``social_cost``; TYPES holds the pairs (j, t).
    """
    m = indexed_model(inst, name)
    m.TYPES = pyo.Set(dimen=2, initialize=[(j, t) for j in m.AGENTS for t in range(types[j].size)])
    m.x = pyo.Var(m.TYPES, m.TASKS, domain=lambda _, j, t, i: amounts(inst, i))
    coefficients = [inst.copies[j] * types[j].weights[t] * inst.performance[j, i] for j, t in m.TYPES for i in m.TASKS]
    m.social_cost = pyo.Objective(expr=linear(coefficients, m.x.values()), sense=pyo.minimize)
    return m


def add_participation(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """(SQ): ``participation[j, t]: c_t . x_j(t) <= beta_j c_t . sigma_j``."""
    signed = [made.costs * inst.cost_signs for made in types]
    demanded = [inst.slack[j] * signed[j] @ inst.status_quo[j] for j in m.AGENTS]

    @m.Constraint(m.TYPES)
    def participation(m: pyo.ConcreteModel, j: int, t: int) -> object:
        return linear(signed[j][t], (m.x[j, t, i] for i in m.TASKS)) <= float(demanded[j][t])


def add_expected_clearing(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """(MC) in expectation, the large market: ``clearing[i]: sum_j copies_j sum_t f_j(t) x_j(i, t) = n^i``."""
    mass = [inst.copies[j] * types[j].weights[t] for j, t in m.TYPES]

    @m.Constraint(m.TASKS)
    def clearing(m: pyo.ConcreteModel, i: int) -> object:
        return cleared(inst, i, linear(mass, (m.x[j, t, i] for j, t in m.TYPES)))
