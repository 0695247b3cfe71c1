"""The main job: from an instance to a mechanism for the market one has, and how good it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from raymenu import stopping
from raymenu.designs.budget import Budget
from raymenu.designs.design import LARGE_MARKET_MENUS, Certificate, Design, compare, options_of, recommend
from raymenu.instances import Instance
from raymenu.mechanisms.participation import describe, losses, where_all_participate
from raymenu.solvers.eopr.estimate import REPORT
from raymenu.solvers.large_market.large_market import LargeMarket, solve_large_market
from raymenu.solvers.large_market.on_support import solve_on_support
from raymenu.solvers.small_market import COMMON, SmallMarketDesign, design_small_market
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
from raymenu.solvers.value_of_choice.ladder import bilateral_rung, market_rung, menu_rungs, program_makers, support_rung
from raymenu.solvers.value_of_choice.rungs import Rung, ordered

LARGE, SMALL, LADDER = 0.45, 0.8, 0.92
"""Shares of a time limit that have passed when each phase ends at the latest; the rest is for writing."""
AT_ONCE = ("first_best", "status_quo")
SLOW = ("lm_bic", "bic")
"""Rungs that may take long: computed last."""


@dataclass(frozen=True)
class Solution:
    """What ``raymenu solve`` shows: the design, and the ladder beside it.

    Attributes
    ----------
    large_market, small_market
        None where the search was stopped before them.
    note
        Who would lose with the instance's own endowment, and what was done about it; empty where nobody.
    cut_short
        Sentences that say what a limit or an interrupt has ended early.
    """

    design: Design
    large_market: LargeMarket | None
    small_market: SmallMarketDesign | None
    ladder: list[Rung]
    note: str = ""
    cut_short: tuple[str, ...] = ()

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
    so_far: Callable[[Solution], None] = lambda solution: None,
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
    time_limit
        Seconds for everything, divided among the phases; ``Solution.cut_short`` says what it ended early.
    checkpoint, progress
        Of the large-market solve; see ``solve_large_market``.
    report
        Called with a few words before each step.
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.
    executor
        Who answers the large market's questions; see ``solve_large_market``.
    so_far
        Called with every solution better than the one before, the status quo first: what an interrupt may write out.
    from_endowment
        Let menus start from the instance's endowment even where some type is worse off there than with the status quo.
        Else they start from the status quo in such an instance, and ``Solution.note`` says so.
    on_support
        Add the rung of menus that are OSP for costs in the support only; see ``solve_on_support``.
    """
    budget = Budget(time_limit)
    if from_endowment:
        found = losses(inst)
        note = f"menus start from the instance's endowment, as asked: {describe(inst, found)}" if found else ""
    else:
        inst, note = where_all_participate(inst)
    keep = compare(inst, {}, draws, seed)
    solution = Solution(Design(inst, keep, keep[0], seed), None, None, [], note)
    so_far(replace(solution, cut_short=("It was stopped before any menus were found.",)))
    report("large market: prices out, menus and bounds in")
    large = solve_large_market(
        inst,
        types,
        seed,
        rel_gap=rel_gap,
        time_limit=budget.until(LARGE),
        checkpoint=checkpoint,
        progress=progress,
        backend=backend,
        executor=executor,
    )
    certificate = Certificate.of(large, drawn_with=(types, seed))
    cut: list[str] = []
    if large.status != "optimal":
        gaps = f"the gap is {large.gap:.1%}, not {rel_gap:.1%}"
        cut.append(f"The large market was left after {large.seconds:.0f} s: {gaps}.")
    solution = replace(solution, design=replace(solution.design, certificate=certificate), large_market=large)
    so_far(replace(solution, cut_short=(*cut, "It was stopped before menus for this market were found.")))
    report("the market as it is: menus that clear")
    small = design_small_market(
        inst, types=types, seed=seed, large_market=large, profiles=draws, time_limit=budget.until(SMALL)
    )
    if small.stopped is not None:
        cut.append(f"The search for menus of this market was cut short ({small.stopped}): others may save more.")
    design = _compared(inst, certificate, small, seed)
    solution = replace(solution, design=design, small_market=small, cut_short=tuple(cut))
    so_far(replace(solution, cut_short=(*cut, "It was stopped before the benchmarks were computed.")))
    report("the ladder of programs")
    for ladder, left_out in _ladder(inst, large, small, seed + REPORT, budget, backend, on_support):
        missing = f"Benchmarks left out for want of time: {', '.join(left_out)}."
        solution = replace(solution, ladder=ladder, cut_short=(*cut, missing) if left_out else tuple(cut))
        so_far(solution)
    return solution


def _compared(inst: Instance, certificate: Certificate, small: SmallMarketDesign, seed: int) -> Design:
    """The families of this market beside keeping everything and the menus of the large market, on the same profiles."""
    plans = {} if stopping.asked() else {LARGE_MARKET_MENUS: certificate.plan}
    keep, *as_they_are = compare(inst, plans, small.estimate.draws, seed)
    tried = [option for option in options_of(small) if option.mechanism in (small.family, COMMON)]
    options = [keep, *tried, *as_they_are]
    return Design(inst, options, recommend(options), seed, certificate)


def _ladder(
    inst: Instance,
    large: LargeMarket,
    small: SmallMarketDesign,
    seed: int,
    budget: Budget,
    backend: str,
    on_support: bool,
) -> Iterator[tuple[list[Rung], list[str]]]:
    """The rungs known so far and the names of those still missing, again after each; stops where time has run out.

    Every rung is on the types of the large market; those that stand on menus over profiles drawn from these types.
    """
    types, draws = large.types, small.estimate.draws
    makers: dict[str, Callable[[], Rung | list[Rung]]] = {**program_makers(inst, types, backend)}
    if inst.starts_at_status_quo:  # rungs are measured against the status quo
        makers["lm_osp"] = lambda: menu_rungs(inst, large, draws, seed)
        makers["small_market"] = lambda: market_rung("small_market", small.plan, types, draws, seed)
        if on_support:
            makers["lm_osp_support"] = lambda: support_rung(solve_on_support(inst, large_market=large))
    makers["bilateral"] = lambda: bilateral_rung(inst, best_bilateral_trade(inst, types, seed, backend=backend))
    order = sorted(makers, key=lambda name: (name not in AT_ONCE, name in SLOW))
    rungs: list[Rung] = []
    for done, name in enumerate(order, start=1):
        if name not in AT_ONCE and budget.over(LADDER):
            return
        made = makers[name]()
        rungs += made if isinstance(made, list) else [made]
        if done >= len(AT_ONCE):
            yield ordered(rungs), order[done:]
