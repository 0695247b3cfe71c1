"""Which conflict of two rays a node is branched on, and at which price."""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import BRANCHES, LOWER, Pools, Problem
from raymenu.solvers.support.search.cells.representative import EASE, lift_ray
from raymenu.solvers.support.search.cells.willingness import INF
from raymenu.solvers.support.search.joint.menus import clash
from raymenu.solvers.support.search.kernel import NONE, kernel

FEW = 2000
"""Types up to which conflicts are compared by what lifted rays lose."""


@kernel
def branching_price(pools: Pools, problem: Problem, one: int, two: int, a: int, b: int) -> float:
    """A price tau strictly between what the two rays ask on edge (a, b): each side cuts off a ray.

    -1 where rounding leaves none.
    """
    first = pools.trees.ray[one]
    second = pools.trees.ray[two]
    low = first[b] / -first[a]
    high = -second[b] / second[a] if second[a] > 0 else INF
    natural = problem.mean[a] / problem.mean[b]
    if low <= 0:
        price = natural if high == INF else min(high / 4, natural)
    elif high == INF:
        price = max(low * 4, natural)
    else:
        price = np.sqrt(low) * np.sqrt(high)
    # Rays sit at their trees' prices to within rounding: a price that says nothing new would be branched on for ever.
    new = price > pools.trees.price[one, a, b] and (1.0 - 1e-15) / price > pools.trees.price[two, b, a]
    return price if new and low < price < high else -1.0


@kernel
def loss(pools: Pools, problem: Problem, tree: int, a: int, b: int, price: float) -> float:
    """What the tree's best known ray loses when lifted to a price on edge (a, b)."""
    prices = pools.trees.price[tree].copy()
    prices[a, b] = max(prices[a, b], price)
    ray = pools.trees.ray[tree].copy()
    return max(pools.trees.f[tree, LOWER] - lift_ray(pools, problem, ray, prices, EASE), 0.0)


@kernel
def choose_conflict(pools: Pools, problem: Problem, trees: np.ndarray) -> tuple[int, int, int, int]:
    """The conflict to branch on: the two places in the node (-1 where no rays conflict), and the edge.

    By turns the largest conflict, and that where the better of the two sides loses most, as far as lifted rays tell
    (not where lifting is dear). By losses alone small conflicts are branched for ever: a type at a ray's boundary is
    lost at any price.
    """
    best = -1.0
    one = two = a = b = NONE
    few = problem.cost.shape[1] <= FEW and pools.counts[BRANCHES] % 2 == 1
    for k in range(trees.shape[0]):
        for m in range(k):
            if trees[k] < 0 or trees[m] < 0:
                continue
            size, at_a, at_b = clash(pools, trees[k], trees[m])
            if size <= 0:
                continue
            score = size
            if few:
                price = branching_price(pools, problem, trees[k], trees[m], at_a, at_b)
                if price > 0:
                    first = loss(pools, problem, trees[k], at_a, at_b, price)
                    second = loss(pools, problem, trees[m], at_b, at_a, 1.0 / price)
                    score = (min(first, second) + 0.1 * max(first, second)) * min(size, 0.3)
                else:
                    score = 0.0
            if score > best:
                best, one, two, a, b = score, k, m, at_a, at_b
    return one, two, a, b
