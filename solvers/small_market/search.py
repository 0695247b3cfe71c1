"""What every family searches with: a selection sample, random streams, threads, and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from raymenu.instances import Instance
from raymenu.solvers.small_market.choice_probabilities import Draws, Population
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers
from raymenu.stopping import over

TYPES, TYPES_OF_MANY = 2048, 8192
MANY_COPIES = 100
"""From here on the market is close to the large one: what matters is the distribution of types, finely."""


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

    @property
    def many_copies(self) -> bool:
        """Whether the market is close to the large one."""
        return bool(self.inst.copies.max() >= MANY_COPIES)

    def out_of_time(self) -> bool:
        """Whether the deadline has passed, or someone has asked to stop."""
        return over(self.deadline)

    def seconds_left(self) -> float | None:
        """Until the deadline, or None where there is none."""
        return None if self.deadline == np.inf else max(self.deadline - time.perf_counter(), 0.0)

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
    """The selection sample: 2,048 types or more, 8,192 for many copies, and up to 2,000 profiles."""
    agents = int(inst.copies.sum())
    profiles = int(np.clip(100_000 // agents, 200, 2000))
    least = TYPES_OF_MANY if inst.copies.max() >= MANY_COPIES else TYPES
    objective = Objective(Population(inst, max(types, least), seed), Draws(inst, profiles, seed + 1))
    return Search(inst, objective, seed, effort, deadline)


def in_market(offers: Offers, inst: Instance) -> Offers:
    """The same offers in a replica of the market: groups grow with the copies."""
    if inst is offers.inst:
        return offers
    factor = int(inst.copies.sum()), int(offers.inst.copies.sum())
    return replace(offers, inst=inst, sizes=offers.sizes * factor[0] // factor[1])
