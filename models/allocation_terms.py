"""What the programs over expected assignments share: sets, market clearing and the social cost."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr.numeric_expr import LinearExpression

from raymenu.instances import Instance

Floats = NDArray[np.float64]


def indexed_model(inst: Instance, name: str) -> pyo.ConcreteModel:
    """A model with the sets TASKS and AGENTS (the rows of the instance, from 0)."""
    m = pyo.ConcreteModel(name=name)
    m.TASKS = pyo.RangeSet(0, inst.n_tasks - 1)
    m.AGENTS = pyo.RangeSet(0, inst.n_agents - 1)
    return m


def linear(coefficients: Iterable[float], variables: Iterable[Hashable]) -> LinearExpression:
    """``sum_k coefficients_k variables_k``, leaving out the zeros (far quicker than Pyomo's operators)."""
    terms = [(float(a), v) for a, v in zip(coefficients, variables) if a != 0]
    return LinearExpression(constant=0, linear_coefs=[a for a, _ in terms], linear_vars=[v for _, v in terms])


def amounts(inst: Instance, i: int) -> Any:
    """What an expected number of task i may be: nonnegative, but for payments to agents, which have no lower bound."""
    return pyo.Reals if inst.cost_signs[i] < 0 else pyo.NonNegativeReals


def cleared(inst: Instance, i: int, total: Any) -> Any:
    """``total == n^i``; for transfers with revenue "at least" ``>=`` (agents pay) or ``<=`` (agents are paid)."""
    count, sense = float(inst.counts[i]), inst.clearing_senses[i]
    return total == count if sense == "==" else total >= count if sense == ">=" else total <= count


def add_constant_allocation(m: pyo.ConcreteModel, inst: Instance) -> None:
    """One assignment m_j for all types: ``sum_j copies_j m_j(i) = n^i``, cost ``sum_j copies_j pi_j . m_j``.

    Variables: ``assignment[j, i] >= 0``, tasks i to each copy of row j. Constraints: ``clearing[i]``. Objective:
    ``social_cost``.
    """
    m.assignment = pyo.Var(m.AGENTS, m.TASKS, domain=lambda _, j, i: amounts(inst, i))
    copies = inst.copies.astype(float)

    @m.Constraint(m.TASKS)
    def clearing(m: pyo.ConcreteModel, i: int) -> object:
        return cleared(inst, i, linear(copies, (m.assignment[j, i] for j in m.AGENTS)))

    weights = copies[:, None] * inst.performance
    m.social_cost = pyo.Objective(expr=linear(weights.ravel(), m.assignment.values()), sense=pyo.minimize)
