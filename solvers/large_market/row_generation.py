"""Row generation on program (6): prices out, menus and bounds in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.lotteries import Lottery, Probability
from raymenu.models.large_market.dual import add_column, dual
from raymenu.models.large_market.outer import outer
from raymenu.solvers.backends import Feature, backend, solve_to_optimality
from raymenu.solvers.large_market.bounds import proven_lower, stated_bound
from raymenu.solvers.large_market.checkpoint import Checkpoint
from raymenu.solvers.large_market.oracles import Oracles, Question
from raymenu.solvers.support import SupportResult

Floats = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

ORACLE_SHARE = 0.5
"""Share of the allowed gap left to the oracle's own gaps; the rest is for prices that are not yet optimal."""
EARLY_SHARE = 0.1
"""Early rounds need good columns, not tight bounds: the oracle may leave this share of the current gap."""
STEP = 0.5
"""Prices are asked for between the best so far and the master's (in-out separation, Ben-Ameur & Neto 2007)."""
PRECISE = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "small_matrix_value": 1e-12,
}
"""For HiGHS: columns hold what is left of a task after nearly all of it was given up, which it would ignore."""
AIM = 1 - 1e-6
"""The search aims a little below the gap: the cost is recomputed from the lotteries, and must keep it."""
NEGLIGIBLE = 1e-12
"""Lottery weights below this are the linear program's rounding and are dropped."""


