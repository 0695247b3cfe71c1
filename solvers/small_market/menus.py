"""Families of menus in general position: the large market's, and these moved uphill in the market as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from raymenu.instances import FiniteTypes
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.small_market.ascent import ascend, polish
from raymenu.solvers.small_market.large import lotteries_at_prices, split_copies
from raymenu.solvers.small_market.moves import halved
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, polarized
from raymenu.solvers.small_market.search import Candidate, Search, in_market

FEW_TYPES, COARSE_TYPES, FINE_TYPES = 500, 2048, 8192
COARSE_GAP, FINE_GAP = 0.01, 0.004
FINE_TASKS = 5
"""With so many tasks certified solutions are coarse, with more they take too long."""
FAR_BEHIND = 0.6
"""Searches that gain less than this share of the best one known are given up."""
FEW_COPIES, FEW_AGENTS = 10, 10
"""So few agents hardly ever clear with rays in general position."""
MOST_HALVINGS, MOST_RAYS = 4, 48
"""With more rays groups are not halved again."""


def large_market_menus(search: Search, solved: OfferPlan | None = None) -> list[Candidate]:
    """The large market's menus as they are, copies split in proportion to the lotteries.

    Lotteries of a solution at hand, and others found here: some on few types with menus by local search, different each
    time; or, where there are many copies, with certified support functions on many types.
    """
    inst = search.inst
    plans = [solved] if solved is not None else []
    certified = search.many_copies and inst.n_tasks <= FINE_TASKS
    few = certified or inst.copies.sum() < FEW_AGENTS
    for k in range(search.starts(2 if few else 5)):
        if search.out_of_time():
            break
        if certified:
            types, gap = (FINE_TYPES, FINE_GAP) if inst.n_tasks < FINE_TASKS else (COARSE_TYPES, COARSE_GAP)
            drawn = _types(search, types, k)
            plans.append(lotteries_at_prices(search, drawn, "auto", gap))
        else:
            plans.append(lotteries_at_prices(search, _types(search, FEW_TYPES, k), "local-search", COARSE_GAP))
    starts = [split_copies(inst, each) for each in plans]
    return search.ranked([start for start in starts if start.n_rays])


def _types(search: Search, size: int, attempt: int) -> list[FiniteTypes]:
    """Types for one start, one set a row: other points of a continuous distribution each time, or other draws."""
    made = {}
    for number, kind in enumerate(search.objective.population.kinds):
        types = kind.discretize(size, seed=search.seed + attempt)
        if attempt and not kind.continuous:
            rng = np.random.default_rng([search.seed, attempt, number])
            types = FiniteTypes(kind.sample(size, rng))
        made[kind] = types
    return [made[kind] for kind in search.inst.preferences]


def improved_menus(search: Search, starts: Sequence[Offers], enough: float = 0.0) -> list[Candidate]:
    """Menus of rays in general position, moved uphill in the market as it is and kept polarized.

    The large market's menus are made for prices that never move. In a market of some tens of agents they often fail to
    clear; what they lack is not another shape but rays that are taken often enough on both sides of each price. With
    few copies there is no slope to climb at all: runs come down through a larger market. Groups are then halved, each
    half with rays of its own, and moved uphill again. What a market of so many rays can balance is not seen before, so
    the better half of the runs is kept at each stage, not the best one. The search ends early where it is far behind
    ``enough``.
    """
    if not starts:
        return []
    rng = search.rng(31)
    uphill = partial(_uphill, search, search.objective)
    # Many copies start near what is best.
    fast, steady, fine = (0.04, 0.04, 0.015) if search.many_copies else (0.08, 0.06, 0.02)
    copies = int(search.inst.copies.max())
    pool = [*starts]
    if copies < FEW_COPIES:
        larger = search.in_market(50 // copies)
        led = [in_market(each, larger.population.inst) for each in starts]
        pool = [
            in_market(each, search.inst) for each in search.each(partial(_uphill, search, larger, 0.06, 100), led, rng)
        ]
    ranked = search.ranked([*starts, *search.each(partial(uphill, fast, 150), pool, rng)])
    kept = len(starts)
    for _ in range(MOST_HALVINGS):
        if ranked[0].gain < FAR_BEHIND * enough or search.out_of_time():
            return ranked
        kept = max(2, kept // 2)
        best = [candidate.offers for candidate in ranked[:kept]]
        halves = [halved(each, rng) for each in best if each.sizes.max() > 1]
        grown = search.each(partial(uphill, steady, 200), halves, rng)
        ranked = search.ranked([*grown, *best])
        if not grown or grown[0].n_rays > MOST_RAYS:
            break
    best = [candidate.offers for candidate in ranked[:2]]
    last = search.each(partial(uphill, fine, 600 if search.many_copies else 300), best, rng)
    last += search.each(partial(_finish, search), last, rng)
    return search.ranked([*last, *best])


def _uphill(
    search: Search, objective: Objective, rate: float, steps: int, start: Offers, rng: np.random.Generator
) -> Offers:
    batch = int(np.clip(20_000 // start.inst.copies.max(), 40, 100))
    return ascend(
        objective,
        start,
        steps,
        batch,
        rng,
        rate,
        repair=polarized,
        moves_agents=search.many_copies,
        out_of_time=search.out_of_time,
    )


def _finish(search: Search, start: Offers, rng: np.random.Generator) -> Offers:
    """Where types are finite those indifferent decide: gradients do not see them, trials do."""
    finite = not all(kind.continuous for kind in search.objective.population.kinds)
    trials = 100 if not finite else 1000 if search.many_copies else 300
    return polish(search.objective, start, trials, rng, 0.01, repair=polarized, out_of_time=search.out_of_time)
