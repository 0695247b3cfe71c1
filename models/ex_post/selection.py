"""EOPR for trading sets of any kind: the cheapest allocation that respects all choices (after Corollary 3).

    min sum_j pi_j . mu_j   s.t.   mu_j in T_j^{k_j} for all j,   sum_j mu_j = n

A trading set is a union of convex pieces p with vertices v and at most one direction d:

    mu_j = sum_p (sum_v a_pv v + b_p d),   sum_v a_pv = z_p,   b_p <= M z_p,   sum_p z_p = 1,   z binary

| symbol | component | index |
|---|---|---|
| z | ``piece`` | (agent, piece) |
| a | ``weight`` | (agent, piece, vertex) |
| b | ``distance`` | (agent, piece) with a direction |
| mu | ``assignment`` | (agent, task), an expression |
| (MC) | ``clearing`` | task |
| | ``social_cost`` | the objective |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms import TradingSet
from raymenu.models.rules import add_rules

Floats = NDArray[np.float64]


def selection(
    performance: Floats, endowment: Floats, sets: Sequence[TradingSet], ruled: Instance | None = None
) -> pyo.ConcreteModel:
    """The program of one profile: performance (N, I), endowment (N, I) and the trading set each agent chose.

    ``ruled`` is the instance whose rules are to hold, with N single agents.

    Examples
    --------
    >>> sets = [TradingSet.ray([1, 1], [1, -1]), TradingSet.points([[1, 1], [0, 2]])]
    >>> model = selection(np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones((2, 2)), sets)
    >>> result = pyo.SolverFactory("appsi_highs").solve(model)
    >>> pyo.value(model.social_cost)
    4.0
    """
    counts = endowment.sum(axis=0)
    m = pyo.ConcreteModel(name="EOPR on trading sets")
    m.TASKS = pyo.RangeSet(0, endowment.shape[1] - 1)
    m.SINGLE_AGENTS = pyo.RangeSet(0, endowment.shape[0] - 1)
    pieces = [(j, p) for j, chosen in enumerate(sets) for p in range(len(chosen.pieces))]
    vertices = [(j, p, v) for j, p in pieces for v in range(len(sets[j].pieces[p].vertices))]
    endless = [(j, p) for j, p in pieces if sets[j].pieces[p].direction is not None]
    m.piece = pyo.Var(pieces, domain=pyo.Binary)
    m.weight = pyo.Var(vertices, bounds=(0, 1))
    m.distance = pyo.Var(endless, domain=pyo.NonNegativeReals)

    def assignment(m: pyo.ConcreteModel, j: int, i: int) -> Any:
        terms = [m.weight[j, p, v] * float(sets[j].pieces[p].vertices[v][i]) for a, p, v in vertices if a == j]
        terms += [m.distance[j, p] * float((sets[j].pieces[p].direction or ())[i]) for a, p in endless if a == j]
        return sum(terms)

    def longest(j: int, p: int) -> float:
        # Nobody can hold more of a task than there is.
        direction = np.array(sets[j].pieces[p].direction, dtype=float)
        return float(np.min(counts[direction > 0] / direction[direction > 0]))

    m.assignment = pyo.Expression(m.SINGLE_AGENTS, m.TASKS, rule=assignment)
    m.one_piece = pyo.Constraint(
        m.SINGLE_AGENTS, rule=lambda m, j: sum(m.piece[a, p] for a, p in pieces if a == j) == 1
    )
    m.mixture = pyo.Constraint(
        pieces, rule=lambda m, j, p: sum(m.weight[a, q, v] for a, q, v in vertices if (a, q) == (j, p)) == m.piece[j, p]
    )
    m.reach = pyo.Constraint(endless, rule=lambda m, j, p: m.distance[j, p] <= longest(j, p) * m.piece[j, p])
    m.clearing = pyo.Constraint(
        m.TASKS, rule=lambda m, i: sum(m.assignment[j, i] for j in m.SINGLE_AGENTS) == float(counts[i])
    )
    if ruled is not None:
        holders = [((a,), int(j), 1.0) for a, j in enumerate(ruled.agent_rows)]
        add_rules(m, ruled, holders, lambda a, i: m.assignment[a, i].expr)
    m.social_cost = pyo.Objective(
        expr=sum(float(performance[j, i]) * m.assignment[j, i] for j in m.SINGLE_AGENTS for i in m.TASKS),
        sense=pyo.minimize,
    )
    return m
