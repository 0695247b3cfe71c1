"""Program (6), the dual of the outer program, with each support function known from below by some of its points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.instances import Instance

Floats = NDArray[np.float64]


def dual(instance: Instance, columns: Sequence[Sequence[Floats]]) -> pyo.ConcreteModel:
    """Program (6) with ``S_j(w) = max_y w . y`` taken over given expected assignments only.

    ``max lambda . n - sum_j copies_j s_j`` subject to ``s_j >= (lambda - pi_j) . y`` for every column y of j.
    Its multipliers are the lottery over menus that solves (5) on the same columns (Proposition 2). Columns come in as
    rows, which a persistent solver adds without losing its basis: see ``add_column``.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | lambda_i | ``price`` | i | social cost of one more task i to be assigned |
    | s_j | ``support`` | j | at most S_j(lambda - pi_j), of each copy of row j |
    | | ``column`` | 1, 2, ... | ``s_j >= (lambda - pi_j) . y``, in the order of ``columns``, later of ``add_column`` |
    | V | ``value`` | | objective, maximised |

    Parameters
    ----------
    columns
        One (K_j, I) array per row j: expected assignments y in F_j. Include the endowment, or the program is unbounded.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> len(dual(inst, [[eta, 0 * eta] for eta in inst.endowment]).column)
    10
    """
    m = pyo.ConcreteModel(name="dual program (6)")
    m.AGENTS = pyo.RangeSet(0, instance.n_agents - 1)
    m.TASKS = pyo.RangeSet(0, instance.n_tasks - 1)
    m.price = pyo.Var(m.TASKS, doc="lambda, social cost of one more task i to be assigned")
    m.support = pyo.Var(m.AGENTS, doc="s_j, at most S_j(lambda - pi_j)")
    m.performance = {(j, i): float(instance.performance[j, i]) for j in m.AGENTS for i in m.TASKS}
    m.column = pyo.ConstraintList(doc="s_j >= (lambda - pi_j) . y")
    for j in m.AGENTS:
        for y in columns[j]:
            add_column(m, j, y)
    m.value = pyo.Objective(
        expr=sum(float(instance.counts[i]) * m.price[i] for i in m.TASKS)
        - sum(int(instance.copies[j]) * m.support[j] for j in m.AGENTS),
        sense=pyo.maximize,
    )
    return m


def add_column(model: pyo.ConcreteModel, agent: int, assignment: Floats) -> None:
    """Make one more expected assignment y (I,) of an agent known to a model built by ``dual``."""
    linear = sum(float(y) * model.price[i] for i, y in enumerate(assignment))
    constant = sum(float(y) * model.performance[agent, i] for i, y in enumerate(assignment))
    model.column.add(model.support[agent] - linear >= -constant)
