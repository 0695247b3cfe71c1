"""The master of row generation: program (6) over the columns known, in a form that does not grow with the agents.

Rows of the instance are put together into parts, each row a part of its own where there are at most ``MOST_PARTS``. A
column of a part is a choice of one known column for each of its rows, added up. Which choices matter is found by
asking: at the master's prices each row's best known column is one product of matrices, and where their sum is worth
more than the part is thought to be worth, it becomes a column. At the end of such asking the value is that of the
master in which every row has all its columns; at any time the multipliers are lotteries, whose cost bounds V above.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms.menus.lotteries import Lottery, Probability
from raymenu.models.large_market.dual import add_column, price_model
from raymenu.models.large_market.outer import lottery_model
from raymenu.solvers.backends import Backend, solve_to_optimality
from raymenu.solvers.backends.cutting_plane import CuttingPlaneLP
from raymenu.solvers.large_market.columns import SharedSupport
from raymenu.solvers.large_market.resources import Resources

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_PARTS = 400
MOST_ASKED = 25
"""Rounds of asking for columns of parts at one set of known columns."""
WORTH_ASKING = 1e-3
"""Asking ends where all parts together are worth more than thought by this share of the gap aimed at."""
FORGET = 30
"""Columns of a part on average, above which those that have not been tight for long are forgotten."""
NEGLIGIBLE = 1e-12
"""Lottery weights below this are the linear program's rounding and are dropped."""


class Part:
    """Some rows of the instance, and the columns made of their known columns.

    Attributes
    ----------
    rows, copies, performance
        (n,), (n,), (n, I).
    supports
        (n,), the shared support of each row.
    chosen, totals, costs
        For each column of the part: which column each row takes (n,), what all copies use together of the tasks and the
        joint rules (I + R,), its social cost.
    """

    def __init__(
        self, instance: Instance, members: list[tuple[int, SharedSupport]], resources: Resources | None
    ) -> None:
        self._resources = resources
        self.rows = np.array([j for j, _ in members])
        self.supports = [support for _, support in members]
        self.copies = instance.copies[self.rows].astype(float)
        self.performance = instance.performance[self.rows]
        self.chosen: list[Ints] = []
        self.totals: list[Floats] = []
        self.costs: list[float] = []
        self._made: set[bytes] = set()
        self._moved: dict[int, list[Floats]] = {}
        self._distinct = list({id(support): support for support in self.supports}.values())
        place = {id(support): k for k, support in enumerate(self._distinct)}
        self._of = np.array([place[id(support)] for support in self.supports])
        self.refresh()

    def refresh(self) -> None:
        """Take note of columns learnt: (distinct supports, K, I), short lists filled up with their first column."""
        most = max(len(support.menus) for support in self._distinct)
        tables = [self._features(support) for support in self._distinct]
        self._table = np.stack([np.vstack([t, np.repeat(t[:1], most - len(t), axis=0)]) for t in tables])

    def _features(self, support: SharedSupport) -> Floats:
        """(K, C), a shared support's columns: expected assignments, and what is moved where a joint rule counts it."""
        if self._resources is None or not self._resources.counts_changes:
            return support.columns
        known = self._moved.setdefault(id(support), [])
        for menu in support.menus[len(known) :]:
            known.append(self._resources.moved(support.rows[0], menu, support.types))
        return np.hstack([support.columns, np.array(known)])

    def best(self, prices: Floats) -> tuple[Ints, float]:
        """The best known column of each row at prices, and what all are worth together."""
        if self._resources is None:
            w = prices - self.performance
        else:
            worth, moving = self._resources.worth(prices)
            w = worth[self.rows] - self.performance
            if self._resources.counts_changes:
                w = np.hstack([w, moving[self.rows]])
        if len(self._distinct) == 1:
            worth = w @ self._table[0].T
        else:
            worth = np.einsum("nki,ni->nk", self._table[self._of], w)
        chosen: Ints = worth.argmax(axis=1)
        return chosen, float(self.copies @ worth[np.arange(chosen.size), chosen])

    def add(self, chosen: Ints) -> bool:
        """Make a column of a choice; False where it is one already."""
        if chosen.tobytes() in self._made:
            return False
        self._made.add(chosen.tobytes())
        features = self._table[self._of, chosen]
        y = features[:, : self.performance.shape[1]]
        self.chosen.append(chosen)
        self.totals.append(self.copies @ (y if self._resources is None else self._used(features)))
        self.costs.append(float(self.copies @ (self.performance * y).sum(axis=1)))
        return True

    def _used(self, features: Floats) -> Floats:
        """(n, I + R), what one agent of each row uses."""
        if self._resources is None:
            return features
        tasks = self.performance.shape[1]
        moved = features[:, tasks:] if self._resources.counts_changes else np.zeros((len(features), tasks))
        used = [self._resources.used(j, y, d) for j, y, d in zip(self.rows.tolist(), features[:, :tasks], moved)]
        return np.array(used)

    def keep(self, which: Ints) -> None:
        """Forget all other columns."""
        self.chosen = [self.chosen[k] for k in which]
        self.totals = [self.totals[k] for k in which]
        self.costs = [self.costs[k] for k in which]
        self._made = {chosen.tobytes() for chosen in self.chosen}


