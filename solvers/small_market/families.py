"""Families of offers, each with a search of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.solvers.small_market.ascent import ascend
from raymenu.solvers.small_market.baselines import bilateral_trades
from raymenu.solvers.small_market.chance import Draws, Population
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, both_sides, single_direction, unit_basis

Floats = NDArray[np.float64]
Start = Callable[[np.random.Generator], Offers]


@dataclass(frozen=True, eq=False)
class Candidate:
    """Offers and their expected gain on the selection sample."""

    offers: Offers
    gain: float


@dataclass
class Search:
    """What every family searches with.

    ``effort`` multiplies the number of starts; ``deadline`` is a time of ``time.perf_counter``.
    """

    inst: Instance
    objective: Objective
    seed: int
    effort: float = 1.0
    deadline: float = np.inf

    def rng(self, family: int) -> np.random.Generator:
        """A stream of its own for each family, so that none depends on the others."""
        return np.random.default_rng([self.seed, family])

    def starts(self, number: int) -> int:
        """A number of starts, times the effort."""
        return max(2, round(number * self.effort))

    @property
    def out_of_time(self) -> bool:
        """Whether the deadline has passed."""
        return time.perf_counter() > self.deadline

    def in_market(self, copies: int, profiles: int = 200) -> Objective:
        """The same market with so many copies for each one: a larger market, where prices move less."""
        inst = self.inst.with_copies(copies)
        return Objective(replace(self.objective.population, inst=inst), Draws(inst, profiles, self.seed))

    def ranked(self, offers: Sequence[Offers], objective: Objective | None = None) -> list[Candidate]:
        """Candidates, best first."""
        judge = objective or self.objective
        found: list[Candidate] = []
        for each in offers:
            if found and self.out_of_time:
                break
            found.append(Candidate(each, judge.gain(each)))
        return sorted(found, key=lambda candidate: -candidate.gain)


def make_search(inst: Instance, seed: int, effort: float = 1.0, deadline: float = np.inf) -> Search:
    """The selection sample: 4,096 types and up to 1,000 profiles."""
    agents = int(inst.copies.sum())
    profiles = int(np.clip(100_000 // agents, 200, 1000))
    objective = Objective(Population(inst, 4096, seed), Draws(inst, profiles, seed + 1))
    return Search(inst, objective, seed, effort, deadline)


def one_direction(search: Search, known: Sequence[Offers] = ()) -> list[Candidate]:
    """Both sides of one common direction: many random ones, the best polished by ascent, and the ``known`` ones."""
    rng = search.rng(1)
    unit = np.diag(unit_basis(search.inst))
    tried = [single_direction(search.inst, unit * rng.normal(size=unit.size)) for _ in range(search.starts(400))]
    ranked = search.ranked(tried)[: search.starts(8)]
    polished = [
        ascend(search.objective, start, 100, 200, rng, deadline=search.deadline)
        for start in [*known, *(candidate.offers for candidate in ranked)]
    ]
    return search.ranked([*known, *polished])


def one_trade(search: Search) -> list[Candidate]:
    """The best bilateral trade: two rows, one side of a direction each."""
    starts = bilateral_trades(search.inst, search.objective, search.seed + 2)
    rng = search.rng(2)
    polished = [ascend(search.objective, start, 60, 200, rng, deadline=search.deadline) for start in starts]
    return search.ranked([*starts, *polished])


def own_directions(search: Search, rank: int, known: Sequence[Offers] = ()) -> list[Candidate]:
    """Both sides of a direction of its own for each row, all directions in one space of dimension ``rank``.

    Rank 1 is the common direction. With rank 2 the directions lie in a plane: any three of them balance, so cycles
    clear beside pairs, and each row trades along the direction that suits its performance. Starts are random, half of
    them led through larger markets (where some trade is possible almost anywhere) down to the market as it is.
    """
    inst = search.inst
    rng = search.rng(10 + rank)
    unit = unit_basis(inst)
    rows = np.arange(inst.n_agents)

    def start(rng: np.random.Generator) -> Offers:
        basis = unit if rank == inst.n_tasks else unit @ rng.normal(size=(inst.n_tasks, rank))
        slots = rng.normal(size=rank) + 0.7 * rng.normal(size=(rows.size, rank))
        return both_sides(inst, rows, inst.copies, rows, slots, basis)

    number = search.starts(24)
    copies = int(inst.copies.max())
    direct = halving([search.objective] * 3, [start(rng) for _ in range(number)], search, rng)
    through = [search.in_market(max(1, 300 // copies)), search.in_market(max(3, 30 // copies)), search.objective]
    led = halving(through, [start(rng) for _ in range(number)], search, rng)
    polished = [ascend(search.objective, each, 150, 200, rng, deadline=search.deadline) for each in known]
    return search.ranked([*known, *polished, *direct, *led])


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
        inst = objective.population.inst
        moved = [in_market(offers, inst) for offers in pool]
        grown = [ascend(objective, offers, steps, batch, rng, rate=0.1, deadline=search.deadline) for offers in moved]
        ranked = search.ranked(grown, objective)
        pool = [candidate.offers for candidate in ranked[: max(2, len(ranked) // 4)]]
    return [in_market(offers, search.inst) for offers in pool]


def in_market(offers: Offers, inst: Instance) -> Offers:
    """The same offers in a replica of the market: groups grow with the copies."""
    if inst is offers.inst:
        return offers
    factor = int(inst.copies.sum()), int(offers.inst.copies.sum())
    return replace(offers, inst=inst, sizes=offers.sizes * factor[0] // factor[1])
