"""The main job: from an instance to a mechanism for the market one has, and how good it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from raymenu.designs.document import Recommended
from raymenu.instances import Instance
from raymenu.mechanisms import OfferPlan
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.mechanisms.participation import describe, losses, where_all_participate
from raymenu.solvers.eopr.simulation import simulate
from raymenu.solvers.large_market.large_market import LargeMarket, solve_large_market
from raymenu.solvers.small_market import SmallMarketDesign, design_small_market
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
from raymenu.solvers.value_of_choice.ladder import bilateral_rung, market_rung, menu_rungs, program_rungs
from raymenu.solvers.value_of_choice.rungs import Rung, ordered

ONE_DIRECTION = "one common direction"
STATUS_QUO = "status quo"
ENDOWMENT = "endowment"
LARGE_MARKET_MENUS = "large-market menus"
FRESH = 1_000_003
"""Added to the seed for the profiles on which mechanisms are compared: no design has seen them."""


@dataclass(frozen=True)
class Option:
    """A mechanism for the market as it is: who is offered what, and its expected cost over fresh profiles."""

    mechanism: str
    lotteries: list[Lottery]
    cost: float
    stderr: float


@dataclass(frozen=True)
class Solution:
    """What ``raymenu solve`` shows: the ladder, the certificate, the options in this market, the recommendation.

    ``note`` says who would lose with the instance's own endowment, and what was done about it; empty where nobody.
    """

    instance: Instance
    large_market: LargeMarket
    small_market: SmallMarketDesign
    ladder: list[Rung]
    options: list[Option]
    recommended: Recommended
    note: str = ""


def solve(
    inst: Instance,
    types: int = 200,
    seed: int = 0,
    rel_gap: float = 1e-2,
    draws: int = 10_000,
    time_limit: float | None = None,
    from_endowment: bool = False,
    checkpoint: str | Path | None = None,
    progress: Callable[[int, float, float], None] | None = None,
    report: Callable[[str], None] = lambda step: None,
) -> Solution:
    """Design a mechanism for an instance, bound what any could reach, and say which to use in its market.

    Parameters
    ----------
    types
        Finite types an agent on every rung of the ladder; each preference distribution is discretised with ``seed``.
    rel_gap
        Certified gap of the large-market program (5), relative to its cost.
    draws
        Profiles of all agents' types on which mechanisms are compared, none seen by their design.
    time_limit, checkpoint, progress
        Of the large-market solve; see ``solve_large_market``.
    report
        Called with a few words before each step.
    from_endowment
        Let menus start from the instance's endowment even where some type is worse off there than with the status quo.
        Else they start from the status quo in such an instance, and ``Solution.note`` says so.
    """
    if from_endowment:
        found = losses(inst)
        note = f"menus start from the instance's endowment, as asked: {describe(inst, found)}" if found else ""
    else:
        inst, note = where_all_participate(inst)
    own_types = inst.types(types, seed)
    report("large market: prices out, menus and bounds in")
    large = solve_large_market(
        inst, own_types, rel_gap=rel_gap, time_limit=time_limit, checkpoint=checkpoint, progress=progress
    )
    report("the market as it is: menus that clear")
    small = design_small_market(inst, types=types, seed=seed, large_market=large)
    report("expected costs over fresh profiles")
    offered = {small.family: small.plan.lotteries}
    for row in small.table:
        if row.family == ONE_DIRECTION:
            offered.setdefault(row.family, row.plan.lotteries)
    keep = OfferPlan.keep(inst).lotteries
    offered |= {LARGE_MARKET_MENUS: large.lotteries, STATUS_QUO if inst.starts_at_status_quo else ENDOWMENT: keep}
    options = []
    for mechanism, lotteries in offered.items():
        played = simulate(inst, lotteries, replicas=[1], draws=draws, seed=seed + FRESH)
        options.append(Option(mechanism, lotteries, float(played.cost[0]), float(played.stderr[0])))
    report("the ladder of programs")
    recommended = _recommend(inst, options, draws, seed + FRESH)
    ladder = _ladder(inst, large, small, draws, seed + FRESH)
    return Solution(inst, large, small, ladder, options, recommended, note)


def _ladder(inst: Instance, large: LargeMarket, small: SmallMarketDesign, draws: int, seed: int) -> list[Rung]:
    """Every rung on the types of the large market; those that stand on menus over profiles drawn from these types."""
    types = large.types
    rungs = program_rungs(inst, types)
    if inst.starts_at_status_quo:  # rungs are measured against the status quo
        rungs += menu_rungs(inst, large, draws, seed)
        rungs.append(market_rung("small_market", inst, types, small.plan.lotteries, draws, seed))
    rungs.append(bilateral_rung(inst, best_bilateral_trade(inst, types, seed)))
    return ordered(rungs)


def _recommend(inst: Instance, options: list[Option], draws: int, seed: int) -> Recommended:
    best = min(options, key=lambda option: option.cost)
    status_quo = inst.status_quo_cost
    others = ", ".join(
        f"{option.mechanism} {option.cost:.4g}" for option in options if option.mechanism != best.mechanism
    )
    if best.mechanism in (STATUS_QUO, ENDOWMENT):
        reason = f"nothing found costs less in this market ({others})"
    else:
        saved = (status_quo - best.cost) / abs(status_quo) if status_quo else 0.0
        reason = f"least expected cost in this market, {best.cost:.4g} ± {best.stderr:.2g}: {saved:.1%} off ({others})"
    return Recommended(best.mechanism, reason, best.lotteries, best.cost, best.stderr, draws, seed)
