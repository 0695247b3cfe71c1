"""Row generation on program (6): prices out, menus and bounds in."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature
from raymenu.solvers.large_market.bounds import proven_lower, stated_bound, tilted
from raymenu.solvers.large_market.checkpoint import Checkpoint
from raymenu.solvers.large_market.columns import assignment_in_floats, shared_supports
from raymenu.solvers.large_market.master import Master
from raymenu.solvers.large_market.oracles import Oracles, Question
from raymenu.solvers.large_market.resources import Resources
from raymenu.solvers.support import SupportResult
from raymenu.stopping import asked

Floats = NDArray[np.float64]
LOG = logging.getLogger(__name__)
Progress = Callable[[int, float, float], None]

ORACLE_SHARE = 0.5
"""Share of the allowed gap left to the oracle's own gaps; the rest is for prices that are not yet optimal."""
EARLY_SHARE = 0.1
"""Early rounds need good columns, not tight bounds: the oracle may leave this share of the current gap."""
STEP = 0.5
"""Prices are asked for between the best so far and the master's (in-out separation, Ben-Ameur & Neto 2007)."""
AIM = 1 - 1e-6
"""The search aims a little below the gap: the cost is recomputed from the lotteries, and must keep it."""


class RowGeneration:
    """The state of the search: columns known, best prices, and the interval [lower, upper] around V.

    ``upper`` is the value of the master, that is the cost of a lottery over the columns; ``lower`` was proven at
    ``best_prices``. Before any oracle is asked it is the first-best cost, since S_j(w) = 0 for w <= 0.
    """

    def __init__(
        self,
        instance: Instance,
        types: list[FiniteTypes],
        method: str,
        rel_gap: float,
        checkpoint: str | Path | None = None,
        backend: str = "highs",
    ) -> None:
        self.instance = instance
        self.method = method
        self.rel_gap = rel_gap
        self.rounds = 0
        self.stalled = False
        """Whether the last round changed nothing: the oracle stopped short of its gap, and would do so again."""
        self.groups = shared_supports(instance, types)
        self.resources = Resources(instance)
        self.best_prices: Floats = np.append(instance.performance.min(axis=0), np.zeros(len(self.resources.rows)))
        """lambda, and then the prices of joint rules."""
        self.tilts: Floats = np.zeros(instance.performance.shape)
        """At the best prices, the tilt of each row's question."""
        self.support_bounds: Floats = np.zeros(instance.n_agents)
        """At the best prices, an upper bound of each row's S_j: what ``lower`` rests on."""
        self.lower = proven_lower(instance, self.best_prices, self.support_bounds)
        self._radius = float(np.ptp(instance.performance)) or 1.0
        self._held_back = False
        self._centre = self.best_prices
        """Where the next prices start from: the best ones, or those that were known beforehand."""
        self._first: Floats | None = None
        """Prices of a checkpoint, asked for again before all others: its bound is proven, not believed."""
        self._master = Master(instance, self.groups, backends.backend(backend, needs=Feature.LINEAR))
        self._checkpoint = Checkpoint(checkpoint, instance, types) if checkpoint is not None else None
        if self._checkpoint is not None:
            self._restore(self._checkpoint)
        self._solve_master()

    @property
    def closed(self) -> bool:
        """Whether the interval is as narrow as asked for."""
        return self.upper - self.lower <= AIM * self.rel_gap * abs(self.upper)

    def run(
        self,
        oracles: Oracles,
        time_limit: float | None = None,
        max_rounds: int | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        """Rounds of prices until the interval is closed, nothing changes any more, or a limit is reached.

        Parameters
        ----------
        time_limit
            Seconds from now.
        max_rounds
            Rounds in all.
        on_progress
            Called after each round with (round, lower, upper).
        """
        end = None if time_limit is None else time.perf_counter() + time_limit
        while not (self.closed or self.stalled or self.rounds == max_rounds):
            left = None if end is None else end - time.perf_counter()
            if asked() or (left is not None and left <= 0):
                break
            self.step(oracles, left)
            LOG.info("round %d: %.9g <= V <= %.9g", self.rounds, self.lower, self.upper)
            if on_progress is not None:
                on_progress(self.rounds, self.lower, self.upper)

    def step(self, oracles: Oracles, time_limit: float | None = None) -> None:
        """One round: choose prices, ask every agent's oracle there, take in the bound and the new columns.

        ``time_limit`` is for the whole round: many questions asked in few threads share it.
        """
        deadline = None if time_limit is None else time.time() + time_limit
        resumed, gap = self._first is not None, self._allowed_gap() / int(self.instance.copies.sum())
        prices = self._next_prices()
        w, tilts = self._questioned(prices)
        questions: dict[tuple[int, bytes], Question] = {}
        keys: list[tuple[int, bytes]] = [(0, b"")] * self.instance.n_agents
        for g, group in enumerate(self.groups):
            for j in group.rows:
                keys[j] = (g, w[j].tobytes())
                asked = Question(group.types, group.endowment, w[j], self.method, gap, deadline, group.region)
                questions[keys[j]] = asked
        answers = dict(zip(questions, oracles.ask(list(questions.values()))))
        self.rounds += 1
        bounded = self._take_bound(prices, tilts, w, [answers[key] for key in keys])
        learnt = [self.groups[g].learn(found.menu) for (g, _), found in answers.items()]
        self.stalled = not (bounded or resumed) and not any(learnt)
        self._solve_master()
        if self._checkpoint is not None:
            menus = [group.menus for group in self.groups]
            self._checkpoint.save(self.best_prices, self.rounds, menus)

    def take(self, prices: Floats, menus: list[list[Menu]]) -> None:
        """Go on from prices, lambda or with those of joint rules, and menus (one list a row) known beforehand."""
        for group in self.groups:
            for menu in [menu for j in group.rows for menu in menus[j]]:
                group.learn(menu)
        unknown = np.zeros(self.best_prices.size - prices.size)
        self._centre, self.rounds = np.append(prices, unknown), 1
        self._solve_master()

    def lotteries(self) -> list[Lottery]:
        """The solution of (5) over the columns known: one lottery over menus per row, weights summing to 1 exactly."""
        return self._master.lotteries()

    def _allowed_gap(self) -> float:
        """What all oracles together may leave open in this round."""
        early = EARLY_SHARE * (self.upper - self.lower) if self._first is None else 0.0
        return max(ORACLE_SHARE * self.rel_gap * abs(self.upper), early)

    def _next_prices(self) -> Floats:
        if self._first is not None:
            prices, self._first = self._first, None
            return prices
        if self.rounds == 0:
            return self._central_prices()
        way = self._master.prices - self._centre
        # The first masters know few columns and propose prices far beyond any performance: hold them back.
        length = float(np.abs(way).max())
        self._held_back = STEP * length > self._radius
        step = self._radius / length if self._held_back else STEP
        return self._centre + step * way

    def _central_prices(self) -> Floats:
        # Each task at its mean social cost under the endowment: every w_j is then near a tie, where trade starts.
        held = self.instance.copies[:, None] * self.instance.endowment
        mean: Floats = (held * self.instance.performance).sum(axis=0) / held.sum(axis=0)
        return np.append(mean, np.zeros(len(self.resources.rows)))

    def _questioned(self, prices: Floats) -> tuple[Floats, Floats]:
        """The w that each row's oracle is asked at, (J, I), and the tilt in it.

        Tilts lean towards what the master's lotteries give each agent more or less of.
        """
        worth, moving = self.resources.worth(prices)
        tilts = np.zeros_like(moving)
        if self.resources.counts_changes and self.rounds:
            lotteries = self._master.lotteries()
            types = {j: group.types for group in self.groups for j in group.rows}
            expected = [
                sum(p * assignment_in_floats(menu, types[j]) for p, menu in lottery)
                for j, lottery in enumerate(lotteries)
            ]
            tilts = moving * np.sign(np.array(expected) - self.instance.status_quo)
        return worth - self.instance.performance + tilts, tilts

    def _take_bound(self, prices: Floats, tilts: Floats, w: Floats, answers: list[SupportResult]) -> bool:
        inst = self.instance
        bounds = np.array(
            [
                stated_bound(found.upper, own, eta) - tilted(tilt, sigma)
                for found, own, eta, tilt, sigma in zip(answers, w, inst.endowment, tilts, inst.status_quo)
            ]
        )
        value = proven_lower(inst, prices, bounds)
        better = value > self.lower
        if better:
            self.lower, self.best_prices, self.support_bounds, self.tilts = value, prices, bounds, tilts
            self._centre = prices
            if self._held_back:
                self._radius *= 2
        return better

    def _solve_master(self) -> None:
        self._master.solve(self.rel_gap)
        self.upper = self._master.value

    def _restore(self, checkpoint: Checkpoint) -> None:
        stored = checkpoint.load()
        if stored is None:
            return
        self._first, self.rounds, menus = stored
        checkpoint.require(self.groups, self.resources, self._first, menus)
        for group, known in zip(self.groups, menus):
            for menu in known:
                group.learn(menu)
