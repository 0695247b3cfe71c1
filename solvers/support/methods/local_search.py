"""Menus by coordinate ascent from many starts: a lower bound, and with the packing bound an interval, for any I."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.exact.certify import finish
from raymenu.solvers.support.packing_bound import packing_bound
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult
from raymenu.solvers.support.search.ascent import SLACK, climb
from raymenu.stopping import over

Floats = NDArray[np.float64]
STARTS = 24
KICKS = 24
"""Random changes to the best menu, one after the other without success, after which the search ends."""
SWEEPS = 40
SAMPLE = 400
"""Types that climbs see; the best menus go on with all of them."""
FINALISTS = 3
MOST_ANCHORS = 3


def solve_local_search(task: SupportQuestion, limits: Limits) -> SupportResult:
    """The best menu found: a lower bound on S(w) only."""
    return _solve(task, limits, "local-search", math.inf)


def solve_packing(task: SupportQuestion, limits: Limits) -> SupportResult:
    """The best menu found, and the packing bound: an interval, wide but quick at any number of tasks."""
    return _solve(task, limits, "packing", None)


def _solve(task: SupportQuestion, limits: Limits, method: str, bound: float | None) -> SupportResult:
    start = time.perf_counter()
    deadline = math.inf if limits.time_limit is None else start + limits.time_limit
    value = float(task.endowment_value)
    certified = bound is None
    upper = min(packing_bound(task), task.first_bound) if bound is None else bound

    def tell(gain: float) -> None:
        if limits.on_progress is not None:
            limits.on_progress(value + gain, value + upper)

    best, gain, climbs = best_menu(task, [menu.rays for menu in limits.known if menu.kind == "rays"], deadline, tell)
    gain = max(gain, task.remedial_gain)
    return finish(task, limits, method, best, gain, upper, certified, start, {"climbs": climbs})


def best_menu(
    task: SupportQuestion,
    known: list[Floats],
    deadline: float = math.inf,
    tell: Callable[[float], None] = lambda gain: None,
) -> tuple[Floats, float, int]:
    """The best menu of several climbs, its gain, and how often it climbed.

    Climbs start at known menus' rays and at random, then at random changes of the best. On many types they see every
    so-manieth, and the best few go on with all.
    """
    if not (task.endowment > 0).any() or not (task.w > 0).any():
        return np.zeros((0, task.w.size)), 0.0, 0
    rng = np.random.default_rng(0)
    step = -(-task.types.size // SAMPLE)
    few = Climber(task, step)
    best, best_gain, climbs, failed = np.zeros((0, task.w.size)), 0.0, 0, 0
    finalists: list[Floats] = []
    while failed < KICKS:
        if climbs < len(known):
            rays = few.scaled(known[climbs])
        elif climbs < len(known) + STARTS:
            rays = few.start(rng, np.zeros((0, task.w.size)), int(rng.integers(1, MOST_ANCHORS + 1)))
        else:
            rays = few.kicked(rng, best)
            failed += 1
        gain = few.climb(rays)
        climbs += 1
        if gain > best_gain * (1 + 1e-9):
            best, best_gain, failed = rays, gain, 0
            finalists = [rays, *finalists[: FINALISTS - 1]]
            if step == 1:
                tell(gain)
        if over(deadline):
            break
    if step > 1:
        everyone, best_gain = Climber(task, 1), 0.0
        for rays in finalists:
            gain = everyone.climb(rays)
            if gain > best_gain:
                best, best_gain = rays, gain
                tell(gain)
            if over(deadline):
                break
    return best * few.unit, best_gain, climbs


class Climber:
    """Menus of one question in the units of ``search.ascent``, on every ``step``-th type."""

    def __init__(self, task: SupportQuestion, step: int) -> None:
        self.held = task.endowment > 0
        self.unit = np.where(self.held, task.endowment, 1.0)
        self.w = task.w * self.unit
        self.costs = task.costs[::step] * self.unit
        self.cost = np.ascontiguousarray(self.costs.T)
        self.weight = np.array(task.weights[::step] / task.weights[::step].sum())

    def climb(self, rays: Floats) -> float:
        """Improve a menu in place; its gain."""
        return float(climb(self.cost, self.weight, self.w, self.held, rays, SWEEPS))

    def scaled(self, rays: Floats) -> Floats:
        """A menu's rays in these units, a little clear of what polarization allows."""
        scaled: Floats = np.ascontiguousarray(rays / self.unit)
        return np.where(scaled > 0, scaled * (1 + SLACK), np.maximum(scaled, -1.0))

    def kicked(self, rng: np.random.Generator, rays: Floats) -> Floats:
        """A menu with one ray fewer, or one more, or one drawn anew."""
        change = rng.integers(3)
        kept = rays if change == 0 or not len(rays) else np.delete(rays, rng.integers(len(rays)), axis=0)
        return self.start(rng, kept, len(kept) + int(change < 2))

    def start(self, rng: np.random.Generator, rays: Floats, size: int) -> Floats:
        """Polarized rays besides given ones: each gives up an anchor, and others wholly, for a random mixture."""
        menu = list(rays)
        free: list[int] = np.flatnonzero(self.held & ~(rays < 0).any(axis=0)).tolist()
        for a in rng.permutation(free):
            if len(menu) >= size:
                break
            ray = self.random_ray(rng, int(a), [i for i in free if all(other[i] >= 0 for other in menu)])
            if ray is not None and self.polarize(ray, menu):
                menu.append(ray)
        return np.array(menu).reshape(-1, self.w.size)

    def random_ray(self, rng: np.random.Generator, anchor: int, free: list[int]) -> Floats | None:
        """A ray that gives up ``anchor`` and some of the ``free`` tasks for a mixture of tasks with w > 0."""
        if anchor not in free:
            return None
        drawn = np.array([i == anchor or rng.random() < (0.5 if self.w[i] > 0 else 0.9) for i in free])
        give = np.array(free)[drawn]
        take = np.setdiff1d(np.flatnonzero(self.w > 0), give)
        if not take.size:
            give = np.array([anchor])
            take = np.setdiff1d(np.flatnonzero(self.w > 0), give)
        if not take.size:
            return None
        ray = np.zeros(self.w.size)
        ray[give] = -1.0
        ray[take] = rng.dirichlet(np.full(take.size, 0.5)) / self.w[take]
        ray[take] *= np.median(self.costs[:, give].sum(axis=1) / (self.costs[:, take] @ ray[take]))
        return ray

    def polarize(self, ray: Floats, others: list[Floats]) -> bool:
        """Raise what a ray takes up until it is polarized with others; False where that cannot be."""
        for other in others:
            for b in np.flatnonzero(other < 0):
                for a in np.flatnonzero(ray < 0):
                    if other[a] <= 0:
                        return False
                    ray[b] = max(ray[b], ray[a] * other[b] / other[a] * (1 + SLACK))
        return True