@dataclass
class Group:
    """Rows with the same types and endowment: they share one support function, its columns and its bounds."""

    types: FiniteTypes
    endowment: Floats
    rows: list[int]
    menus: list[Menu] = field(default_factory=list)
    columns: list[Floats] = field(default_factory=list)


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
    ) -> None:
        self.instance = instance
        self.method = method
        self.rel_gap = rel_gap
        self.rounds = 0
        self.stalled = False
        """Whether the last round changed nothing: the oracle stopped short of its gap, and would do so again."""
        self.groups = _groups(instance, types)
        self.best_prices: Floats = instance.performance.min(axis=0)
        self.support_bounds: Floats = np.zeros(instance.n_agents)
        """At the best prices, an upper bound of each row's S_j: what ``lower`` rests on."""
        self.lower = proven_lower(instance, self.best_prices, self.support_bounds)
        self._radius = float(np.ptp(instance.performance)) or 1.0
        self._held_back = False
        self._solver = backend("highs", needs=Feature.LINEAR)
        empty: list[list[Floats]] = [[] for _ in range(instance.n_agents)]
        self._master = dual(instance, empty)
        for group in self.groups:
            self._learn(group, Menu(group.endowment))
            self._learn(group, Menu.remedial(group.endowment, np.zeros(instance.n_tasks)))
        self._checkpoint = Checkpoint(checkpoint, instance, types) if checkpoint is not None else None
        if self._checkpoint is not None:
            self._restore(self._checkpoint)
        self._solve_master()

    @property
    def closed(self) -> bool:
        """Whether the interval is as narrow as asked for."""
        return self.upper - self.lower <= AIM * self.rel_gap * abs(self.upper)

    def step(self, oracles: Oracles, time_limit: float | None = None) -> None:
        """One round: choose prices, ask every agent's oracle there, take in the bound and the new columns.

        ``time_limit`` is for the whole round: many questions asked in few threads share it.
        """
        deadline = None if time_limit is None else time.time() + time_limit
        prices = self._next_prices()
        allowed = max(ORACLE_SHARE * self.rel_gap * abs(self.upper), EARLY_SHARE * (self.upper - self.lower))
        questions: dict[tuple[int, bytes], Question] = {}
        keys: list[tuple[int, bytes]] = [(0, b"")] * self.instance.n_agents
        for g, group in enumerate(self.groups):
            for j in group.rows:
                w = prices - self.instance.performance[j]
                keys[j] = (g, w.tobytes())
                gap = allowed / int(self.instance.copies.sum())
                questions[keys[j]] = Question(group.types, group.endowment, w, self.method, gap, deadline)
        answers = dict(zip(questions, oracles.ask(list(questions.values()))))
        self.rounds += 1
        bounded = self._take_bound(prices, [answers[key] for key in keys])
        learnt = [self._learn(self.groups[g], found.menu) for (g, _), found in answers.items()]
        self.stalled = not bounded and not any(learnt)
        self._solve_master()
        if self._checkpoint is not None:
            menus = [group.menus for group in self.groups]
            self._checkpoint.save(self.best_prices, self.support_bounds, self.rounds, menus)

    def lotteries(self) -> list[Lottery]:
        """The solution of (5) over the columns known: one lottery over menus a row, weights summing to 1 exactly."""
        rows: list[Group] = [self.groups[0]] * self.instance.n_agents
        for group in self.groups:
            for j in group.rows:
                rows[j] = group
        model = outer(self.instance, [group.columns for group in rows])
        solve_to_optimality(model, backend("highs", needs=Feature.LINEAR), "outer program (5)", options=PRECISE)
        result: list[Lottery] = []
        for j, group in enumerate(rows):
            weights = [max(model.weight[j, k].value, 0.0) for k in range(len(group.columns))]
            kept = [(Fraction(weight), menu) for weight, menu in zip(weights, group.menus) if weight > NEGLIGIBLE]
            total = sum((weight for weight, _ in kept), Fraction(0))
            result.append([(Probability(weight / total), menu) for weight, menu in kept])
        return result

    def _next_prices(self) -> Floats:
        if self.rounds == 0:
            return self._central_prices()
        way = self.master_prices - self.best_prices
        # The first masters know few columns and propose prices far beyond any performance: hold them back.
        length = float(np.abs(way).max())
        self._held_back = STEP * length > self._radius
        step = self._radius / length if self._held_back else STEP
        return self.best_prices + step * way

    def _central_prices(self) -> Floats:
        # Each task at its mean social cost under the endowment: every w_j is then near a tie, where trade starts.
        held = self.instance.copies[:, None] * self.instance.endowment
        mean: Floats = (held * self.instance.performance).sum(axis=0) / held.sum(axis=0)
        return mean

    def _take_bound(self, prices: Floats, answers: list[SupportResult]) -> bool:
        inst = self.instance
        bounds = np.array(
            [
                stated_bound(found.upper, prices - pi, eta)
                for found, pi, eta in zip(answers, inst.performance, inst.endowment)
            ]
        )
        value = proven_lower(inst, prices, bounds)
        better = value > self.lower
        if better:
            self.lower, self.best_prices, self.support_bounds = value, prices, bounds
            if self._held_back:
                self._radius *= 2
        return better

    def _learn(self, group: Group, menu: Menu) -> bool:
        y = menu.expected_assignment(group.types)
        if any((y == known).all() for known in group.columns):
            return False
        group.menus.append(menu)
        group.columns.append(y)
        for j in group.rows:
            add_column(self._master, j, y)
        return True

    def _solve_master(self) -> None:
        solve_to_optimality(self._master, self._solver, "dual program (6)", options=PRECISE)
        self.upper = float(pyo.value(self._master.value))
        self.master_prices: Floats = np.array([self._master.price[i].value for i in self._master.TASKS])

    def _restore(self, checkpoint: Checkpoint) -> None:
        stored = checkpoint.load()
        if stored is None:
            return
        self.best_prices, self.support_bounds, self.rounds, menus = stored
        self.lower = proven_lower(self.instance, self.best_prices, self.support_bounds)
        for group, known in zip(self.groups, menus):
            for menu in known:
                self._learn(group, menu)


def _groups(instance: Instance, types: list[FiniteTypes]) -> list[Group]:
    groups: dict[tuple[int, bytes], Group] = {}
    distinct: list[FiniteTypes] = []
    for j, own in enumerate(types):
        same = next((known for known in distinct if known.same_as(own)), None)
        if same is None:
            distinct.append(own)
            same = own
        endowment = instance.endowment[j]
        groups.setdefault((id(same), endowment.tobytes()), Group(same, endowment, [])).rows.append(j)
    return list(groups.values())
