"""Menus made of the rays that a node's trees know."""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import CLOSE, GAIN, LOWER, RAYS, Pools, Problem
from raymenu.solvers.support.search.cells.representative import RAISE, lift_ray
from raymenu.solvers.support.search.kernel import NONE, kernel

NEARLY = 1.0 - 2e-12
"""Rays that sit on one price from both sides are polarized but for this much: lifting mends that."""


@kernel
def raise_gain(pools: Pools, problem: Problem, gain: float) -> None:
    """A menu with this gain is known: move the level at which the search closes."""
    pools.level[GAIN] = max(pools.level[GAIN], gain)
    allowed = max(problem.tolerance[1], problem.tolerance[0] * pools.level[GAIN], problem.tolerance[2])
    pools.level[CLOSE] = max(pools.level[CLOSE], pools.level[GAIN] + allowed)


@kernel
def clash(pools: Pools, one: int, two: int) -> tuple[float, int, int]:
    """The worst conflict of two trees' rays: its size in logs (0 if none) and the edge (a, b)."""
    size = 0.0
    at_a = at_b = NONE
    if pools.trees.f[one, LOWER] <= 0 or pools.trees.f[two, LOWER] <= 0:
        return size, at_a, at_b
    first = pools.trees.ray[one]
    second = pools.trees.ray[two]
    for a in range(first.shape[0]):
        if first[a] >= 0:
            continue
        for b in range(first.shape[0]):
            if second[b] >= 0:
                continue
            have = first[b] * second[a]
            need = first[a] * second[b]
            if have < need * NEARLY:
                if have > 0:
                    excess = np.log(need / have)
                else:
                    # One of the two takes up none of the other's task. However far the price is driven, that stays
                    # so: the farther it is already, the sooner other edges come first.
                    asked = max(first[b] / -first[a], second[a] / -second[b], 0.0)
                    excess = 8.0 / (1.0 + asked)
                if excess > size:
                    size = excess
                    at_a = a
                    at_b = b
    return size, at_a, at_b


@kernel
def polarized(pools: Pools, trees: np.ndarray) -> bool:
    """Whether no two of the trees' rays conflict."""
    for k in range(trees.shape[0]):
        for m in range(k):
            if trees[k] >= 0 and trees[m] >= 0 and clash(pools, trees[k], trees[m])[0] > 0:
                return False
    return True


@kernel
def best_tree(pools: Pools, trees: np.ndarray, seen: np.ndarray) -> int:
    """The place in the node of the tree whose ray gains most, of those not seen yet; -1 if no other gains."""
    best = NONE
    for k in range(trees.shape[0]):
        if trees[k] < 0 or seen[k] or pools.trees.f[trees[k], LOWER] <= 0:
            continue
        if best < 0 or pools.trees.f[trees[k], LOWER] > pools.trees.f[trees[best], LOWER]:
            best = k
    return best


@kernel
def mend_menu(pools: Pools, problem: Problem, trees: np.ndarray, first: int) -> None:
    """A menu from the trees' rays: one first, then the best; each is lifted until it is polarized with those before."""
    tasks = problem.w.shape[0]
    rays = np.zeros((tasks, tasks))
    n = 0
    total = 0.0
    seen = np.zeros(tasks, np.bool_)
    price = np.zeros((tasks, tasks))
    while True:
        best = first if n == 0 else best_tree(pools, trees, seen)
        if best < 0:
            break
        rest = 0.0
        for k in range(tasks):
            if trees[k] >= 0 and not seen[k]:
                rest += pools.trees.f[trees[k], LOWER]
        if total + rest <= pools.level[GAIN]:
            return
        seen[best] = True
        ray = pools.trees.ray[trees[best]].copy()
        fits = True
        clean = True
        for a in range(tasks):
            for b in range(tasks):
                price[a, b] = 0.0
        for m in range(n):
            for a in range(tasks):
                for b in range(tasks):
                    if ray[a] < 0 and rays[m, b] < 0:
                        if rays[m, a] <= 0:
                            fits = False
                        else:
                            price[a, b] = max(price[a, b], -rays[m, b] / rays[m, a])
                            if ray[b] < -ray[a] * price[a, b]:
                                clean = False
        if not fits:
            continue
        gain = pools.trees.f[trees[best], LOWER]
        if not clean:
            gain = lift_ray(pools, problem, ray, price, RAISE)
        if gain > 0:
            total += gain
            for i in range(tasks):
                rays[n, i] = ray[i]
            n += 1
        elif n == 0:
            break
    if total > pools.level[GAIN]:
        for k in range(n):
            for i in range(tasks):
                pools.menu[k, i] = rays[k, i]
        pools.counts[RAYS] = n
        raise_gain(pools, problem, total)


@kernel
def try_menu(pools: Pools, problem: Problem, trees: np.ndarray) -> None:
    """The trees' rays as a menu, the best first, leaving out those that conflict with what is taken.

    Those that nearly conflict are lifted.
    """
    tasks = problem.w.shape[0]
    used = np.zeros(tasks, np.bool_)
    seen = np.zeros(tasks, np.bool_)
    total = 0.0
    for _ in range(tasks):
        best = best_tree(pools, trees, seen)
        if best < 0:
            break
        seen[best] = True
        fits = True
        for k in range(tasks):
            if used[k] and clash(pools, trees[best], trees[k])[0] > 0:
                fits = False
        if fits:
            used[best] = True
            total += pools.trees.f[trees[best], LOWER]
    if total > pools.level[GAIN]:
        taken = np.full(tasks, NONE)
        for k in range(tasks):
            if used[k]:
                taken[k] = trees[k]
        for k in range(tasks):
            if used[k] and total > pools.level[GAIN]:
                mend_menu(pools, problem, taken, k)
