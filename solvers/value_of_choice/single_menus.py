"""Menus without a lottery in the large market: program (4) with one menu an agent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.solvers.eopr.step_groups import StepGroups

Floats = NDArray[np.float64]
MOST_COMBINATIONS = 256
"""Combinations of single menus tried."""
MOST_DIRECTIONS = 12
"""Common directions tried."""


def single_menu_cost(inst: Instance, types: list[FiniteTypes], lotteries: Sequence[Lottery]) -> float:
    """The cost in the large market when each row is offered one menu, exchanges executed at best.

    Tried are the combinations of the lotteries' menus where they are at most ``MOST_COMBINATIONS``, else the likeliest;
    and, for the directions of the likeliest menus' rays, both sides of one direction for everybody. Markets clear
    because the designer executes as much of each ray as EOPR finds best, in expectation.
    """
    if math.prod(map(len, lotteries)) <= MOST_COMBINATIONS:
        tried = [list(chosen) for chosen in product(*([menu for _, menu in lottery] for lottery in lotteries))]
    else:
        tried = [[max(lottery, key=itemgetter(0))[1] for lottery in lotteries]]
    likeliest = sorted(((p, k) for lottery in lotteries for p, k in lottery), key=itemgetter(0), reverse=True)
    directions = [ray for _, menu in likeliest if menu.kind == "rays" for ray in menu.rays][:MOST_DIRECTIONS]
    tried += [[_both_sides(eta, direction) for eta in inst.endowment] for direction in directions]
    return inst.status_quo_cost + min((_change_of_cost(inst, types, menus) for menus in tried), default=0.0)


def _both_sides(eta: Floats, direction: Floats) -> Menu:
    """The menu of both sides of a direction, each as long as the endowment allows; a side it rules out is left out."""
    rays = []
    for side in (direction, -direction):
        given = side < 0
        longest = float((eta[given] / -side[given]).min(initial=np.inf))
        if 0 < longest < np.inf:
            rays.append(np.maximum(side * longest, -eta))
    return Menu(eta, rays)


def _change_of_cost(inst: Instance, types: list[FiniteTypes], menus: Sequence[Menu]) -> float:
    groups = StepGroups(inst, list(enumerate(menus)))
    counts = np.zeros(groups.size + 1)
    for j, menu in enumerate(menus):
        shares = [1.0] if menu.kind == "remedial" else [float(p) for p in menu.acceptance(types[j])]
        for k, share in enumerate(shares):
            for g in groups.table[j, k]:
                counts[g] += inst.copies[j] * share
    executed, _ = groups.execute(np.array([counts[:-1]]))
    return float(groups.change_of_cost(executed)[0])
