"""Program (5), the outer program of the large market, over finitely many expected assignments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.instances import Instance

Floats = NDArray[np.float64]


def outer(instance: Instance, columns: Sequence[Sequence[Floats]]) -> pyo.ConcreteModel:
    """Program (5) restricted to lotteries over given expected assignments.

    ``min sum_j copies_j pi_j . x_j`` subject to ``x_j = sum_k theta_jk y_jk``, ``theta_j`` a probability, and
    (LM-MC) ``sum_j copies_j x_j = n``. With every point of every F_j it is (5); with some it is an upper bound,
    and its solution is a mechanism.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | theta_jk | ``weight`` | j, k | probability of column k of row j |
    | x_j(i) | ``assignment`` | j, i | expected tasks i of each copy of row j |
    | | ``lottery`` | j | the weights of a row sum to 1 |
    | | ``mixture`` | j, i | ``x_j = sum_k theta_jk y_jk`` |
    | (LM-MC) | ``clearing`` | i | ``sum_j copies_j x_j(i) = n^i`` |
    | | ``social_cost`` | | objective |

    Parameters
    ----------
    columns
        One (K_j, I) array per row j: expected assignments y_jk in F_j, in tasks.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> model = outer(inst, [[eta, 0 * eta] for eta in inst.endowment])
    >>> len(model.weight), len(model.clearing)
    (10, 4)
    """
    m = pyo.ConcreteModel(name="outer program (5)")
    m.AGENTS = pyo.RangeSet(0, instance.n_agents - 1)
    m.TASKS = pyo.RangeSet(0, instance.n_tasks - 1)
    m.COLUMNS = pyo.Set(dimen=2, initialize=[(j, k) for j in m.AGENTS for k in range(len(columns[j]))])
    m.weight = pyo.Var(m.COLUMNS, within=pyo.NonNegativeReals, doc="theta_jk, probability of column k of agent j")
    m.assignment = pyo.Var(
        m.AGENTS, m.TASKS, within=pyo.NonNegativeReals, doc="x_j(i), expected tasks i of each copy of row j"
    )

    @m.Constraint(m.AGENTS)
    def lottery(m: Any, j: int) -> Any:
        return sum(m.weight[j, k] for k in range(len(columns[j]))) == 1

    @m.Constraint(m.AGENTS, m.TASKS)
    def mixture(m: Any, j: int, i: int) -> Any:
        return m.assignment[j, i] == sum(float(y[i]) * m.weight[j, k] for k, y in enumerate(columns[j]))

    @m.Constraint(m.TASKS)
    def clearing(m: Any, i: int) -> Any:
        return sum(int(instance.copies[j]) * m.assignment[j, i] for j in m.AGENTS) == float(instance.counts[i])

    m.social_cost = pyo.Objective(
        expr=sum(
            int(instance.copies[j]) * float(instance.performance[j, i]) * m.assignment[j, i]
            for j in m.AGENTS
            for i in m.TASKS
        )
    )
    return m
