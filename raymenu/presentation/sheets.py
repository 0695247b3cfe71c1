"""What agents and analysts hold in hand: exchange rates, and a choice sheet for each group of agents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raymenu.mechanisms import Menu, OfferGroup
from raymenu.presentation.words import choice_sheet, exchange_rates
from raymenu.solvers.small_market import SmallMarketDesign

SAME_LINE = 1e-12


def acceptance(design: SmallMarketDesign, group: OfferGroup) -> list[float]:
    """How often each ray of the group's menu is chosen, on 10,000 types of the row."""
    preferences = design.inst.preferences[group.row]
    return [float(p) for p in menu_of(group).acceptance(preferences.discretize(10_000, seed=0))]


def menu_of(group: OfferGroup) -> Menu:
    """The menu of a group of a settled plan."""
    return group.lottery[0][1]


def label(design: SmallMarketDesign, group: OfferGroup) -> str:
    """The row's name, with the number of its copies where they are several."""
    name = design.inst.agents[group.row]
    return f"{name} ({group.agents} of {design.inst.copies[group.row]})" if design.inst.copies[group.row] > 1 else name


def rate_lines(design: SmallMarketDesign) -> list[str]:
    """Every direction as an exchange in words, one way or either way, and how many agents are offered it.

    Examples
    --------
    >>> import raymenu
    >>> design = raymenu.design_small_market(
    ...     raymenu.load("two_task_uniform"), profiles=100, families=["one common direction"], effort=0.05
    ... )
    >>> [line.endswith("either way: offered to 2 agents") for line in rate_lines(design)]
    [True]
    """
    lines = []
    for direction in design.directions:
        forth = [group for group in design.plan.groups if _offers(group, direction)]
        back = [group for group in design.plan.groups if _offers(group, -direction)]
        turned = direction if forth else -direction
        words = exchange_rates([turned], design.inst.tasks, either_way=bool(forth and back))[0]
        agents = sum(group.agents for group in design.plan.groups if group in forth or group in back)
        lines.append(f"{words}: offered to {agents} agent{'s' if agents > 1 else ''}")
    return lines


def sheets(design: SmallMarketDesign) -> list[str]:
    """The choice sheet of every group."""
    return [choice_sheet(label(design, group), menu_of(group), design.inst.tasks) for group in design.plan.groups]


def _offers(group: OfferGroup, direction: NDArray[np.float64]) -> bool:
    rays = menu_of(group).rays
    units = rays / np.abs(rays).max(axis=1, keepdims=True)
    return bool(np.isclose(units, direction, rtol=SAME_LINE, atol=0).all(axis=1).any())
