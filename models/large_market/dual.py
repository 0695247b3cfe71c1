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
    | ``-rho_r`` | ``rule_price`` | r | of a rule about several agents: what one more task in its row costs |
    | t_j(i) | ``tilt`` | j, i | where rules count ``|mu - sigma|``: between ``-sum_r rho_r g_rj(i)`` and its negative |
    | | ``tilted_up``, ``tilted_down`` | j, i | these limits |
    | V | ``value`` | | objective, maximised |

    With rules ``s_j >= (lambda - pi_j - sum_r rho_r a_rj + t_j) . y - t_j . sigma_j``.

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
    if instance.compiled_rules.joint:
        _add_rule_prices(m, instance)
    for j in m.AGENTS:
        for y in columns[j]:
            row = add_column(m, j, y, float(instance.performance[j] @ y))
            if instance.compiled_rules.joint:
                row.set_value((row.lower, row.body - _rules_in(m, instance, j, y), None))
    return m


def _add_rule_prices(m: pyo.ConcreteModel, instance: Instance) -> None:
    rules = instance.compiled_rules
    bounds = {"<=": (None, 0.0), ">=": (0.0, None), "==": (None, None)}
    m.rule_price = pyo.Var(rules.joint, bounds=lambda _, r: bounds[rules.rows[r].sense])
    weights: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for r in rules.joint:
        for cell, g in rules.rows[r].changes.items():
            weights.setdefault(cell, []).append((r, g))
    m.tilt = pyo.Var(list(weights))
    priced = {cell: sum(g * m.rule_price[r] for r, g in terms) for cell, terms in weights.items()}
    m.tilted_up = pyo.Constraint(list(weights), rule=lambda m, *cell: m.tilt[cell] <= -priced[cell])
    m.tilted_down = pyo.Constraint(list(weights), rule=lambda m, *cell: m.tilt[cell] >= priced[cell])
    m.value.expr = m.value.expr + sum(rules.rows[r].limit * m.rule_price[r] for r in rules.joint)


def _rules_in(m: pyo.ConcreteModel, instance: Instance, j: int, y: Floats) -> Any:
    """What rules add to the worth of an expected assignment."""
    parts, away = instance.compiled_rules.parts, y - instance.status_quo[j]
    priced = [float(parts[r][j][0] @ y) * m.rule_price[r] for r in instance.compiled_rules.joint if j in parts[r]]
    return sum(priced) + sum(float(away[i]) * m.tilt[k, i] for k, i in m.tilt if k == j)


def price_model(counts: Floats, copies: ArrayLike, exact: ArrayLike | None = None) -> pyo.ConcreteModel:
    """Program (6) without columns yet: ``counts`` (I,) to be assigned to ``copies`` (J,) of each agent.

    An "agent" may be several taken together: their columns are then sums of one column of each, ``copies`` 1. What is
    not ``exact`` (I,) is a limit of which less may be used: its price is at most 0.
    """
    whole = np.ones(len(counts), dtype=bool) if exact is None else np.asarray(exact)
    number = np.asarray(copies).astype(float)
    m = pyo.ConcreteModel(name="dual program (6)")
    m.AGENTS = pyo.RangeSet(0, number.size - 1)
    m.TASKS = pyo.RangeSet(0, len(counts) - 1)
    m.price = pyo.Var(
        m.TASKS, bounds=lambda _, i: (None, None if whole[i] else 0.0), doc="lambda, social cost of one more task i"
    )
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
