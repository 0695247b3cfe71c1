"""Program (5), the outer program of the large market, over finitely many expected assignments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import Instance
from raymenu.models.allocation_terms import linear
from raymenu.models.rules import add_rules

Floats = NDArray[np.float64]


def outer(instance: Instance, columns: Sequence[Sequence[Floats]]) -> pyo.ConcreteModel:
    """Program (5) restricted to lotteries over given expected assignments.

    ``min sum_j copies_j pi_j . x_j`` subject to ``x_j = sum_k theta_jk y_jk``, ``theta_j`` a probability, and
    (LM-MC) ``sum_j copies_j x_j = n``. With every point of every F_j it is (5); with some it is an upper bound,
    and its solution is a mechanism.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | theta_jk | ``weight`` | j, k | probability of column k of row j |
    | x_j(i) | ``assignment`` | j, i | expected tasks i of each copy of row j |
    | | ``lottery`` | j | the weights of a row sum to 1 |
    | | ``mixture`` | j, i | ``x_j = sum_k theta_jk y_jk`` |
    | (LM-MC) | ``clearing`` | i | ``sum_j copies_j x_j(i) = n^i`` |
    | | ``joint_rules`` | r | rules about several agents, of the expected assignments |
    | | ``social_cost`` | | objective |

    Rules about one agent are the columns': F_j holds what menus lead to whose rays keep them. A rule that counts
    ``|mu - sigma|`` of several agents counts that of their expectations here, which is at most what it should be.

    Parameters
    ----------
    columns
        One (K_j, I) array per row j: expected assignments y_jk in F_j, in tasks.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> model = outer(inst, [[eta, 0 * eta] for eta in inst.endowment])
    >>> len(model.weight), len(model.clearing)
    (10, 4)
    """
    costs = [[float(instance.performance[j] @ y) for y in own] for j, own in enumerate(columns)]
    m = lottery_model(instance.counts, instance.copies, columns, costs)
    holders = [((j,), j, float(instance.copies[j])) for j in m.AGENTS]
    add_rules(m, instance, holders, lambda j, i: m.assignment[j, i], own=False)
    return m


def lottery_model(
    counts: Floats,
    copies: ArrayLike,
    columns: Sequence[Sequence[Floats]],
    costs: Sequence[Sequence[float]],
    exact: ArrayLike | None = None,
) -> pyo.ConcreteModel:
    """Program (5) over columns whose social cost ``pi . y`` is given with them; agents may be several taken together.

    Parameters
    ----------
    counts, copies
        n (I,), and how many agents alike each index of AGENTS stands for (J,).
    columns, costs
        For each of them (K_j, I) expected assignments, and (K_j,) what they cost.
    exact
        (I,), False for a limit of which less may be used.
    """
    whole = np.ones(len(counts), dtype=bool) if exact is None else np.asarray(exact)
    number = np.asarray(copies).astype(float)
    m = pyo.ConcreteModel(name="outer program (5)")
    m.AGENTS = pyo.RangeSet(0, number.size - 1)
    m.TASKS = pyo.RangeSet(0, len(counts) - 1)
    m.COLUMNS = pyo.Set(dimen=2, initialize=[(j, k) for j in m.AGENTS for k in range(len(columns[j]))])
    m.weight = pyo.Var(m.COLUMNS, within=pyo.NonNegativeReals, doc="theta_jk, probability of column k of agent j")
    amounts = pyo.NonNegativeReals if exact is None else pyo.Reals
    m.assignment = pyo.Var(m.AGENTS, m.TASKS, domain=amounts, doc="x_j(i), expected tasks i of each copy")
    own = {j: [m.weight[j, k] for k in range(len(columns[j]))] for j in m.AGENTS}

    @m.Constraint(m.AGENTS)
    def lottery(m: pyo.ConcreteModel, j: int) -> object:
        return linear(np.ones(len(own[j])), own[j]) == 1.0

    @m.Constraint(m.AGENTS, m.TASKS)
    def mixture(m: pyo.ConcreteModel, j: int, i: int) -> object:
        return linear([-1.0, *(y[i] for y in columns[j])], [m.assignment[j, i], *own[j]]) == 0.0

    @m.Constraint(m.TASKS)
    def clearing(m: pyo.ConcreteModel, i: int) -> object:
        total = linear(number, (m.assignment[j, i] for j in m.AGENTS))
        return total == float(counts[i]) if whole[i] else total <= float(counts[i])

    weights = [number[j] * cost for j in m.AGENTS for cost in costs[j]]
    m.social_cost = pyo.Objective(expr=linear(weights, m.weight.values()))
    return m
