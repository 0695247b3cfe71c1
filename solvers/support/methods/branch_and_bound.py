"""The certified method: run the compiled search in slices, watch time and memory, hand out its menu and its bound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.exact.certify import finish
from raymenu.solvers.support.exact.polish import Polisher
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult
from raymenu.solvers.support.search.arrays import (
    BOUNDED,
    BRANCHES,
    CELLS,
    CLOSE,
    GAIN,
    GIVEN_UP,
    HEAPS,
    LISTS,
    LOWER,
    MOST_STUCK,
    NODES,
    OPEN,
    RAYS,
    STUCK,
    TOP,
    TREES,
    VISITS,
    Pools,
    Problem,
    grown,
    make_pools,
    nbytes,
)
from raymenu.solvers.support.search.joint.compaction import reclaim
from raymenu.solvers.support.search.joint.joint import DONE, FULL, search, spent
from raymenu.solvers.support.search.joint.menus import raise_gain
from raymenu.solvers.support.search.joint.nodes import take_youngest_first
from raymenu.stopping import over

Floats = NDArray[np.float64]
SLICE = 1_000_000
"""Looks at a type between two looks at the clock: a few hundredths of a second."""
FIRST_POLISH = 3_000_000
"""Looks at a type before menus are first made by linear programs; from then on when they have doubled."""
POLISHED = 3
"""Nodes whose rays are made into menus at once."""
MOST_POLISHED = 5_000
"""Types up to which the linear programs are small enough."""
MEMORY = 700_000_000
"""Bytes the pools may take."""
HALF, MOST_USED = 0.5, 0.9
MOST_TASKS = 10
USED_GAP = 0.97
"""Share of the allowed gap the search uses: the rest is for rounding, and for handing out the menu in floats."""


class Search:
    """One run: ``run`` until closed or out of time; ``gain``, ``bound`` and ``rays`` at any moment."""

    def __init__(self, task: SupportQuestion, rel_gap: float, abs_gap: float, floor: float, known_gain: float) -> None:
        self.task = task
        self.problem = scaled(task, rel_gap, abs_gap, floor)
        self.pools = make_pools(*self.problem.cost.shape)
        self.polisher = Polisher(task)
        self.polish_at = FIRST_POLISH
        self.closed = False
        raise_gain(self.pools, self.problem, known_gain)

    @property
    def gain(self) -> float:
        """Gain of the best known menu, in floats."""
        return float(self.pools.level[GAIN])

    @property
    def bound(self) -> float:
        """What no menu's gain exceeds."""
        level = self.pools.level
        return float(max(level[CLOSE], level[GIVEN_UP], 0.0 if self.closed else level[TOP]))

    @property
    def rays(self) -> Floats:
        """Rays of the best menu found by the search, scaled; none if the known gain was not beaten."""
        return self.pools.menu[: self.pools.counts[RAYS]].copy()

    def run(self, deadline: float, tell: Callable[[float, float], None]) -> None:
        """Search until the gap is closed, the deadline (of ``time.perf_counter``), or memory is used up.

        ``tell(gain, bound)`` is called after every slice of work.
        """
        while not self.closed:
            state = search(self.pools, self.problem, SLICE)
            tell(self.gain, self.bound)
            if state == DONE:
                self.closed = True
                if self.pools.level[GIVEN_UP] > self.pools.level[CLOSE]:
                    self.polish(deadline)
            elif state == FULL and not self.make_room():
                return
            if not self.closed and self.spent > self.polish_at:
                self.polish(deadline)
                self.polish_at = 2 * self.spent
            if over(deadline):
                return

    def make_room(self) -> bool:
        """Longer pools; at the memory limit what can be reclaimed of them; False if that is next to nothing.

        While more than half of a pool is in use, the youngest nodes come first: what they need is soon free again.
        """
        longer = short_pools(self.pools, self.problem)
        if nbytes(self.pools) + sum(nbytes(getattr(self.pools, name)) for name in longer) <= MEMORY:
            self.pools = grown(self.pools, longer)
            return True
        reclaim(self.pools)
        used = share_used(self.pools)
        take_youngest_first(self.pools, used > HALF)
        return used <= MOST_USED and not short_pools(self.pools, self.problem)

    @property
    def spent(self) -> int:
        """The work so far, in looks at a type."""
        return int(spent(self.pools.counts))

    def polish(self, deadline: float) -> None:
        """Make menus of the most promising nodes' rays, which conflict by little: who takes which ray is kept.

        With few types a ray lifted out of a conflict loses the type at its boundary. The search comes arbitrarily close
        to the best menu, price by price, and never finds it; a linear program with its takers does.
        """
        pools, unit = self.pools, np.where(self.task.endowment > 0, self.task.endowment, 1.0)
        if self.task.types.size > MOST_POLISHED:
            return
        left = pools.nodes.stuck[: min(pools.counts[STUCK], MOST_STUCK)]
        trees = np.concatenate([pools.nodes.tree[pools.nodes.heap[: pools.counts[OPEN]]], left])
        gains = np.where(trees >= 0, pools.trees.f[trees, LOWER], 0.0)
        for node in np.argsort(-gains.sum(axis=1), kind="stable")[:POLISHED]:
            if gains[node].sum() > self.gain:
                self.polisher.visit(pools.trees.ray[trees[node][gains[node] > 0]] * unit, deadline=deadline)
        raise_gain(pools, self.problem, float(self.polisher.value - self.task.endowment_value))


