"""The best trade between two agents, given which of their types are to accept it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike

from raymenu.instances import Instance
from raymenu.models.allocation_terms import linear
from raymenu.models.rules import add_rules


def bilateral_trade(
    inst: Instance,
    agents: tuple[int, int],
    takers: ArrayLike,
    givers: ArrayLike,
    margin: float | None = 0.0,
) -> pyo.ConcreteModel:
    """``max (pi_j'' - pi_j') . gamma`` over trades gamma that the given types of j' take and those of j'' give.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | gamma_i | ``gamma`` | i | from -sigma_j'(i) to sigma_j''(i): what j' gets of task i from j'' |
    | | ``taken`` | t | ``gamma . c_t <= -margin`` for the takers |
    | | ``given`` | t | ``gamma . c_t >= margin`` for the givers |
    | | ``margin`` | | only when it is maximised |
    | | ``cheaper`` | | ``(pi_j'' - pi_j') . gamma >= margin``, only then |
    | | ``own_rules``, ``joint_rules`` | 0 or 1, r; r | the rules, everybody else at the status quo |
    | | ``saving`` | | objective |

    Parameters
    ----------
    agents
        The rows (j', j'').
    takers, givers
        (n, I) costs of types of j' and of j''; each is scaled to a largest entry of 1.
    margin
        How strictly they are to accept; None: the largest for which the trade also pays, the objective then.

    Examples
    --------
    >>> import raymenu
    >>> m = bilateral_trade(raymenu.load("anaesthesia"), (0, 1), [[1, 1, 2, 2]], [[2, 2, 1, 1]])
    >>> len(m.taken), len(m.given), m.gamma[0].bounds
    (1, 1, (-3.6, 3.6))
    """
    first, second = agents
    m = pyo.ConcreteModel(name="bilateral trade")
    m.TASKS = pyo.RangeSet(0, inst.n_tasks - 1)
    bounds = list(zip((-inst.status_quo[first]).tolist(), inst.status_quo[second].tolist()))
    m.gamma = pyo.Var(m.TASKS, bounds=lambda m, i: bounds[i])
    gamma, saving = list(m.gamma.values()), inst.performance[second] - inst.performance[first]
    if margin is None:
        m.margin = pyo.Var(domain=pyo.NonNegativeReals)
        scale = max(abs(saving).max(), 1e-300)
        m.cheaper = pyo.Constraint(expr=linear([*(saving / scale), -1.0], [*gamma, m.margin]) >= 0.0)
        m.saving = pyo.Objective(expr=m.margin, sense=pyo.maximize)
    else:
        m.saving = pyo.Objective(expr=linear(saving, gamma), sense=pyo.maximize)
    slack, least = ([m.margin], 0.0) if margin is None else ([], margin)
    m.taken = pyo.Constraint(pyo.NonNegativeIntegers)
    m.given = pyo.Constraint(pyo.NonNegativeIntegers)
    for rows, sign, constraint in ((takers, -1.0, m.taken), (givers, 1.0, m.given)):
        for t, cost in enumerate(np.atleast_2d(np.asarray(rows, dtype=float))):
            body = linear([*(sign * cost / cost.max()), *(-1.0 for _ in slack)], [*gamma, *slack])
            constraint[t] = (least, body, None)
    _keep_rules(m, inst, first, second)
    return m


def _keep_rules(m: pyo.ConcreteModel, inst: Instance, first: int, second: int) -> None:
    """One agent of either row trades; everybody else stays at the status quo."""
    others = inst.copies.astype(float)
    others[[first, second]] -= 1.0
    stay = [((2 + j,), j, float(number)) for j, number in enumerate(others) if number]
    held = [first, second, *range(inst.n_agents)]

    def amount(place: int, i: int) -> Any:
        side = {0: 1.0, 1: -1.0}.get(place, 0.0)
        sigma = float(inst.status_quo[held[place], i])
        return sigma + side * m.gamma[i] if side else sigma

    add_rules(m, inst, [((0,), first, 1.0), ((1,), second, 1.0), *stay], amount)
