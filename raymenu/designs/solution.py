"""The main job: from an instance to a mechanism for the market one has, and how good it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raymenu.designs.design import LARGE_MARKET_MENUS, Certificate, Design, compare, options_of, recommend
from raymenu.instances import Instance
from raymenu.mechanisms.participation import describe, losses, where_all_participate
from raymenu.solvers.eopr.estimate import REPORT
from raymenu.solvers.large_market.large_market import LargeMarket, solve_large_market
from raymenu.solvers.large_market.on_support import solve_on_support
from raymenu.solvers.small_market import COMMON, SmallMarketDesign, design_small_market
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
from raymenu.solvers.value_of_choice.ladder import bilateral_rung, market_rung, menu_rungs, program_rungs, support_rung
from raymenu.solvers.value_of_choice.rungs import Rung, ordered


@dataclass(frozen=True)
class Solution:
    """What ``raymenu solve`` shows: the design, and the ladder beside it.

    ``note`` says who would lose with the instance's own endowment, and what was done about it; empty where nobody.
    """

    design: Design
    large_market: LargeMarket
    small_market: SmallMarketDesign
    ladder: list[Rung]
    note: str = ""

    @property
    def instance(self) -> Instance:
        """What was solved."""
        return self.design.instance


def solve(
    inst: Instance,
    types: int = 200,
    seed: int = 0,
    rel_gap: float = 1e-2,
    draws: int = 10_000,
    time_limit: float | None = None,
    from_endowment: bool = False,
    on_support: bool = False,
    checkpoint: str | Path | None = None,
    progress: Callable[[int, float, float], None] | None = None,
    report: Callable[[str], None] = lambda step: None,
    backend: str = "highs",
    executor: Any = None,
) -> Solution:
    """Design a mechanism for an instance, bound what any could reach, and say which to use in its market.

    Parameters
    ----------
    types
        Finite types an agent on every rung of the ladder; each preference distribution is discretised with ``seed``.
    rel_gap
        Certified gap of the large-market program (5), relative to its cost.
    draws
        Profiles of all agents' types on which mechanisms are compared, and as many others on which they are reported;
        none seen by their design.
    time_limit, checkpoint, progress
        Of the large-market solve; see ``solve_large_market``.
    report
        Called with a few words before each step.
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.
    executor
        Who answers the large market's questions; see ``solve_large_market``.
    from_endowment
        Let menus start from the instance's endowment even where some type is worse off there than with the status quo.
        Else they start from the status quo in such an instance, and ``Solution.note`` says so.
    on_support
        Add the rung of menus that are OSP for costs in the support only; see ``solve_on_support``.
    """
    if from_endowment:
        found = losses(inst)
        note = f"menus start from the instance's endowment, as asked: {describe(inst, found)}" if found else ""
    else:
        inst, note = where_all_participate(inst)
    report("large market: prices out, menus and bounds in")
    large = solve_large_market(
        inst,
        types,
        seed,
        rel_gap=rel_gap,
        time_limit=time_limit,
        checkpoint=checkpoint,
        progress=progress,
        backend=backend,
        executor=executor,
    )
    report("the market as it is: menus that clear")
    small = design_small_market(inst, types=types, seed=seed, large_market=large, profiles=draws)
    report("expected costs over fresh profiles")
    certificate = Certificate.of(large, drawn_with=(types, seed))
    keep, as_they_are = compare(inst, {LARGE_MARKET_MENUS: certificate.plan}, draws, seed)
    tried = [option for option in options_of(small) if option.mechanism in (small.family, COMMON)]
    options = [keep, *tried, as_they_are]
    report("the ladder of programs")
    ladder = _ladder(inst, large, small, draws, seed + REPORT, backend, on_support)
    design = Design(inst, options, recommend(options), seed, certificate)
    return Solution(design, large, small, ladder, note)


def _ladder(
    inst: Instance,
    large: LargeMarket,
    small: SmallMarketDesign,
    draws: int,
    seed: int,
    backend: str,
    on_support: bool,
) -> list[Rung]:
    """Every rung on the types of the large market; those that stand on menus over profiles drawn from these types."""
    types = large.types
    rungs = program_rungs(inst, types, backend)
    if inst.starts_at_status_quo:  # rungs are measured against the status quo
        rungs += menu_rungs(inst, large, draws, seed)
        rungs.append(market_rung("small_market", small.plan, types, draws, seed))
        if on_support:
            rungs.append(support_rung(solve_on_support(inst, large_market=large)))
    rungs.append(bilateral_rung(inst, best_bilateral_trade(inst, types, seed, backend=backend)))
    return ordered(rungs)