def scaled(task: SupportQuestion, rel_gap: float, abs_gap: float, floor: float) -> Problem:
    """The problem in the units of ``arrays``."""
    held = task.endowment > 0
    unit = np.where(held, task.endowment, 1.0)
    w = task.w * unit
    directions, weight = merged(task.costs, task.weights)
    cost = np.ascontiguousarray((directions * unit).T)
    value = w[:, None]
    ratio = np.where(value > 0, cost / np.where(value > 0, value, 1.0), 0.0)
    margin = 1e-14 * float(np.abs(w[held]).sum())
    better = better_tasks(cost, w)
    wanted = w > 0
    for i in np.flatnonzero(wanted):
        wanted[i] = not (better[i] & wanted).any()
    return Problem(
        cost=cost,
        ratio=ratio,
        weight=weight.copy(),  # given ones are read-only, merged ones are not: to the kernels these are two types
        w=w,
        mean=cost.mean(axis=1),
        tolerance=np.array([USED_GAP * rel_gap, USED_GAP * abs_gap, USED_GAP * floor, margin]),
        endowed=bits(held),
        wanted=bits(wanted),
        beaten=np.array([bits(row & wanted) for row in better]),
    )


def bits(members: NDArray[np.bool_]) -> int:
    """A set of tasks as bits."""
    return int(sum(1 << i for i in np.flatnonzero(members).tolist()))


def better_tasks(cost: Floats, w: Floats) -> NDArray[np.bool_]:
    """(I, I), whether task r is better than task i for every type: ``w_i / c_si <= w_r / c_sr``, clear of rounding."""
    least = np.array([[(cost[i] / cost[r]).min() for r in range(w.size)] for i in range(w.size)])
    result: NDArray[np.bool_] = (w > 0) & (w[:, None] * (1 + 1e-12) <= w * least)
    return result & ~np.eye(w.size, dtype=np.bool_)


def merged(costs: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Types of one direction as one type with their weights together; only multiples that are exact in floats.

    Powers of two are taken out of each row, which loses nothing, so that equal directions become equal rows.
    """
    rows = np.ldexp(costs, -np.frexp(costs[:, :1])[1])
    if np.unique(rows[:, 0]).size == rows.shape[0]:
        return costs, weights
    distinct, group = np.unique(rows, axis=0, return_inverse=True)
    together: Floats = np.zeros(distinct.shape[0])
    np.add.at(together, group.reshape(-1), weights)
    return distinct, together


def short_pools(pools: Pools, problem: Problem) -> tuple[str, ...]:
    """The pools that are nearly full."""
    names: list[str] = []
    count = pools.counts
    if count[CELLS] + 100 > pools.cells.f.shape[0]:
        names.append("cells")
    if count[HEAPS] + 1000 > pools.heap.key.shape[0]:
        names.append("heap")
    if count[LISTS] + 2 * problem.cost.shape[1] > pools.lists.shape[0]:
        names.append("lists")
    if count[TREES] + 100 > pools.trees.f.shape[0]:
        names.append("trees")
    if count[NODES] + 100 > pools.nodes.bound.shape[0]:
        names.append("nodes")
    return tuple(names)


def share_used(pools: Pools) -> float:
    """How much of the pool that has least room left is in use."""
    count = pools.counts
    return max(
        count[CELLS] / pools.cells.f.shape[0],
        count[HEAPS] / pools.heap.key.shape[0],
        count[LISTS] / pools.lists.shape[0],
        count[TREES] / pools.trees.f.shape[0],
        count[NODES] / pools.nodes.bound.shape[0],
    )


def solve_branch_and_bound(task: SupportQuestion, limits: Limits) -> SupportResult:
    """S(w) to the gap asked for, certified."""
    start = time.perf_counter()
    deadline = math.inf if limits.time_limit is None else start + limits.time_limit
    known = max((float(task.exact_value(menu) - task.endowment_value) for menu in limits.known), default=0.0)
    found = Search(task, limits.rel_gap, limits.abs_gap, task.floor, max(known, task.remedial_gain))

    def tell(gain: float, bound: float) -> None:
        if limits.on_progress is not None:
            value = float(task.endowment_value)
            limits.on_progress(value + gain, value + min(bound, task.first_bound))

    if task.first_bound > found.bound:
        found.run(deadline, tell)
    else:
        found.closed = True
    unit = np.where(task.endowment > 0, task.endowment, 1.0)
    count = found.pools.counts
    names = {"cells": BOUNDED, "visits": VISITS, "trees": TREES, "nodes": NODES, "branches": BRANCHES, "stuck": STUCK}
    work = {name: int(count[k]) for name, k in names.items()}
    bound = min(found.bound, task.first_bound)
    limits = replace(limits, known=(*limits.known, found.polisher.menu))
    return finish(task, limits, "branch-and-bound", found.rays * unit, found.gain, bound, True, start, work)


def unfit(task: SupportQuestion) -> str | None:
    tasks = task.w.size
    return None if tasks <= MOST_TASKS else f"handles at most {MOST_TASKS} tasks, here are {tasks}"
