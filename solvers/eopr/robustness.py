"""Robustness (section 3.1): the same menus where preferences are not what they were designed for.

The designer can always select the endowment, so the social cost is never above the endowment's, whatever agents choose
and why. An agent whose choice is obviously dominant never ends up with a larger workload than its endowment's, either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance
from raymenu.mechanisms import KEEP, Menu, OfferPlan
from raymenu.mechanisms.menus.lotteries import LotteryLike
from raymenu.solvers.eopr.allocation import EoprRule
from raymenu.solvers.eopr.estimate import standard_error

Floats = NDArray[np.float64]
Draw = Callable[[int, int, np.random.Generator], Floats]
ALONG = 33


@dataclass(frozen=True)
class Scenario:
    """How private costs are drawn, and how workload grows with the number of tasks.

    Attributes
    ----------
    name
        For the table.
    draw
        From row, number of agents and generator to private costs (n, I).
    power
        Workload is ``sum_i c_i x_i^power``: 1 is linear, above it the same task again is worse, below it is better.
        With other powers an agent takes the first ray on which it is nowhere worse off than with its endowment.
    """

    name: str
    draw: Draw
    power: float = 1.0


@dataclass(frozen=True)
class RobustnessRow:
    """One scenario's outcome, in units of social cost and relative to agents' workloads.

    Attributes
    ----------
    cost, stderr
        Mean social cost and its standard error.
    highest
        The highest social cost in any draw; at most ``endowment``.
    endowment
        The social cost of the endowment.
    participation
        The largest rise of an agent's workload over its endowment's in any draw, relative to it; at most rounding.
    trading
        The mean share of agents that are moved.
    """

    name: str
    cost: float
    stderr: float
    highest: float
    endowment: float
    participation: float
    trading: float


def standard_scenarios(inst: Instance) -> list[Scenario]:
    """As designed; costs tilted towards one task; bunched; extreme; one for all tasks; and two that are not linear."""

    def designed(row: int, size: int, rng: np.random.Generator) -> Floats:
        return inst.preferences[row].sample(size, rng)

    def tilted(row: int, size: int, rng: np.random.Generator) -> Floats:
        return designed(row, size, rng) * np.where(np.arange(inst.n_tasks) == 0, 2.0, 1.0)

    def ends(row: int) -> tuple[Floats, Floats]:
        return inst.preferences[row].lower_bounds, inst.preferences[row].upper_bounds

    def bunched(row: int, size: int, rng: np.random.Generator) -> Floats:
        low, high = ends(row)
        between: Floats = low + (high - low) * rng.beta(8, 8, (size, inst.n_tasks))
        return between

    def extreme(row: int, size: int, rng: np.random.Generator) -> Floats:
        low, high = ends(row)
        apart: Floats = np.where(rng.random((size, inst.n_tasks)) < 0.5, low, high)
        return apart

    def alike(row: int, size: int, rng: np.random.Generator) -> Floats:
        low, high = ends(row)
        common: Floats = low + (high - low) * rng.random((size, 1))
        return common

    return [
        Scenario("as designed", designed),
        Scenario(f"{inst.tasks[0]} twice as hard", tilted),
        Scenario("bunched in the middle", bunched),
        Scenario("at the ends only", extreme),
        Scenario("one draw for all tasks", alike),
        Scenario("convex workload, power 1.5", designed, 1.5),
        Scenario("concave workload, power 0.7", designed, 0.7),
    ]


def robustness(
    inst: Instance,
    lotteries: OfferPlan | Sequence[LotteryLike | Menu],
    scenarios: Sequence[Scenario] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> list[RobustnessRow]:
    """The same menus under other preferences, in the instance's own market (section 3.1).

    Parameters
    ----------
    lotteries
        One a row, as for ``simulate``; who is offered which menu is drawn once.
    scenarios
        Default: ``standard_scenarios(inst)``.
    draws
        Profiles a scenario, at least 2.

    Raises
    ------
    InputError
        Where lotteries or draws do not fit, or a scenario draws costs that are not positive.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> rows = robustness(inst, menus, draws=50)
    >>> all(row.highest <= row.endowment and row.participation < 1e-9 for row in rows)
    True
    """
    if draws < 2:
        raise InputError(f"{draws} draws asked for: a standard error needs at least 2", field="draws")
    menus = OfferPlan.make(inst, lotteries).menus(seed)
    rule = EoprRule(inst, menus)
    eta = inst.endowment[inst.agent_rows]
    rows = []
    for number, scenario in enumerate(scenarios or standard_scenarios(inst)):
        rng = np.random.default_rng([seed, number])
        costs = np.concatenate(
            [
                scenario.draw(j, draws * int(copies), rng).reshape(draws, int(copies), inst.n_tasks)
                for j, copies in enumerate(inst.copies)
            ],
            axis=1,
        )
        if not (np.isfinite(costs).all() and (costs > 0).all()):
            raise InputError("private costs must be positive and finite", field=f"scenario {scenario.name!r}")
        choices = np.stack([_choices(menu, costs[:, a], scenario.power) for a, menu in enumerate(menus)], axis=1)
        a = rule.allocate(choices)
        before = (costs * eta**scenario.power).sum(axis=2)
        after = (costs * a.assignment**scenario.power).sum(axis=2)
        cost = np.asarray(a.cost)
        rows.append(
            RobustnessRow(
                name=scenario.name,
                cost=float(cost.mean()),
                stderr=standard_error(cost, rule.endowment_cost),
                highest=float(cost.max()),
                endowment=rule.endowment_cost,
                participation=float(np.max((after - before) / before)),
                trading=float((np.abs(a.assignment - eta).max(axis=2) > 1e-9).mean()),
            )
        )
    return rows


def _choices(menu: Menu, costs: Floats, power: float) -> NDArray[np.int64]:
    """(n,), the first ray on which a type is nowhere worse off; for linear workloads that is the exact choice."""
    if power == 1.0 or menu.kind == "remedial":
        return menu.choices(costs)
    chosen = np.full(len(costs), KEEP, dtype=np.int64)
    before = costs @ menu.endowment**power
    for k in reversed(range(menu.size)):
        # The whole trading set counts, until a task runs out. A convex workload is worst at an end of it, a concave
        # one may be worst anywhere: look along it.
        down = menu.rays[k] < 0
        if not down.any():
            continue
        reach = np.min(menu.endowment[down] / -menu.rays[k][down])
        steps = menu.endowment + np.linspace(0, reach, ALONG)[:, None] * menu.rays[k]
        worst = (np.maximum(steps, 0.0) ** power @ costs.T).max(axis=0)
        chosen[worst <= before * (1 + 1e-12)] = k
    return chosen
