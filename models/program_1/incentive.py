"""(IC): no type gains by reporting another. |T_j|^2 rows a row of the instance, so they can also be added lazily."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr.numeric_expr import LinearExpression

from raymenu.instances import FiniteTypes

Floats = NDArray[np.float64]
Misreport = tuple[int, int, int]
"""(j, t, s): type t of row j reports s."""


def add_incentive(
    m: pyo.ConcreteModel, types: list[FiniteTypes], misreports: Iterable[Misreport], signs: Floats | float = 1.0
) -> list[pyo.Constraint]:
    """``incentive[j, t, s]: c_t . x_j(t) <= c_t . x_j(s)`` for the misreports given; the new rows.

    Rows that are there already are left as they are. The costs are scaled to a largest entry of 1: types enter only
    through their direction. ``signs`` are the instance's ``cost_signs``: -1 for payments to agents.
    """
    if m.component("incentive") is None:
        m.incentive = pyo.Constraint(pyo.Any)
    scaled = [signs * made.costs / made.costs.max(axis=1, keepdims=True) for made in types]
    both = [np.hstack([rows, -rows]).tolist() for rows in scaled]
    x, tasks, new = m.x, list(m.TASKS), []
    for j, t, s in misreports:
        if (j, t, s) in m.incentive:
            continue
        variables = [x[j, t, i] for i in tasks] + [x[j, s, i] for i in tasks]
        body = LinearExpression(constant=0, linear_coefs=both[j][t], linear_vars=variables)
        m.incentive[j, t, s] = (None, body, 0.0)
        new.append(m.incentive[j, t, s])
    return new


def all_misreports(types: list[FiniteTypes]) -> list[Misreport]:
    """Every (j, t, s) with t and s different."""
    return [(j, t, s) for j, made in enumerate(types) for t in range(made.size) for s in range(made.size) if s != t]
