"""The designer's true program: menus of all agents, and EOPR in every profile of finite types, as one model."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Literal

import pyomo.environ as pyo

from raymenu.instances import InputError, Instance
from raymenu.models.allocation_terms import indexed_model
from raymenu.models.finite import Types, finite_types, one_of
from raymenu.models.menus_of_all import add_menus

MOST_PROFILES = 4096


def finite_market(
    inst: Instance, types: Types = 2, seed: int = 0, formulation: Literal["multiplier"] = "multiplier"
) -> pyo.ConcreteModel:
    """``min E[sum_j pi_j . mu_j(c)]`` over menus and, in each profile c, an allocation that respects all choices.

    ``mu_j(c) = eta_j + y_j(c) kappa_j^{k_j(c)}``, 0 <= y <= 1, or part of the endowment on the remedial menu;
    ``sum_j mu_j(c) = n`` in every profile. The inner minimum of EOPR and the outer one over menus are one minimum. The
    model is mixed-integer and bilinear, one block of rows a profile: for SCIP or Gurobi, tiny cases.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | kappa_j^k | ``kappa`` | j, k, i | rays; ray k gives up task k |
    | k_j(c) | ``accepts`` | j, k, s | type s of row j takes ray k |
    | y_j(c) | ``step`` | j, k, p | how far agent j goes along ray k in profile p |
    | | ``stays`` | j, k, p | no step along a ray that the profile's type does not take |
    | | ``remedial``, ``returned`` | j; j, p, i | the remedial menu, and what is taken off the agent's hands |
    | | ``returned_if`` | j, p, i | ... only there |
    | mu_j(c) - eta_j | ``change``, ``moves`` | j, p, i | net trade |
    | | ``accepted`` | j, p | ``c . change <= 0``: implied, for the relaxation |
    | (MC) | ``clearing`` | p, i | every task is assigned in every profile |
    | | ``social_cost`` | | the expected cost |

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation.
    formulation
        How polarization is written: "multiplier", as the paper defines it.

    Raises
    ------
    InputError
        Where rows have copies, or there are more than ``MOST_PROFILES`` profiles.

    Examples
    --------
    >>> import raymenu
    >>> m = finite_market(raymenu.load("two_task_finite"))
    >>> len(m.PROFILES), len(m.clearing)
    (4, 8)
    """
    inst.require_burdens("the program of the finite market")
    one_of(formulation, ("multiplier",), "formulation")
    made = finite_types(inst, types, seed)
    number = prod(own.size for own in made)
    if (inst.copies != 1).any():
        raise InputError("copies are agents of their own here: give each a row", field="copies")
    if number > MOST_PROFILES:
        raise InputError(f"{number} profiles are more than {MOST_PROFILES}: ask for fewer types", field="types")
    profiles = list(product(*(range(own.size) for own in made)))
    chance = [prod(float(own.weights[s]) for own, s in zip(made, profile)) for profile in profiles]
    m = indexed_model(inst, "finite market")
    add_menus(m, inst, made)
    eta = {(j, i): float(inst.endowment[j, i]) for j in m.AGENTS for i in m.TASKS}
    m.PROFILES = pyo.RangeSet(0, number - 1)
    m.step = pyo.Var(m.AGENTS, m.RAYS, m.PROFILES, bounds=(0, 1), initialize=0.0)
    m.returned = pyo.Var(m.AGENTS, m.PROFILES, m.TASKS, bounds=lambda m, j, p, i: (0, eta[j, i]))

    @m.Constraint(m.AGENTS, m.RAYS, m.PROFILES)
    def stays(m: pyo.ConcreteModel, j: int, k: int, p: int) -> object:
        return m.step[j, k, p] <= m.accepts[j, k, profiles[p][j]]

    @m.Constraint(m.AGENTS, m.PROFILES, m.TASKS)
    def returned_if(m: pyo.ConcreteModel, j: int, p: int, i: int) -> object:
        return m.returned[j, p, i] <= eta[j, i] * m.remedial[j]

    total = inst.endowment.sum(axis=0)
    m.change = pyo.Var(
        m.AGENTS, m.PROFILES, m.TASKS, bounds=lambda m, j, p, i: (-eta[j, i], float(total[i]) - eta[j, i])
    )

    @m.Constraint(m.AGENTS, m.PROFILES, m.TASKS)
    def moves(m: pyo.ConcreteModel, j: int, p: int, i: int) -> object:
        return m.change[j, p, i] == sum(m.step[j, k, p] * m.kappa[j, k, i] for k in m.RAYS) - m.returned[j, p, i]

    # This follows from the choices, but is linear: without it relaxations know nothing of preferences.
    @m.Constraint(m.AGENTS, m.PROFILES)
    def accepted(m: pyo.ConcreteModel, j: int, p: int) -> object:
        costs = made[j].costs[profiles[p][j]]
        return sum(float(costs[i] / costs.max()) * m.change[j, p, i] for i in m.TASKS) <= 0

    m.clearing = pyo.Constraint(m.PROFILES, m.TASKS, rule=lambda m, p, i: sum(m.change[j, p, i] for j in m.AGENTS) == 0)
    m.social_cost = pyo.Objective(
        expr=float((inst.performance * inst.endowment).sum())
        + sum(
            chance[p] * float(inst.performance[j, i]) * m.change[j, p, i]
            for j in m.AGENTS
            for p in m.PROFILES
            for i in m.TASKS
        )
    )
    return m
