"""Menus of all agents as variables: rays, who takes which, polarization, and the remedial menu."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.models.support.menu_bounds import MenuData


def add_menus(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """For each row j of the instance I rays ``kappa[j, k, i]``, polarized by definition, or the remedial menu.

    Negative sets of polarized rays are disjoint, so ray k may be one that gives up task k: nothing is left to permute.
    A ray that nobody takes may be 0. Adds ``kappa``, ``accepts``, ``remedial``, ``multiplier``; ``acceptance``,
    ``one_choice``, ``polarized``.
    """
    if inst.rules:
        raise InputError("rules are not rows of this program: solve it without them", field="rules")
    data = [MenuData.of(own, eta, np.zeros(inst.n_tasks)) for own, eta in zip(types, inst.endowment)]
    m.RAYS = pyo.RangeSet(0, inst.n_tasks - 1)
    m.TYPES = pyo.Set(initialize=[(j, s) for j in m.AGENTS for s in range(types[j].size)], dimen=2)
    m.PAIRS = pyo.Set(initialize=[(k, n) for k in m.RAYS for n in m.RAYS if k < n], dimen=2)
    most = {(j, i): float(data[j].most_taken[i]) for j in m.AGENTS for i in m.TASKS}
    eta = {(j, i): float(inst.endowment[j, i]) for j in m.AGENTS for i in m.TASKS}
    m.kappa = pyo.Var(
        m.AGENTS, m.RAYS, m.TASKS, bounds=lambda m, j, k, i: (-eta[j, i], 0.0 if i == k else most[j, i]), initialize=0.0
    )
    m.accepts = pyo.Var([(j, k, s) for j, s in m.TYPES for k in m.RAYS], domain=pyo.Binary)
    m.remedial = pyo.Var(m.AGENTS, domain=pyo.Binary)
    m.multiplier = pyo.Var(m.AGENTS, m.PAIRS, bounds=(0, 1), initialize=0.5)

    @m.Constraint([(j, k, s) for j, s in m.TYPES for k in m.RAYS])
    def acceptance(m: pyo.ConcreteModel, j: int, k: int, s: int) -> object:
        """c_s . kappa <= 0 where type s takes ray k; costs are scaled to a workload of 1."""
        costs = data[j].costs[s]
        heaviest = float(costs @ data[j].most_taken)
        return sum(float(costs[i]) * m.kappa[j, k, i] for i in m.TASKS) <= heaviest * (1 - m.accepts[j, k, s])

    @m.Constraint(m.TYPES)
    def one_choice(m: pyo.ConcreteModel, j: int, s: int) -> object:
        return sum(m.accepts[j, k, s] for k in m.RAYS) + m.remedial[j] <= 1

    @m.Constraint(m.AGENTS, m.PAIRS, m.TASKS)
    def polarized(m: pyo.ConcreteModel, j: int, k: int, n: int, i: int) -> object:
        y = m.multiplier[j, k, n]
        return y * m.kappa[j, k, i] + (1 - y) * m.kappa[j, n, i] >= 0
