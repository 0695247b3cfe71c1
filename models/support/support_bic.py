"""S_j^BIC(w): what one agent is worth to the designer when only Bayesian incentive compatibility is asked."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike

from raymenu.instances import FiniteTypes
from raymenu.models.allocation_terms import linear
from raymenu.models.program_1.incentive import add_incentive, all_misreports
from raymenu.models.support.menu_bounds import MenuData


def support_bic(
    types: FiniteTypes, endowment: ArrayLike, w: ArrayLike, incentive: Literal["all", "none"] = "all"
) -> pyo.ConcreteModel:
    """``max sum_t f(t) w . x(t)`` over ``x >= 0`` with (IC) and participation: the support function without (OSP).

    | symbol | component | index | meaning |
    |---|---|---|---|
    | x(t) | ``x`` | 0, t, i | tasks i that type t expects (0: the one agent) |
    | | ``participation`` | t | ``c_t . x(t) <= c_t . eta`` |
    | (IC) | ``incentive`` | 0, t, s | ``c_t . x(t) <= c_t . x(s)`` |
    | | ``support`` | | objective ``S^BIC(w)``, maximised |

    In every row type t's costs are divided by their largest: types matter through their direction.

    Parameters
    ----------
    types
        The agent's types, (T, I).
    endowment
        eta, (I,), tasks.
    w
        lambda - pi_j, (I,).
    incentive
        "all" T (T - 1) rows of (IC), or "none", for rows that are added as they are needed.

    Raises
    ------
    InputError
        Where a vector does not fit.

    Examples
    --------
    >>> m = support_bic(FiniteTypes([[1.0, 2.0], [2.0, 1.0]]), [1, 1], [1.0, 1.0])
    >>> from raymenu.solvers.backends import backend
    >>> round(backend("highs").solve(m).objective, 9)
    3.0
    """
    data = MenuData.of(types, endowment, w)
    m = pyo.ConcreteModel(name="S^BIC")
    m.TASKS = pyo.RangeSet(0, data.n_tasks - 1)
    m.TYPES = pyo.Set(dimen=2, initialize=[(0, t) for t in range(data.n_types)])
    m.x = pyo.Var(m.TYPES, m.TASKS, domain=pyo.NonNegativeReals)
    scaled = types.costs / types.costs.max(axis=1, keepdims=True)
    most = scaled @ data.endowment

    @m.Constraint(range(data.n_types))
    def participation(m: pyo.ConcreteModel, t: int) -> object:
        return linear(scaled[t], (m.x[0, t, i] for i in m.TASKS)) <= float(most[t])

    add_incentive(m, [types], all_misreports([types]) if incentive == "all" else [])
    gain = np.outer(types.weights, data.w).ravel()
    m.support = pyo.Objective(expr=linear(gain, m.x.values()), sense=pyo.maximize)
    return m
