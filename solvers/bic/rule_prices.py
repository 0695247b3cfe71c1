"""What rules cost at the margin, from the multipliers of a program's rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyomo.environ as pyo

from raymenu.instances import Instance
from raymenu.solvers.backends import Backend, Feature


def solved_rule_prices(inst: Instance, m: pyo.ConcreteModel, solver: Backend) -> dict[str, float]:
    """``rule_prices`` of the model a backend solved last; empty where it gives no multipliers."""
    if not inst.rules or Feature.DUALS not in solver.features:
        return {}
    return rule_prices(inst, m, solver.duals())


def rule_prices(inst: Instance, m: pyo.ConcreteModel, duals: Mapping[Any, float] | None) -> dict[str, float]:
    """By rule, what the social cost would fall by, at the margin, if each of its limits were one task wider.

    Empty where the solver gives no multipliers, or there are no rules.

    Parameters
    ----------
    m
        A solved model with rules, see ``raymenu.models.rules``.
    duals
        The change of the optimum per unit of each row's limit.
    """
    rules = inst.compiled_rules
    if duals is None or not len(rules):
        return {}
    prices = np.zeros(len(rules))
    for component in (m.own_rules, m.joint_rules):
        for index, row in component.items():
            prices[index[-1] if isinstance(index, tuple) else index] += abs(duals.get(row, 0.0))
    return rules.by_rule(prices)
