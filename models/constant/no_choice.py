"""No choice: the best constant mechanism, one assignment for each agent whatever its type."""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.allocation_terms import add_constant_allocation, indexed_model, linear
from raymenu.models.finite import Types, finite_types
from raymenu.models.rules import add_constant_rules


def no_choice(inst: Instance, types: Types | None = None, seed: int = 0) -> pyo.ConcreteModel:
    """First best, with (SQ) for every type: ``c . m_j <= beta_j c . sigma_j`` for all c in the support C_j.

    On a box lower <= c <= upper the worst type has upper costs for what it gains and lower costs for what it
    loses, so with ``m_j = beta_j sigma_j + d^+ - d^-`` (SQ) is ``sum_i [upper_i d_i^+ - lower_i d_i^-] <= 0``. On
    finitely many types it is one row a type. Nobody can lose more than ``beta_j sigma_j``.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | m_j(i) | ``assignment`` | j, i | expected tasks i of each copy of row j |
    | d_j^+(i), d_j^-(i) | ``gain``, ``loss`` | j, i | change from beta_j sigma_j (boxes only) |
    | | ``clearing`` | i | market clearing |
    | | ``change`` | j, i | ``m = beta sigma + gain - loss`` (boxes only) |
    | (SQ) | ``participation`` | j, t | t = 0 on a box |
    | | ``own_rules``, ``joint_rules`` | j, r; r | the rules, see ``raymenu.models.rules`` |

    Parameters
    ----------
    types
        None: (SQ) on the whole support of the preferences. Otherwise on these types (a number a row, or
        ``FiniteTypes``).
    seed
        Of the discretisation.

    Raises
    ------
    InputError
        Where the types do not fit the instance.

    Examples
    --------
    >>> import raymenu
    >>> len(no_choice(raymenu.load("anaesthesia"), types=7).participation)
    35
    """
    inst.require_burdens("the best constant mechanism")
    m = indexed_model(inst, "no choice")
    add_constant_allocation(m, inst)
    add_constant_rules(m, inst)
    m.participation = pyo.Constraint(m.AGENTS, pyo.NonNegativeIntegers)
    m.gain = pyo.Var(m.AGENTS, m.TASKS, domain=pyo.NonNegativeReals, dense=False)
    m.loss = pyo.Var(m.AGENTS, m.TASKS, domain=pyo.NonNegativeReals, dense=False)
    m.change = pyo.Constraint(m.AGENTS, m.TASKS)
    discrete = None if types is None else finite_types(inst, types, seed)
    for j, preferences in enumerate(inst.preferences):
        if discrete is None and preferences.continuous:
            _participation_on_box(m, inst, j)
        else:
            _participation_on_types(m, inst, j, discrete[j] if discrete else preferences.discretize(1))
    return m


def _participation_on_box(m: pyo.ConcreteModel, inst: Instance, j: int) -> None:
    preferences = inst.preferences[j]
    gains = [m.gain[j, i] for i in m.TASKS]
    losses = [m.loss[j, i] for i in m.TASKS]
    for i in m.TASKS:
        m.loss[j, i].setub(float(inst.slack[j] * inst.status_quo[j, i]))
    for i in m.TASKS:
        m.change[j, i] = linear([1.0, -1.0, 1.0], [m.assignment[j, i], gains[i], losses[i]]) == float(
            inst.slack[j] * inst.status_quo[j, i]
        )
    rates = [*preferences.upper_bounds, *(-preferences.lower_bounds)]
    m.participation[j, 0] = linear(rates, gains + losses) <= 0.0


def _participation_on_types(m: pyo.ConcreteModel, inst: Instance, j: int, types: FiniteTypes) -> None:
    demanded = inst.slack[j] * types.costs @ inst.status_quo[j]
    for t, cost in enumerate(types.costs):
        body = linear(cost, (m.assignment[j, i] for i in m.TASKS))
        m.participation[j, t] = body <= float(demanded[t])
