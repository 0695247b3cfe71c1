"""Families of offers, each with a search of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.solvers.large_market import solve_large_market
from raymenu.solvers.small_market.ascent import ascend, polish
from raymenu.solvers.small_market.baselines import bilateral_trades
from raymenu.solvers.small_market.chance import Draws, Population
from raymenu.solvers.small_market.large import Lotteries, MenuColumns, rays_of, split_copies
from raymenu.solvers.small_market.moves import halved, rearrange
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, both_sides, polarized, single_direction, unit_basis

Floats = NDArray[np.float64]
ROUNDS = 6
TYPES = 2048
FAR_BEHIND = 0.6
"""Searches that gain less than this share of the best one known are given up."""
WORTH_REFINING = 0.95
LARGE_MARKET_ROUNDS, LAST_LOTTERIES = 11, 2
MANY_COPIES = 100
"""From here on the large market is also solved with certified support functions: its menus decide."""
LAST_TRIALS = 1000
CERTIFIED_GAP, CERTIFIED_ROUNDS, CERTIFIED_SECONDS = 0.01, 15, 20.0
WORTH_ANOTHER_ROUND = 1e-3
MOST_RAYS = 48
"""Menus with more rays are not halved again; times the effort."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """Offers and their expected gain on the selection sample."""

    offers: Offers
    gain: float


@dataclass
class Search:
    """What every family searches with.

    ``effort`` multiplies the number of starts; ``deadline`` is a time of ``time.perf_counter``; ``workers`` threads
    share the starts, each start with a random stream of its own, so results do not depend on their number.
    """

    inst: Instance
    objective: Objective
    seed: int
    effort: float = 1.0
    deadline: float = np.inf
    workers: int = 2
    interrupted: bool = False

    def rng(self, family: int) -> np.random.Generator:
        """A stream of its own for each family, so that none depends on the others."""
        return np.random.default_rng([self.seed, family])

    def starts(self, number: int) -> int:
        """A number of starts, times the effort."""
        return max(2, round(number * self.effort))

    def out_of_time(self) -> bool:
        """Whether the deadline has passed."""
        return time.perf_counter() > self.deadline

    def in_market(self, copies: int, profiles: int = 200) -> Objective:
        """The same market with so many copies for each one: a larger market, where prices move less."""
        inst = self.inst.with_copies(copies)
        return Objective(replace(self.objective.population, inst=inst), Draws(inst, profiles, self.seed))

    def each(
        self, work: Callable[[Offers, np.random.Generator], Offers], starts: Sequence[Offers], rng: np.random.Generator
    ) -> list[Offers]:
        """``work`` done on every start, in the order of the starts."""
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(work, starts, rng.spawn(len(starts))))

    def run(self, family: Callable[[], list[Candidate]]) -> list[Candidate]:
        """A family's candidates; after an interrupt from the keyboard the best it has by then.

        The family works in a thread of its own, so that an interrupt stops nothing halfway.
        """
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(family)
            try:
                return running.result()
            except KeyboardInterrupt:
                self.interrupt()
                return running.result()

    def interrupt(self) -> None:
        """Time is up: every search looks at the clock, ends at its next step and hands back its best so far."""
        self.interrupted = True
        self.deadline = -np.inf

    def ranked(self, offers: Sequence[Offers], objective: Objective | None = None) -> list[Candidate]:
        """Candidates, best first."""
        judge = objective or self.objective
        found = [Candidate(each, judge.gain(each)) for each in offers]
        return sorted(found, key=lambda candidate: -candidate.gain)


def make_search(inst: Instance, seed: int, effort: float = 1.0, deadline: float = np.inf, types: int = TYPES) -> Search:
    """The selection sample: 2,048 types or more, and up to 2,000 profiles."""
    agents = int(inst.copies.sum())
    profiles = int(np.clip(100_000 // agents, 200, 2000))
    objective = Objective(Population(inst, max(types, TYPES), seed), Draws(inst, profiles, seed + 1))
    return Search(inst, objective, seed, effort, deadline)


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


def large_market_menus(search: Search, solved: Lotteries | None = None) -> list[Candidate]:
    """The large market's menus as they are, copies split in proportion to the lotteries.

    Lotteries of a certified solution at hand come first; others are found here on the types of this search. Columns
    found by ascent are quick and good enough where prices move much; many copies want the large market's own solution.
    """
    market = MenuColumns(search.inst, search.objective.population, search.rng(30))
    starts = [split_copies(search.inst, solved)] if solved is not None else []
    if search.inst.copies.max() >= MANY_COPIES and not search.out_of_time():
        left = min(CERTIFIED_SECONDS, search.deadline - time.perf_counter())
        own = solve_large_market(
            search.inst,
            search.objective.population.size,
            search.seed,
            rel_gap=CERTIFIED_GAP,
            time_limit=left,
            max_rounds=CERTIFIED_ROUNDS,
        )
        starts.append(split_copies(search.inst, rays_of(own)))
    for k in range(LARGE_MARKET_ROUNDS):
        if search.out_of_time():
            break
        market.round(3, 50, 0.5 if k < 3 else 0.0, search.workers, search.out_of_time)
        if k >= LARGE_MARKET_ROUNDS - LAST_LOTTERIES:
            starts.append(split_copies(search.inst, market.lotteries))
    return search.ranked([start for start in starts if start.n_rays][::-1])


def improved_menus(search: Search, starts: Sequence[Offers], enough: float = 0.0) -> list[Candidate]:
    """Menus of rays in general position, moved uphill in the market as it is and kept polarized.

    The large market's menus are made for prices that never move. In a market of some tens of agents they often fail to
    clear; what they lack is not another shape but rays that are taken often enough on both sides of each price. Half of
    the runs come down through a market five times as large. Groups are then halved, each half with rays of its own, as
    long as that gains. The search ends early where it is far behind ``enough``.
    """
    if not starts:
        return []
    rng = search.rng(31)
    copies = int(search.inst.copies.max())
    larger = search.in_market(5 if copies >= 10 else 50 // copies)

    def down(offers: Offers, stream: np.random.Generator) -> Offers:
        there = in_market(offers, larger.population.inst)
        return in_market(_uphill(search, there, larger, 0.06, 100, stream), search.inst)

    def direct(rate: float, steps: int, offers: Offers, stream: np.random.Generator) -> Offers:
        return _uphill(search, offers, search.objective, rate, steps, stream)

    pool = [*starts, *search.each(down, starts, rng)]
    for rate, steps in ((0.1, 100), (0.06, 200), (0.02, 300)):
        ranked = search.ranked([*pool, *search.each(partial(direct, rate, steps), pool, rng)])
        if ranked[0].gain < FAR_BEHIND * enough:
            return ranked
        pool = [candidate.offers for candidate in ranked[: max(2, len(pool) // 2)]]
    last = search.each(partial(_finish, search), pool[:2], rng)
    ranked = search.ranked([*last, *pool])
    while ranked[0].offers.n_rays <= MOST_RAYS * search.effort and not search.out_of_time():
        best = ranked[0]
        if (best.offers.sizes < 2).all():
            break
        halves = [halved(best.offers, stream) for stream in rng.spawn(search.starts(2))]
        grown = search.each(partial(direct, 0.06, 200), halves, rng)
        ranked = search.ranked([*search.each(partial(direct, 0.02, 300), grown, rng), *(c.offers for c in ranked)])
        if ranked[0].gain <= best.gain * (1 + WORTH_ANOTHER_ROUND):
            break
    if copies < MANY_COPIES:
        return ranked
    # Of finite types those indifferent decide; gradients do not see them, trials do.
    best_two = [candidate.offers for candidate in ranked[:2]]
    finished = search.each(partial(_finish, search, trials=LAST_TRIALS), best_two, rng)
    return search.ranked([*finished, *best_two])


def _uphill(
    search: Search, start: Offers, objective: Objective, rate: float, steps: int, rng: np.random.Generator
) -> Offers:
    batch = int(np.clip(20_000 // start.inst.copies.max(), 40, 200))
    return ascend(objective, start, steps, batch, rng, rate, repair=polarized, out_of_time=search.out_of_time)


def _finish(search: Search, start: Offers, rng: np.random.Generator, trials: int = 300) -> Offers:
    return polish(search.objective, start, trials, rng, 0.01, repair=polarized, out_of_time=search.out_of_time)


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


def in_market(offers: Offers, inst: Instance) -> Offers:
    """The same offers in a replica of the market: groups grow with the copies."""
    if inst is offers.inst:
        return offers
    factor = int(inst.copies.sum()), int(offers.inst.copies.sum())
    return replace(offers, inst=inst, sizes=offers.sizes * factor[0] // factor[1])
