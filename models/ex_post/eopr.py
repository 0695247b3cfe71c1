"""EOPR, the ex-post optimal selection from polarized rays (after Corollary 3), for one profile of choices.

    min sum_j pi_j . mu_j
    s.t. mu_j = eta_j + y_j kappa_j^{k_j}, y_j >= 0, mu_j >= 0     j chose ray k_j
         mu_j = eta_j                                              j kept its endowment
         0 <= mu_j <= eta_j                                        j accepted the remedial menu
         sum_j mu_j = n                                            market clearing

| symbol | component | index | meaning |
|---|---|---|---|
| mu_j(i) | ``assignment`` | SINGLE_AGENTS x TASKS | expected assignment, an expression |
| y_j | ``y`` | SINGLE_AGENTS that are not remedial | how far agent j is moved along its ray |
| mu_j = eta_j | ``keeps`` | agents that keep | y_j = 0 |
| | ``returned`` | REMEDIAL x TASKS | what is taken off the hands of a remedial agent |
| (MC) | ``clearing`` | TASKS | every task is assigned |
| mu >= 0 | ``nonnegative`` | traders x tasks given up | nobody is moved beyond having none of a task |
| | ``own_rules``, ``joint_rules`` | a, r; r | the rules of the instance, see ``raymenu.models.rules`` |
| | ``social_cost`` | | the objective |

``y`` is not capped at 1. Payments to agents have no lower bound, and where revenue may be "at least" its count the
total of that task may be above it (money that agents pay) or below (money that they are paid). The program is always
feasible (y = 0: the endowment keeps the rules), and its optimum never dearer than the endowment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError, Instance
from raymenu.mechanisms import KEEP, Menu, check_choices, menus_by_agent
from raymenu.models.rules import add_rules

Floats = NDArray[np.float64]


def eopr(inst: Instance, menus: Sequence[Menu], choices: ArrayLike) -> pyo.ConcreteModel:
    """The linear program of one profile as the paper writes it, one variable for each agent that trades.

    Parameters
    ----------
    menus
        One per row (J,) or one per single agent (N,), N the sum of the copies.
    choices
        (N,), in the order of ``inst.agent_rows``: -1 keeps the endowment, k takes ray k, 0 accepts the remedial menu.

    Raises
    ------
    InputError
        Where menus or choices do not fit the instance.

    Source: Valenzuela-Stookey (2026), section 3, the rule after Corollary 3.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> model = raymenu.models.eopr(inst, menus, [0, 0])
    >>> result = pyo.SolverFactory("appsi_highs").solve(model)
    >>> pyo.value(model.social_cost)
    4.0
    """
    held = menus_by_agent(inst, menus)
    picked = check_choices(inst, held, choices)
    if picked.ndim != 1:
        raise InputError("the program is of one profile: give choices of shape (N,)", field="choices")
    tasks = range(inst.n_tasks)
    eta = {(a, i): float(inst.endowment[j, i]) for a, j in enumerate(inst.agent_rows) for i in tasks}
    pi = {(a, i): float(inst.performance[j, i]) for a, j in enumerate(inst.agent_rows) for i in tasks}
    remedial = [a for a, k in enumerate(picked) if k != KEEP and held[a].kind == "remedial"]
    traders = [a for a, k in enumerate(picked) if k != KEEP and held[a].kind == "rays"]
    kappa = {(a, i): float(held[a].rays[picked[a], i]) for a in traders for i in tasks}

    m = pyo.ConcreteModel(name=f"EOPR of {inst.name}")
    m.TASKS = pyo.Set(initialize=list(tasks), doc="task types i")
    m.SINGLE_AGENTS = pyo.Set(initialize=list(range(len(held))), doc="single agents, in the order of agent_rows")
    m.TRADERS = pyo.Set(initialize=traders, doc="agents that took a ray")
    m.REMEDIAL = pyo.Set(initialize=remedial, doc="agents that accepted the remedial menu")
    # Agents that keep their endowment have a step too, fixed at 0: a program without variables is none to solvers.
    m.y = pyo.Var([a for a in m.SINGLE_AGENTS if a not in m.REMEDIAL], domain=pyo.NonNegativeReals)
    m.keeps = pyo.Constraint([a for a, k in enumerate(picked) if k == KEEP], rule=lambda m, a: m.y[a] == 0)
    m.returned = pyo.Var(m.REMEDIAL, m.TASKS, bounds=lambda _, a, i: (0, eta[a, i]))

    def assignment(m: pyo.ConcreteModel, a: int, i: int) -> Any:
        if a in m.TRADERS:
            return eta[a, i] + kappa[a, i] * m.y[a]
        return eta[a, i] - m.returned[a, i] if a in m.REMEDIAL else eta[a, i]

    m.assignment = pyo.Expression(m.SINGLE_AGENTS, m.TASKS, rule=assignment)
    given_up = [(a, i) for (a, i), k in kappa.items() if k < 0 and inst.cost_signs[i] > 0]
    m.nonnegative = pyo.Constraint(given_up, rule=lambda m, a, i: kappa[a, i] * m.y[a] >= -eta[a, i])

    def clearing(m: pyo.ConcreteModel, i: int) -> Any:
        # The endowments sum to n: what is left to clear are the net trades.
        if not traders and not remedial:
            return pyo.Constraint.Feasible
        net = sum(kappa[a, i] * m.y[a] for a in traders) - sum(m.returned[a, i] for a in remedial)
        sense = inst.clearing_senses[i]
        return net == 0 if sense == "==" else net >= 0 if sense == ">=" else net <= 0

    m.clearing = pyo.Constraint(m.TASKS, rule=clearing)
    holders = [((a,), int(j), 1.0) for a, j in enumerate(inst.agent_rows)]
    add_rules(m, inst, holders, lambda a, i: m.assignment[a, i].expr)
    m.social_cost = pyo.Objective(
        expr=sum(pi[a, i] * m.assignment[a, i] for a in m.SINGLE_AGENTS for i in tasks), sense=pyo.minimize
    )
    return m


def boxed_eopr(columns: Floats, values: Floats, upper: Floats) -> pyo.ConcreteModel:
    """The same program with agents grouped: min v.z s.t. D z = 0, 0 <= z <= u, ``step[g]`` = z_g full steps of group g.

    Parameters
    ----------
    columns
        D, (I, G), the net trade of a full step of each group.
    values
        v, (G,), its change of the social cost.
    upper
        u, (G,), how many agents are in the group.
    """
    m = pyo.ConcreteModel(name="EOPR, grouped")
    tasks, groups = range(columns.shape[0]), range(columns.shape[1])
    m.step = pyo.Var(groups, bounds=lambda _, g: (0, float(upper[g])))
    m.clearing = pyo.Constraint(tasks, rule=lambda m, i: sum(float(columns[i, g]) * m.step[g] for g in groups) == 0)
    m.social_cost = pyo.Objective(expr=sum(float(values[g]) * m.step[g] for g in groups), sense=pyo.minimize)
    return m
