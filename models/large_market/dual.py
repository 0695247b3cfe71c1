"""Program (6), the dual of the outer program, with each support function known from below by some of its points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import Instance
from raymenu.models.allocation_terms import linear

Floats = NDArray[np.float64]


def dual(instance: Instance, columns: Sequence[Sequence[Floats]]) -> pyo.ConcreteModel:
    """Program (6) with ``S_j(w) = max_y w . y`` taken over given expected assignments only.

    ``max lambda . n - sum_j copies_j s_j`` subject to ``s_j >= (lambda - pi_j) . y`` for every column y of j.
    Its multipliers are the lottery over menus that solves (5) on the same columns (Proposition 2). Columns come in as
    rows, which a solver adds without losing its basis: see ``add_column``.

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
    m = price_model(instance.counts, instance.copies)
    for j in m.AGENTS:
        for y in columns[j]:
            add_column(m, j, y, float(instance.performance[j] @ y))
    return m


def price_model(counts: Floats, copies: ArrayLike) -> pyo.ConcreteModel:
    """Program (6) without columns yet: ``counts`` (I,) to be assigned to ``copies`` (J,) of each agent.

    An "agent" may be several taken together: their columns are then sums of one column of each, ``copies`` 1.
    """
    number = np.asarray(copies).astype(float)
    m = pyo.ConcreteModel(name="dual program (6)")
    m.AGENTS = pyo.RangeSet(0, number.size - 1)
    m.TASKS = pyo.RangeSet(0, len(counts) - 1)
    m.price = pyo.Var(m.TASKS, doc="lambda, social cost of one more task i to be assigned")
    m.support = pyo.Var(m.AGENTS, doc="s_j, at most S_j(lambda - pi_j)")
    m.column = pyo.ConstraintList(doc="s_j >= (lambda - pi_j) . y")
    terms = [*m.price.values(), *m.support.values()]
    m.value = pyo.Objective(expr=linear([*counts, *(-number)], terms), sense=pyo.maximize)
    return m


def add_column(model: pyo.ConcreteModel, agent: int, assignment: ArrayLike, cost: float) -> Any:
    """Make one more expected assignment y (I,) of an agent, of social cost ``pi . y``, known; the new row."""
    coefficients = [1.0, *(-np.asarray(assignment, dtype=np.float64))]
    body = linear(coefficients, [model.support[agent], *model.price.values()])
    return model.column.add((-float(cost), body, None))
