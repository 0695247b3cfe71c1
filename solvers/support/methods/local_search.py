"""A lower bound by hand: from many starts, one coordinate of one ray after the other, each at its exact best.

With the rest of the menu fixed, type s accepts iff ``kappa_i <= b_s``, so the best value of one coordinate is one of
the b_s (where w_i > 0) or the least polarization allows (where w_i <= 0: less is accepted by more types and pays more).
The scale of what a ray takes up is searched in the same way. Every move keeps the menu polarized.
"""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.exact.certify import finish
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult

Floats = NDArray[np.float64]
STARTS = 24
SWEEPS = 40
SAMPLE = 1000
SLACK = 1e-12
"""Share by which coordinates stay clear of what polarization allows, for rounding."""


def solve_local_search(task: SupportQuestion, limits: Limits) -> SupportResult:
    """The best menu of several climbs; on many types the climbs see every so-manieth, the best goes on with all."""
    start = time.perf_counter()
    deadline = math.inf if limits.time_limit is None else start + limits.time_limit
    rng = np.random.default_rng(0)
    held = np.flatnonzero(task.endowment > 0)
    step = -(-task.types.size // SAMPLE)
    few = _Climber(task, task.costs[::step], task.weights[::step] / task.weights[::step].sum())
    best, best_gain = np.zeros((0, task.w.size)), 0.0
    climbs = 0
    for _ in range(STARTS if held.size and (task.w > 0).any() else 0):
        rays = few.climb(few.start(rng.permutation(held)[: rng.integers(1, 4)], rng), deadline)
        climbs += 1
        gain = few.gain(rays)
        if gain > best_gain:
            best, best_gain = rays, gain
            if limits.on_progress is not None and step == 1:
                limits.on_progress(float(task.endowment_value) + gain, math.inf)
        if time.perf_counter() > deadline:
            break
    everyone = few if step == 1 else _Climber(task, task.costs, task.weights)
    if step > 1:
        best = everyone.climb(best, deadline)
    gain = max(everyone.gain(best), float(-np.minimum(task.w, 0.0) @ task.endowment))
    return finish(task, limits, "local-search", best, gain, math.inf, False, start, {"climbs": climbs})


class _Climber:
    """Coordinate ascent on given types."""

    def __init__(self, task: SupportQuestion, costs: Floats, weights: Floats) -> None:
        self.eta, self.w, self.costs, self.weights = task.endowment, task.w, costs, weights

    def gain(self, rays: Floats) -> float:
        """sum_k Pr[c . kappa^k <= 0] (w . kappa^k)^+; what is accepted to within rounding counts."""
        return float(sum(self.ray_gain(ray) for ray in rays))

    def ray_gain(self, ray: Floats) -> float:
        worth = float(self.w @ ray)
        if worth <= 0:
            return 0.0
        close = 1e-13 * (self.costs @ np.abs(ray))
        return worth * float(self.weights[self.costs @ ray <= close].sum())

    def start(self, anchors: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """A polarized menu: each anchor is given up for a random mixture, if it can be polarized with those before."""
        rays: list[Floats] = []
        for a in anchors:
            ray = np.zeros(self.w.size)
            ray[a] = -self.eta[a]
            take = np.flatnonzero((np.arange(self.w.size) != a) & (self.w > 0))
            if not take.size:
                continue
            # Other tasks not yet given up may be given up too, wholly, and one at least is taken up.
            free = [i for i in np.flatnonzero(self.eta > 0) if i != a and all(other[i] >= 0 for other in rays)]
            drawn = [i for i in free if rng.random() < 0.5]
            take = np.setdiff1d(take, drawn) if np.setdiff1d(take, drawn).size else take[:1]
            give = np.setdiff1d(drawn, take).astype(np.int64)
            ray[give] = -self.eta[give]
            ray[take] = rng.dirichlet(np.full(take.size, 0.5)) / self.w[take]
            relief = -(self.costs @ np.minimum(ray, 0.0))
            ray[take] *= np.median(relief / (self.costs[:, take] @ ray[take]))
            for other in rays:
                for b in np.flatnonzero(other < 0):
                    for i in np.flatnonzero(ray < 0):
                        ray[b] = max(ray[b], ray[i] * other[b] / other[i] * (1 + SLACK) if other[i] > 0 else math.inf)
            if np.isfinite(ray).all():
                rays.append(self.rescale(ray, rays))
        return np.array(rays).reshape(-1, self.w.size)

    def climb(self, rays: Floats, deadline: float) -> Floats:
        """Until a sweep over all coordinates gains nothing, or the deadline."""
        rays = rays.copy()
        total = self.gain(rays)
        for _ in range(SWEEPS):
            for k in range(rays.shape[0]):
                others = [ray for m, ray in enumerate(rays) if m != k]
                for i in range(self.w.size):
                    rays[k] = self.best_coordinate(rays[k], i, others)
                rays[k] = self.rescale(rays[k], others)
                if time.perf_counter() > deadline:
                    return rays
            after = self.gain(rays)
            if after <= total * (1 + 1e-9):
                break
            total = after
        return rays

    def best_coordinate(self, ray: Floats, i: int, others: list[Floats]) -> Floats:
        """The ray with its coordinate i at its best."""
        least = self.least(ray, i, others)
        rest = ray.copy()
        rest[i] = 0.0
        accepted_up_to = -(self.costs @ rest) / self.costs[:, i]
        candidate = ray.copy()
        candidate[i] = least
        if self.w[i] > 0:
            found = self.posted(float(self.w @ rest), self.w[i], accepted_up_to, least)
            if found is None:
                return ray
            candidate[i] = found
        return candidate if self.ray_gain(candidate) >= self.ray_gain(ray) else ray

    def rescale(self, ray: Floats, others: list[Floats]) -> Floats:
        """The ray with what it takes up scaled at its best."""
        up, down = np.maximum(ray, 0.0), np.minimum(ray, 0.0)
        if not (self.w @ up > 0):
            return ray
        least = 0.0
        for other in others:
            for a in np.flatnonzero(ray < 0):
                for b in np.flatnonzero(other < 0):
                    if ray[b] > 0 and other[a] > 0:
                        least = max(least, ray[a] * other[b] / other[a] / ray[b] * (1 + SLACK))
        scale = self.posted(float(self.w @ down), float(self.w @ up), -(self.costs @ down) / (self.costs @ up), least)
        if scale is None:
            return ray
        candidate = down + scale * up
        return candidate if self.ray_gain(candidate) >= self.ray_gain(ray) else ray

    def least(self, ray: Floats, i: int, others: list[Floats]) -> float:
        """The least coordinate i may be: -eta_i, and what keeps the ray polarized with the others."""
        least = -float(self.eta[i])
        for other in others:
            if other[i] < 0:
                least = max(least, 0.0)
                for a in np.flatnonzero(ray < 0):
                    if a != i and other[a] > 0:
                        least = max(least, ray[a] * other[i] / other[a] * (1 + SLACK))
            else:
                for b in np.flatnonzero(other < 0):
                    if b != i:
                        least = max(least, -max(ray[b], 0.0) * other[i] / -other[b] * (1 - SLACK))
        return least

    def posted(self, base: float, slope: float, limit: Floats, least: float) -> float | None:
        """The k >= least that maximises (base + slope k) Pr[limit_s >= k], slope > 0; None if nobody accepts it."""
        order = np.argsort(-limit)
        worth = (base + slope * limit[order]) * np.cumsum(self.weights[order])
        worth[limit[order] < least] = -math.inf
        best = int(np.argmax(worth))
        return float(limit[order[best]]) if worth[best] > -math.inf else None
