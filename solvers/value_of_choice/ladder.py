"""The ladder of benchmarks, all on the same finite types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import BilateralTrade, Menu
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.solvers.bic.constant_mechanisms import solve_first_best, solve_no_choice
from raymenu.solvers.bic.full_information import solve_full_information
from raymenu.solvers.bic.program_1 import BicMechanism, solve_bic
from raymenu.solvers.eopr.allocation import StepGroups
from raymenu.solvers.eopr.simulation import simulate
from raymenu.solvers.large_market.large_market import LargeMarket

Floats = NDArray[np.float64]

NAMES = (
    "first_best", "full_information", "lm_bic", "lm_osp", "lm_single", "bic",
    "eopr", "small_market", "bilateral", "no_choice", "status_quo",
)  # fmt: skip
BELOW = (
    ("first_best", "full_information"),
    ("full_information", "lm_bic"),
    ("lm_bic", "lm_osp"),
    ("lm_osp", "eopr"),
    ("lm_osp", "lm_single"),
    ("lm_single", "status_quo"),
    ("eopr", "status_quo"),
    ("lm_bic", "bic"),
    ("bic", "no_choice"),
    ("bic", "eopr"),
    ("bic", "bilateral"),
    ("bic", "small_market"),
    ("lm_osp", "small_market"),
    ("small_market", "status_quo"),
    ("lm_osp", "bilateral"),
    ("bilateral", "status_quo"),
    ("no_choice", "status_quo"),
)
"""Pairs of rungs of which the first is never dearer."""
MOST_TYPES_BIC = 400
"""Types of all rows together up to which program (1) is solved for the ladder."""
MOST_TYPES_LARGE = 1200
"""... and LM-BIC."""
MOST_COMBINATIONS = 256
"""Combinations of single menus tried."""
MOST_DIRECTIONS = 12
"""Common directions tried."""


@dataclass(frozen=True)
class Rung:
    """One benchmark: its social cost lies between ``lower`` and ``upper``.

    Attributes
    ----------
    name
        One of ``NAMES``.
    lower, upper
        Equal for a program solved to optimality; a certificate for ``lm_osp``; 95% confidence for ``eopr`` and
        ``small_market``.
    note
        What stands behind it.
    """

    name: str
    lower: float
    upper: float
    note: str = ""


def order_violations(ladder: Sequence[Rung], tolerance: float = 1e-7) -> list[tuple[str, str]]:
    """The pairs of rungs that stand in the wrong order beyond doubt; empty on a right ladder.

    Parameters
    ----------
    tolerance
        Relative to the size of the status quo's rung.
    """
    rungs = {rung.name: rung for rung in ladder}
    scale = tolerance * max((abs(rung.upper) for rung in ladder), default=0.0)
    return [
        (low, high)
        for low, high in BELOW
        if low in rungs and high in rungs and rungs[low].lower > rungs[high].upper + scale
    ]


def price_of_obviousness(ladder: Sequence[Rung]) -> tuple[float, float] | None:
    """``(LM-OSP - LM-BIC) / (status quo - LM-BIC)`` as an interval: the share of the gain that obviousness costs.

    None where a rung is missing or there is nothing to gain.
    """
    rungs = {rung.name: rung for rung in ladder}
    if not {"lm_osp", "lm_bic", "status_quo"} <= set(rungs):
        return None
    bic, osp, quo = rungs["lm_bic"].upper, rungs["lm_osp"], rungs["status_quo"].upper
    if quo - bic <= 1e-9 * max(abs(quo), 1e-300):
        return None
    low, high = (max((bound - bic) / (quo - bic), 0.0) for bound in (osp.lower, osp.upper))
    return low, high


def program_rungs(inst: Instance, types: list[FiniteTypes]) -> list[Rung]:
    """The rungs that need no menus: first best, full information, LM-BIC, BIC, no choice, status quo.

    The BIC rungs are left out where there are too many types (``MOST_TYPES_LARGE``, ``MOST_TYPES_BIC``).
    """
    total = sum(made.size for made in types)
    found = [
        _exact("first_best", solve_first_best(inst).cost, "market clearing alone"),
        _exact("full_information", solve_full_information(inst, types).cost, "participation, types known"),
    ]
    if total <= MOST_TYPES_LARGE:
        large = solve_bic(inst, types, market="large")
        found.append(_proven("lm_bic", large, "Bayesian incentive compatible, large market"))
    if total <= MOST_TYPES_BIC:
        finite = solve_bic(inst, types)
        found.append(_proven("bic", finite, f"program (1), {finite.form} form"))
    found.append(_exact("no_choice", solve_no_choice(inst, types).cost, "best constant mechanism on these types"))
    found.append(_exact("status_quo", inst.status_quo_cost, "everything as it is"))
    return found


def bilateral_rung(inst: Instance, trade: BilateralTrade | None) -> Rung:
    """The status quo less the expected gain of the best bilateral trade found."""
    gain = trade.gain if trade is not None else 0.0
    return _exact("bilateral", inst.status_quo_cost - gain, "best exchange found between two agents")


def menu_rungs(inst: Instance, found: LargeMarket, draws: int = 2000, seed: int = 0) -> list[Rung]:
    """The rungs that stand on menus: LM-OSP, menus without a lottery, and the menus in the market as it is.

    On the types the large market was solved on. None where the endowment is not the status quo: the others are
    measured against the status quo.

    Parameters
    ----------
    found
        As of ``solve_large_market``.
    draws
        Type profiles drawn for the expected cost under EOPR.
    """
    if not inst.starts_at_status_quo:
        return []
    single = single_menu_cost(inst, found.types, found.lotteries)
    return [
        Rung("lm_osp", found.lower, found.upper, "best lottery over menus, large market"),
        Rung("lm_single", min(found.lower, single), single, "one menu an agent, no lottery, large market; best tried"),
        market_rung("eopr", inst, found.types, found.lotteries, draws, seed),
    ]


def market_rung(
    name: str,
    inst: Instance,
    types: list[FiniteTypes],
    lotteries: Sequence[Lottery],
    draws: int = 2000,
    seed: int = 0,
) -> Rung:
    """The expected cost of menus in the instance's own market under EOPR: the mean, and 1.96 standard errors each way.

    Menus and types are drawn as ``simulate`` draws them.
    """
    played = simulate(inst, lotteries, replicas=[1], draws=draws, types=types, seed=seed)
    mean, half = float(played.cost[0]), 1.96 * float(played.stderr[0])
    return Rung(name, mean - half, mean + half, f"in this market, {draws} profiles, 95%")


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


def sort_ladder(rungs: Sequence[Rung]) -> list[Rung]:
    """The rungs in the order of ``NAMES``."""
    return sorted(rungs, key=lambda rung: NAMES.index(rung.name))


def _exact(name: str, cost: float, note: str) -> Rung:
    return Rung(name, cost, cost, note)


def _proven(name: str, found: BicMechanism, note: str) -> Rung:
    return Rung(name, min(found.lower, found.cost), found.cost, note)