class Master:
    """Program (6) over all columns known of every row.

    Attributes
    ----------
    value
        The master's value: an upper bound on V.
    prices
        (I + R,), its multipliers: lambda, then those of the joint rules, at most 0 where less may be used.
    """

    def __init__(self, instance: Instance, groups: list[SharedSupport], solver: Backend) -> None:
        self.instance, self._solver = instance, solver
        self.resources = Resources(instance)
        self.parts = _parts(instance, groups, self.resources if self.resources.rows else None)
        for part in self.parts:
            # Every shared support starts from the endowment and the empty assignment: the program is bounded by them.
            for k in range(2):
                part.add(np.array([min(k, len(support.menus) - 1) for support in part.supports]))
        self._build()

    def _build(self) -> None:
        ones = np.ones(len(self.parts))
        self._model = price_model(self.resources.limits, ones, self._exact)
        for p, part in enumerate(self.parts):
            for total, cost in zip(part.totals, part.costs):
                add_column(self._model, p, total, cost)
        self._program = CuttingPlaneLP(self._model, self._solver)

    @property
    def _exact(self) -> NDArray[np.bool_] | None:
        return self.resources.equal if self.resources.rows else None

    def solve(self, rel_gap: float) -> None:
        """Find prices and value; ``rel_gap`` is what the interval around V is to shrink to, relative to V."""
        for part in self.parts:
            part.refresh()
        for _ in range(MOST_ASKED):
            # Its point only proposes prices: the interval rests on the oracles' bounds and the lotteries' cost.
            self._program.solve(proven=False)
            self.value = float(self._program.result.objective or 0.0)
            self.prices: Floats = self.resources.allowed(self._program.values(self._model.price.values()))
            thought = self._program.values(self._model.support.values())
            asked = [part.best(self.prices) for part in self.parts]
            missing = np.maximum(np.array([worth for _, worth in asked]) - thought, 0.0)
            enough = WORTH_ASKING * rel_gap * abs(self.value)
            if missing.sum() <= enough:
                break
            new = []
            for p in np.flatnonzero(missing > 0.1 * enough / len(self.parts)):
                part = self.parts[p]
                if part.add(asked[p][0]):
                    new.append(add_column(self._model, int(p), part.totals[-1], part.costs[-1]))
            if not new:
                break
            self._program.add(new)
        if sum(len(part.costs) for part in self.parts) > FORGET * len(self.parts):
            self._forget(thought)

    def _forget(self, thought: Floats) -> None:
        """Leave out columns that are far from tight, and build the program anew."""
        for p, part in enumerate(self.parts):
            slack = thought[p] - (np.array(part.totals) @ self.prices - np.array(part.costs))
            part.keep(np.sort(np.argsort(slack, kind="stable")[: FORGET // 3]))
        self._build()

    def lotteries(self) -> list[Lottery]:
        """The solution of (5) over the columns of the parts: a lottery per row, weights summing to 1 exactly."""
        columns, costs = [part.totals for part in self.parts], [part.costs for part in self.parts]
        m = lottery_model(self.resources.limits, np.ones(len(self.parts)), columns, costs, self._exact)
        solve_to_optimality(m, self._solver, "outer program (5)")
        result: list[Lottery] = [[]] * self.instance.n_agents
        for p, part in enumerate(self.parts):
            weights = [(k, Fraction(max(m.weight[p, k].value, 0.0))) for k in range(len(part.chosen))]
            kept = [(k, weight) for k, weight in weights if weight > NEGLIGIBLE]
            total = sum((weight for _, weight in kept), Fraction(0))
            for n, j in enumerate(part.rows.tolist()):
                shares: dict[int, Fraction] = {}
                for k, weight in kept:
                    own = int(part.chosen[k][n])
                    shares[own] = shares.get(own, Fraction(0)) + weight / total
                menus = part.supports[n].menus
                result[j] = [(Probability(share), menus[own]) for own, share in shares.items()]
        return result


def _parts(instance: Instance, groups: list[SharedSupport], resources: Resources | None) -> list[Part]:
    """Rows of one shared support beside each other, put together so that there are at most ``MOST_PARTS`` parts."""
    members = [(j, group) for group in groups for j in group.rows]
    share = -(-len(members) // MOST_PARTS)
    return [Part(instance, members[start : start + share], resources) for start in range(0, len(members), share)]
