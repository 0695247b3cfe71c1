"""Families whose directions share a line, a plane or a space: both sides of one direction for each group."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from raymenu.solvers.small_market.ascent import ascend, polish
from raymenu.solvers.small_market.baselines import bilateral_trades
from raymenu.solvers.small_market.moves import rearrange
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, both_sides, single_direction, unit_basis
from raymenu.solvers.small_market.search import Candidate, Search, in_market

ROUNDS = 6
WORTH_REFINING = 0.95
"""Searches that gain less than this share of the best one known are given up."""
WORTH_ANOTHER_ROUND = 1e-3


def one_direction(search: Search, known: Sequence[Offers] = ()) -> list[Candidate]:
    """Both sides of one common direction: many random ones, the best moved uphill, and the ``known`` ones."""
    rng = search.rng(1)
    unit = np.diag(unit_basis(search.inst))
    tried = [single_direction(search.inst, unit * rng.normal(size=unit.size)) for _ in range(search.starts(400))]
    ranked = search.ranked(tried)[: search.starts(8)]
    starts = [*known, *(candidate.offers for candidate in ranked)]
    return search.ranked([*known, *search.each(partial(_climb, search, 100), starts, rng)])


def one_trade(search: Search) -> list[Candidate]:
    """The best bilateral trade: two rows, one side of a direction each."""
    starts = bilateral_trades(search.inst, search.objective, search.seed + 2)
    return search.ranked([*starts, *search.each(partial(_climb, search, 60), starts, search.rng(2))])


def own_directions(
    search: Search, rank: int, known: Sequence[Offers] = (), number: int = 24, enough: float = 0.0
) -> list[Candidate]:
    """Both sides of a direction of its own for each row, all directions in one space of dimension ``rank``.

    Rank 1 is the common direction. With rank 2 the directions lie in a plane: any three of them balance, so cycles
    clear beside pairs, and each row trades along the direction that suits its performance. Starts are random, half of
    them led through larger markets (where some trade is possible almost anywhere) down to the market as it is. Then
    rows are moved to each other's directions, and copies of a row split between directions; not where the search is
    behind ``enough``.
    """
    inst = search.inst
    rng = search.rng(10 + rank)
    unit = unit_basis(inst)
    rows = np.arange(inst.n_agents)

    def start() -> Offers:
        basis = unit if rank == inst.n_tasks else unit @ rng.normal(size=(inst.n_tasks, rank))
        slots = rng.normal(size=rank) + 0.7 * rng.normal(size=(rows.size, rank))
        return both_sides(inst, rows, inst.copies, rows, slots, basis)

    copies = int(inst.copies.max())
    larger = [search.in_market(max(1, 300 // copies)), search.in_market(max(3, 30 // copies)), search.objective]
    direct = halving([search.objective] * 3, [start() for _ in range(search.starts(number))], search, rng)
    led = halving(larger, [start() for _ in range(search.starts(number))], search, rng)
    ranked = search.ranked([*known, *direct, *led])
    if ranked[0].gain < WORTH_REFINING * enough:
        return ranked
    best = [candidate.offers for candidate in ranked[: search.starts(4)]]
    return search.ranked(
        [*(candidate.offers for candidate in ranked), *search.each(partial(_refine, search), best, rng)]
    )


def _climb(search: Search, steps: int, start: Offers, rng: np.random.Generator) -> Offers:
    grown = ascend(search.objective, start, steps, 200, rng, out_of_time=search.out_of_time)
    return polish(search.objective, grown, 200, rng, out_of_time=search.out_of_time)


def _refine(search: Search, start: Offers, rng: np.random.Generator) -> Offers:
    """Discrete moves and ascent in turn, as long as they gain."""
    objective, most_groups = search.objective, 3 * search.inst.n_agents
    best, gain = start, objective.gain(start)
    for _ in range(ROUNDS):
        moved = rearrange(objective, best, most_groups, search.out_of_time)
        grown = ascend(objective, moved, 60, 200, rng, rate=0.04, out_of_time=search.out_of_time)
        better = max(moved, grown, key=objective.gain)
        better = polish(objective, better, 150, rng, out_of_time=search.out_of_time)
        found = objective.gain(better)
        if found <= gain * (1 + WORTH_ANOTHER_ROUND):
            return better if found > gain else best
        best, gain = better, found
    return best


def halving(
    objectives: Sequence[Objective],
    starts: Sequence[Offers],
    search: Search,
    rng: np.random.Generator,
    stages: Sequence[tuple[int, int]] = ((30, 50), (60, 100), (150, 200)),
) -> list[Offers]:
    """Successive halving: a little ascent for all, more for the best quarter, most for the best quarter of those.

    Each stage may take place in a market of its own; the last one's offers are those of the market as it is.
    """
    pool = list(starts)
    for (steps, batch), objective in zip(stages, objectives):

        def grow(
            offers: Offers,
            stream: np.random.Generator,
            steps: int = steps,
            batch: int = batch,
            there: Objective = objective,
        ) -> Offers:
            moved = in_market(offers, there.population.inst)
            return ascend(there, moved, steps, batch, stream, rate=0.1, out_of_time=search.out_of_time)

        ranked = search.ranked(search.each(grow, pool, rng), objective)
        pool = [candidate.offers for candidate in ranked[: max(2, len(ranked) // 4)]]
    return [in_market(offers, search.inst) for offers in pool]
