"""The first best: the cheapest allocation when nobody may insist on anything."""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.instances import InputError, Instance
from raymenu.models.allocation_terms import add_constant_allocation, indexed_model
from raymenu.models.rules import add_constant_rules


def first_best(inst: Instance) -> pyo.ConcreteModel:
    """``min sum_j copies_j pi_j . m_j`` subject to market clearing and the rules of the instance.

    Without rules its value is ``sum_i n^i min_j pi_j(i)``.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | m_j(i) | ``assignment`` | j, i | expected tasks i of each copy of row j |
    | | ``clearing`` | i | ``sum_j copies_j m_j(i) = n^i`` |
    | | ``own_rules``, ``joint_rules`` | j, r; r | the rules, see ``raymenu.models.rules`` |
    | | ``social_cost`` | | objective |

    Raises
    ------
    InputError
        Where money can be raised without end: revenue "at least" that lowers the social cost.

    Examples
    --------
    >>> import raymenu
    >>> len(first_best(raymenu.load("anaesthesia")).clearing)
    4
    """
    for i, sense in enumerate(inst.clearing_senses):
        pi = inst.performance[:, i]
        if (sense == ">=" and pi.min() < 0) or (sense == "<=" and pi.max() > 0):
            raise InputError(
                f"the first best asks nobody, and more revenue from {inst.tasks[i]!r} lowers the social cost without "
                "end: make revenue equal, or look at full information",
                field=f"tasks[{i}].revenue",
            )
    m = indexed_model(inst, "first best")
    add_constant_allocation(m, inst)
    add_constant_rules(m, inst)
    return m
