"""The first best: the cheapest allocation when nobody may insist on anything."""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.instances import Instance
from raymenu.models.allocation_terms import add_constant_allocation, indexed_model


def first_best(inst: Instance) -> pyo.ConcreteModel:
    """``min sum_j copies_j pi_j . m_j`` subject to market clearing alone; its value is ``sum_i n^i min_j pi_j(i)``.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | m_j(i) | ``assignment`` | j, i | expected tasks i of each copy of row j |
    | | ``clearing`` | i | ``sum_j copies_j m_j(i) = n^i`` |
    | | ``social_cost`` | | objective |

    Examples
    --------
    >>> import raymenu
    >>> len(first_best(raymenu.load("anaesthesia")).clearing)
    4
    """
    m = indexed_model(inst, "first best")
    add_constant_allocation(m, inst)
    return m
