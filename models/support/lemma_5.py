"""Lemma 5's program: does a type that accepts one ray strictly gain from another?

    min c . kappa'   s.t.   c . kappa'' <= 0,   sum_i c_i = 1,   c >= 0

The scale of c does not matter, so the sum is fixed. Two non-monotone rays are polarized iff the optimum is nonnegative
both ways round.

| symbol | component | index |
|---|---|---|
| c | ``cost`` | TASKS |
| c.kappa'' <= 0 | ``accepts`` | |
| sum c = 1 | ``direction`` | |
| c.kappa' | ``gain`` | the objective |
"""

from __future__ import annotations

from collections.abc import Sequence

import pyomo.environ as pyo


def lemma_5(first: Sequence[float], second: Sequence[float]) -> pyo.ConcreteModel:
    """The linear program of Lemma 5 for kappa' = ``first`` and kappa'' = ``second``, each (I,).

    Examples
    --------
    >>> model = lemma_5([-1.0, 2.0], [1.0, -1.0])
    >>> result = pyo.SolverFactory("appsi_highs").solve(model)
    >>> pyo.value(model.gain)
    0.5
    """
    m = pyo.ConcreteModel(name="Lemma 5")
    m.TASKS = pyo.RangeSet(0, len(first) - 1)
    m.cost = pyo.Var(m.TASKS, domain=pyo.NonNegativeReals)
    m.accepts = pyo.Constraint(expr=sum(float(second[i]) * m.cost[i] for i in m.TASKS) <= 0)
    m.direction = pyo.Constraint(expr=sum(m.cost[i] for i in m.TASKS) == 1)
    m.gain = pyo.Objective(expr=sum(float(first[i]) * m.cost[i] for i in m.TASKS), sense=pyo.minimize)
    return m
