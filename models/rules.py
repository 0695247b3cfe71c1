"""Rules on the final assignment as rows of a program, whatever its variables are.

A row is ``sum a_j(i) mu_j(i) + sum g_j(i) |mu_j(i) - sigma_j(i)|`` against a limit. An absolute value is one more
variable d with ``d >= mu - sigma`` and ``d >= sigma - mu``: exact, for d has a nonnegative coefficient in an "at most".

| symbol | component | meaning |
|---|---|---|
| ``|mu - sigma|`` | ``changed`` | at least what changes of a task, where a rule counts it |
| | ``changed_up``, ``changed_down`` | ``changed >= mu - sigma``, ``changed >= sigma - mu`` |
| | ``own_rules`` | rows about single agents |
| | ``joint_rules`` | rows about several agents |

The last index of ``own_rules`` and ``joint_rules`` is the number of the row in ``inst.compiled_rules.rows``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, Instance
from raymenu.instances.rules import RuleRow
from raymenu.models.allocation_terms import linear

Holder = tuple[tuple[Any, ...], int, float]
"""Who holds variables: the index of its component, its row of the instance, and how many agents it stands for."""


def add_rules(
    m: pyo.ConcreteModel,
    inst: Instance,
    holders: Sequence[Holder],
    amount: Callable[..., Any],
    together: Sequence[tuple[tuple[Any, ...], Sequence[Holder]]] | None = None,
    own: bool = True,
) -> None:
    """Rules on variables ``amount(*index, i)`` of holders; nothing where the instance has none.

    Parameters
    ----------
    holders
        Each keeps the rows about its agent by itself: ``own_rules[*index, r]``.
    amount
        mu of a holder: from its index and a task to a variable, an expression or a number.
    together
        Groups of holders that keep the rows about several agents, each with the index it is known by:
        ``joint_rules[*index, r]``. Default: all of them, without an index.
    own
        False leaves rows about one agent out.
    """
    rules = inst.compiled_rules
    if not len(rules):
        return
    groups = [((), holders)] if together is None else together
    counted = {cell for row in rules.rows for cell in row.changes if own or row.agent is None}
    cells = [(index, j, i) for index, j, _ in holders for i in range(inst.n_tasks) if (j, i) in counted]
    _add_changes(m, inst, cells, amount)
    m.own_rules = pyo.Constraint(pyo.Any)
    m.joint_rules = pyo.Constraint(pyo.Any)
    for index, j, _ in holders:
        for r in rules.own[j] if own else ():
            _add_row(m, m.own_rules, (*index, r), rules.rows[r], [(index, j, 1.0)], amount)
    for known_by, members in groups:
        for r in rules.joint:
            _add_row(m, m.joint_rules, (*known_by, r), rules.rows[r], members, amount)


def add_constant_rules(m: pyo.ConcreteModel, inst: Instance) -> None:
    """Rules on ``assignment[j, i]``, the same for all copies and types: ``own_rules[j, r]``, ``joint_rules[r]``."""
    holders = [((j,), j, float(inst.copies[j])) for j in m.AGENTS]
    add_rules(m, inst, holders, lambda j, i: m.assignment[j, i])


def add_interim_rules(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """Rules on ``x[j, t, i]``: ``own_rules[j, t, r]`` of every type; ``joint_rules[r]`` in expectation over types.

    In the large market that is what the rules say: an agent expects x of its type, and totals are expectations. In the
    finite market a mechanism may keep these rows and break a rule in some profiles: they are a relaxation.
    """
    holders = [((j, t), j, float(inst.copies[j] * types[j].weights[t])) for j, t in m.TYPES]
    add_rules(m, inst, holders, lambda j, t, i: m.x[j, t, i])


def _add_changes(
    m: pyo.ConcreteModel, inst: Instance, cells: list[tuple[tuple[Any, ...], int, int]], amount: Callable[..., Any]
) -> None:
    held = {(*index, i): float(inst.status_quo[j, i]) for index, j, i in cells}
    m.changed = pyo.Var(held, domain=pyo.NonNegativeReals)
    m.changed_up = pyo.Constraint(held, rule=lambda m, *cell: m.changed[cell] >= amount(*cell) - held[cell])
    m.changed_down = pyo.Constraint(held, rule=lambda m, *cell: m.changed[cell] >= held[cell] - amount(*cell))


def _add_row(
    m: pyo.ConcreteModel,
    rows: Any,
    index: tuple[Any, ...],
    row: RuleRow,
    members: Iterable[Holder],
    amount: Callable[..., Any],
) -> None:
    terms: list[tuple[float, Any]] = []
    for place, j, number in members:
        terms += [(number * a, amount(*place, i)) for (k, i), a in row.amounts.items() if k == j]
        terms += [(number * g, m.changed[(*place, i)]) for (k, i), g in row.changes.items() if k == j]
    if all(hasattr(value, "is_variable_type") and value.is_variable_type() for _, value in terms):
        body = linear(*zip(*terms)) if terms else 0.0
    else:
        body = sum(a * value for a, value in terms)
    if not hasattr(body, "is_expression_type"):
        return  # nobody in it can be moved: the endowment keeps it
    key = index if len(index) > 1 else index[0]
    rows[key] = (
        body <= row.limit if row.sense == "<=" else body >= row.limit if row.sense == ">=" else body == row.limit
    )
